# SPDX-License-Identifier: Apache-2.0
"""Who was given rows of somebody is told when that person is erased (GDPR, Art. 19).

Rules: keeper and `discreet-open` are processes; rows were pushed to a real receiver or
fetched from a release, and people ask for and approve the erasure at the command line.
Not here: the erasure itself (`tests/unit/server/test_erasing.py`), pushing and its
receiver (`test_push.py`).
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from push_room import Room, pushing, receiving, rooms
from rsyslog_fixture import MISSING, rsyslog
from sharing_office import granted, made, opened

pytestmark = pytest.mark.slow


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a short name: sockets lie below it."""
    return tmp_path_factory.mktemp("e")


@pytest.fixture
def room(place: Path) -> Iterator[Room]:
    """Give the recipient an OTLP receiver for its channel."""
    with rooms(place) as made, receiving(place, made.receiver) as (where, pem):
        made.register(pem, f'kind = "otlp"\nhost = "127.0.0.1"\nport = {where.port}')
        yield made


def erase(room: Room, user: str) -> str:
    """Let Amelie ask that somebody be erased and Bo approve; return the case."""
    office = room.office
    value = office.place / "value"
    value.write_text(user + "\n")
    named = ("--class", "user", "--value-file", str(value))
    office.typed("subject", "erase", *named, *office.signing("amelie"))
    case = office.newest_case("erase")
    office.approve(case, "bo")
    office.typed("retention", "run")
    return case


def told(room: Room, case: str) -> dict[str, str]:
    """Return the notices of an erasure: the text by whom each is for."""
    listed = json.loads(room.office.typed("notice", "list", "--json"))
    found = [one for one in listed if one["event"] == case]
    assert all(one["kind"] == "erase-at-recipient" for one in found)
    assert all(one["state"] == "due" for one in found)
    return {one["to"]: room.office.typed("notice", "show", one["id"]) for one in found}


def attest(room: Room, release: Path) -> None:
    """Let the recipient say that it deleted what it was given."""
    room.abroad.own("attest", release, f"{release.name}.word")
    word = str(room.abroad.place / f"{release.name}.word")
    said = room.office.typed("share", "receipt", word)
    assert said == "The recipient says: deleted.\n"


def pushed(told: str) -> Path:
    """Return the directory of a push, as the command names it."""
    return Path(told.split(" signed in ")[1].strip().removesuffix(".")).parent


def test_who_was_pushed_to_over_otlp_is_told(room: Room) -> None:
    """One notice names the push, until the recipient attests; nobody else gets one."""
    head = pushed(room.push(pushing(room)))
    notices = told(room, erase(room, "ann"))
    assert notices.keys() == {"soc"}
    assert head.name in notices["soc"]
    assert "ann" not in notices["soc"]
    attest(room, head)
    assert told(room, erase(room, "bob")) == {}


def test_who_was_pushed_to_over_syslog_is_told(place: Path) -> None:
    """What a real rsyslog has is told of in the same way."""
    if MISSING:
        pytest.skip("needs rsyslog and rsyslog-openssl")
    (place / "rsyslog").mkdir()
    with rooms(place) as room, rsyslog(place / "rsyslog") as siem:
        where = f'host = "127.0.0.1"\nport = {siem.port}'
        room.register(siem.authority, f'kind = "syslog"\n{where}')
        head = pushed(room.push(pushing(room, format="syslog")))
        assert len(siem.seen(2)) == 2
        notices = told(room, erase(room, "ann"))
        assert notices.keys() == {"soc"}
        assert head.name in notices["soc"]


def test_who_fetched_is_told_and_who_did_not_gets_nothing(room: Room) -> None:
    """A release that was fetched is named; one that was not is revoked for good."""
    grant = granted(room.office)
    fetched, waiting = made(room.office, grant), made(room.office, grant)
    opened(room.office, room.abroad, fetched)
    notices = told(room, erase(room, "ann"))
    assert fetched.name in notices["soc"]
    assert waiting.name not in notices["soc"]
    room.abroad.own("fetch", waiting, "late")
    late, answer = (str(room.abroad.place / name) for name in ("late", "answer"))
    room.office.typed("share", "fetch", late, "--out", answer, code=6)
    assert room.denied() == "revoked"
    attest(room, fetched)
    assert told(room, erase(room, "bob")) == {}


def test_what_was_never_given_is_told_to_nobody(room: Room) -> None:
    """Of somebody in no row that left, no recipient hears; nothing leaves later."""
    grant = pushing(room)
    room.push(grant)
    room.say("dee")
    assert told(room, erase(room, "dee")) == {}
    taken = len(room.receiver.users)
    room.push(grant)
    assert len(room.receiver.users) == taken
