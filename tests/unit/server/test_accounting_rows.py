# SPDX-License-Identifier: Apache-2.0
"""Rows that are counted under a grant, instead of believing the index.

Rules: a real installation with real seals and a real ledger.
Not here: the sums (`test_accounting.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_room import ASKED, Clock, Room
from erasing_fixture import take_out
from reader_fixture import Site, Speaker, make_site, table
from store_chain import remainder_of

from server.errors import DeniedError, LimitError, UsageError
from server.person import user_name
from server.reader.accounting import counted
from server.reader.question import ACCOUNT, parse
from server.reader.requests import Message
from wire.envelope import Gap

GAP = Gap(7, 0, 10, "damaged")
LINES = [{"message": "one"}, {"message": "two"}]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path / "collector")
    yield made
    made.store.close()
    made.keyring.close()


@pytest.fixture
def desk(site: Site) -> Speaker:
    """Return a device that sent two log lines."""
    speaker = site.enrol("Desk")
    site.say(speaker, [table("event_logs", LINES)])
    return speaker


def ask(site: Site, clock: Clock | None = None, **changed: object) -> Message:
    """Have the rows of a device counted."""
    room = Room(site, clock)
    asked = {**ASKED, "job": ACCOUNT, "devices": ["Desk"], "sql": "", **changed}
    try:
        (end,) = counted(room.desk, parse(asked, user_name()), site.now)
    finally:
        room.ledger.close()
    found = end["end"]
    assert isinstance(found, dict)
    return found


def test_rows_are_counted(site: Site, desk: Speaker) -> None:
    """What is in the envelopes is counted beside what the index says."""
    sealed = desk.seal(site.key(), [table("event_logs", LINES)], site.now)
    site.put(desk.void(sealed, GAP))
    assert ask(site) == {
        "envelopes": 1,
        "rows": 2,
        "records": 2,
        "announced": 1,
        "wrong": {},
        "unopened": {},
    }


@pytest.mark.usefixtures("desk")
def test_only_the_purpose_is_opened(site: Site) -> None:
    """Another purpose of the same device is not counted."""
    assert ask(site, purpose="security")["envelopes"] == 0


def test_a_tampered_count_is_found(site: Site, desk: Speaker) -> None:
    """An index that says more than the device signed is found out."""
    sealed = desk.seal(site.key(), [table("event_logs", LINES)], site.now)
    site.put(sealed, records=5)
    found = ask(site)
    assert (found["rows"], found["records"]) == (4, 7)
    assert found["wrong"] == {"index-differs": 1}


def test_a_tampered_void_is_found(site: Site, desk: Speaker) -> None:
    """A void of which the index says something else is found out."""
    sealed = desk.seal(site.key(), [table("event_logs", LINES)], site.now)
    other = Gap(1_000, 0, 10, "damaged")
    site.put(desk.void(sealed, GAP), gap=other)
    assert ask(site)["wrong"] == {"index-differs": 1}


def test_a_damaged_envelope_is_found(site: Site, desk: Speaker) -> None:
    """What nobody signed so is wrong, and its rows are not counted."""
    sealed = desk.seal(site.key(), [table("event_logs", LINES)], site.now)
    site.put(sealed)
    site.damage(sealed)
    found = ask(site)
    assert (found["rows"], found["wrong"]) == (2, {"bad-signature": 1})


def test_the_line_comes_first(site: Site, desk: Speaker) -> None:
    """Who counts what for which reason is in the ledger, with no number of rows."""
    ask(site)
    last = site.acts()[-1]
    assert (last.act, last.body) == (
        "accounted",
        {
            "user": user_name(),
            "role": "technician",
            "purpose": "support",
            "reason": "the printer is gone",
            "ticket": "T-1",
            "until": site.now + 3_600,
            "policy": 1,
            "device": desk.device,
        },
    )


@pytest.mark.usefixtures("desk")
def test_who_may_not_read_may_not_count(site: Site) -> None:
    """Without a reason nothing is opened, and the attempt is written down."""
    with pytest.raises(DeniedError):
        ask(site, reason="")
    last = site.acts()[-1]
    assert last.act == "denied"


@pytest.mark.usefixtures("desk")
def test_a_grant_that_ends_counts_no_more(site: Site) -> None:
    """The minutes of a grant hold for counting, too."""
    with pytest.raises(LimitError, match="--minutes"):
        ask(site, Clock(step=61.0), minutes=1)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("devices", [[], ["Desk", "Desk"]])
def test_one_device_is_counted(site: Site, devices: list[str]) -> None:
    """A request that names none or several is refused."""
    with pytest.raises(UsageError, match="--device"):
        ask(site, devices=devices)


def test_what_is_left_is_counted(site: Site, desk: Speaker) -> None:
    """Of an envelope of which a row was erased, the rest is there, and no more."""
    (sealed,) = site.store.envelopes(site.tenant)
    take_out(site, desk, sealed, event_logs={1})
    end = ask(site)
    assert (end["rows"], end["records"], end["wrong"]) == (1, 1, {})


@pytest.mark.usefixtures("desk")
def test_a_remainder_that_is_none_is_wrong(site: Site) -> None:
    """What stands there and is no remainder of the keeper's is counted as wrong."""
    (sealed,) = site.store.envelopes(site.tenant)
    assert site.store.replace(remainder_of(sealed, 1))
    end = ask(site)
    assert (end["rows"], end["wrong"]) == (0, {"not-canonical": 1})
