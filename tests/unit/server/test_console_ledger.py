# SPDX-License-Identifier: Apache-2.0
"""Tests of the ledger's page, over a ledger of an installation."""

import datetime as dt
import time
from collections.abc import Iterator

import pytest
from pages_room import Open, opened, somebody, words

from server.access.actions import Role
from server.console.ledger import ENTRIES

pytestmark = pytest.mark.slow
ODD = "<script>alert(1)</script>\u202e"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console whose ledger has more than a page."""
    with opened(tmp_path_factory.mktemp("ledger")) as made:
        now = int(time.time())
        for _ in range(ENTRIES + 5):
            made.ledger.add("clock-behind", {"seconds": 7}, now)
        made.ledger.add("siem-named", {"to": ODD}, now)
        yield made


def test_lines_are_told_in_words_and_inert(room: Open) -> None:
    """An act is a sentence; what stands in a line runs nowhere and hides nothing."""
    told = somebody(room, [Role.AUDITOR]).get("/ledger")
    assert "Where security lines go was set" in told.text
    assert "to=&lt;script&gt;alert(1)&lt;/script&gt;?" in told.text
    assert "\u202e" not in told.text


def test_the_newest_come_first_and_the_rest_is_a_page_away(room: Open) -> None:
    """A page has a hundred entries and leads to the older ones."""
    ann = somebody(room, [Role.PRIVACY_OFFICER])
    told = ann.get("/ledger?act=clock-behind").text
    assert told.count("seconds=7") == ENTRIES
    query = told.partition("/ledger?act=clock-behind&amp;before=")[2]
    before = query.partition('"')[0]
    older = ann.get(f"/ledger?act=clock-behind&before={before}").text
    assert older.count("seconds=7") == 5


def test_a_day_narrows_it(room: Open) -> None:
    """Of a day without entries there is none; what is no day is refused in words."""
    ann = somebody(room, [Role.COUNSEL])
    before = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)
    none = "No entry is like that."
    assert none in words(ann.get(f"/ledger?until={before}").text)
    assert none not in words(ann.get(f"/ledger?since={before}").text)
    told = ann.get("/ledger?since=yesterday")
    assert (told.status, "2027-01-31" in told.text) == (400, True)


def test_it_is_checked_when_asked(room: Open) -> None:
    """A whole ledger is said to be whole, and whether an anchor holds its end."""
    ann = somebody(room, [Role.OPERATOR])
    said = words(ann.get("/ledger?check=1").text)
    assert "The ledger is whole" in said
    assert "There is no anchor yet" in said


def test_a_technician_and_a_client_do_not_see_it(room: Open) -> None:
    """The ledger is for those who check, and the denial is in it."""
    for role in (Role.TECHNICIAN, Role.CLIENT):
        one = somebody(room, [role], name=role.value)
        assert one.get("/ledger").status == 403
        assert one.acts("access-denied")[-1]["action"] == "ledger.see"
