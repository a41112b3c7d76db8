# SPDX-License-Identifier: Apache-2.0
"""Promises of pages while a part of the collector is away: nothing typed is lost.

Rules: the office runs and the reader does not, as while it is started anew.
Not here: pages that follow something in a browser (`tests/e2e/test_console_live.py`).
"""

from collections.abc import Iterator

import pytest
from pages_room import Open, Reader, opened, somebody, words

from server.access.actions import Role

pytestmark = pytest.mark.slow
WHY = "the customer says it is slow"
AWAY = "Nothing was shown or done. Try again in a minute"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console with a device, without a reader."""
    with opened(tmp_path_factory.mktemp("away"), "office") as made:
        made.installation.enrol("Desk")
        yield made


@pytest.fixture
def ann(room: Open) -> Reader:
    """Return a technician."""
    return somebody(room, [Role.TECHNICIAN])


def test_a_question_stays_where_it_was_typed(ann: Reader) -> None:
    """Question, reason and ticket stand on the page that says to try again."""
    asked = {"purpose": "administration", "sql": "SELECT 42", "ticket": "T-9"}
    told = ann.post("/explore", **asked, reason=WHY)
    assert told.status == 503
    assert AWAY in words(told.text)
    for kept in ("SELECT 42", WHY, "T-9"):
        assert kept in told.text


def test_a_device_is_shown_without_its_data(room: Open, ann: Reader) -> None:
    """How it does is there, and the reason for which it was to be read."""
    (device,) = room.installation.store.devices(room.installation.tenant)
    asked = {"device": device.device.hex(), "purpose": "administration"}
    told = ann.post("/device", **asked, part="software", reason=WHY, ticket="")
    assert (told.status, AWAY in words(told.text)) == (503, True)
    assert WHY in told.text
    assert "Desk" in told.text


def test_the_fleet_is_shown_without_how_agents_fared(ann: Reader) -> None:
    """The devices are listed, and the search goes on without a reading."""
    told = ann.post("/fleet", purpose="provision", reason=WHY, ticket="")
    assert (told.status, AWAY in words(told.text)) == (503, True)
    assert "1 of 1 devices" in told.text


def test_a_page_that_cannot_be_made_leads_to_another_try(ann: Reader) -> None:
    """Where all of it is away, the page leads back to where one was going."""
    told = ann.get("/retention")
    assert told.status == 503
    assert '<a class="main" href="/retention">Try again</a>' in told.text
    asked = ann.get("/why?device=Desk")
    assert 'href="/why?device=Desk"' in asked.text
