# SPDX-License-Identifier: Apache-2.0
"""Tests of the page of what ends when, over a keeper that runs."""

from collections.abc import Iterator

import pytest
from pages_room import Open, opened, somebody, words

from server.access.actions import Role
from server.console.retention import classes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console with one device."""
    with opened(tmp_path_factory.mktemp("retention"), "keeper") as made:
        made.installation.enrol("desk-01")
        yield made


def test_an_officer_sees_what_ends_and_what_keeps_it(room: Open) -> None:
    """Keys by class, holds, contract and certificates are there, with commands."""
    told = somebody(room, [Role.PRIVACY_OFFICER]).get("/retention")
    said = words(told.text)
    assert told.status == 200
    for part in ("By purpose and class", "Holds", "The contract", "Nothing has ended"):
        assert part in said
    assert "discreet-server hold show ID" in said


def test_a_client_sees_deletions_and_no_holds(room: Open) -> None:
    """Under role client there are classes, contract and certificates, nothing else."""
    said = words(somebody(room, [Role.CLIENT]).get("/retention").text)
    assert "Certificates of deletion" in said
    assert "Holds" not in said
    assert "Why is data of a device" not in said
    assert "discreet-server" not in said
    denied = [one for one in room.installation.acts() if one.act == "access-denied"]
    assert denied == []


def test_why_is_asked_of_one_device(room: Open) -> None:
    """What is here of a device is told; a name that is none is refused in words."""
    ann = somebody(room, [Role.PRIVACY_OFFICER])
    assert ann.get("/why").status == 200
    told = ann.get("/why?device=desk-01")
    assert (told.status, "What is here, and why" in told.text) == (200, True)
    assert ann.get("/why?device=<b>").status == 400


def test_why_is_asked_of_a_record(room: Open) -> None:
    """All kinds are listed for who may ask, and one is told by its name."""
    ann = somebody(room, [Role.PRIVACY_OFFICER])
    listed = words(ann.get("/why").text)
    assert "What else the collector keeps" in listed
    assert "entries of the ledger" in listed
    told = words(ann.get("/why?device=ledger%3A1").text)
    assert "for ever" in told
    assert "asks that it can be shown" in told
    assert ann.get("/why?device=case%3Affffffff").status == 400


def test_a_kind_is_told_to_who_may_see_its_list(room: Open) -> None:
    """A technician may ask of devices and not of notices, and the ledger has it."""
    tom = somebody(room, [Role.TECHNICIAN])
    assert tom.get("/why?device=desk-01").status == 200
    assert tom.get("/why?device=notice%3A").status == 403
    assert tom.acts("access-denied")[-1]["action"] == "notice.see"


def test_who_may_not_see_it_is_denied(room: Open) -> None:
    """A client who asks why is denied, and the ledger has it."""
    bo = somebody(room, [Role.CLIENT])
    assert bo.get("/why?device=desk-01").status == 403
    assert bo.acts("access-denied")[-1]["action"] == "data.why"


def test_keys_stand_by_purpose_and_class() -> None:
    """Keys of one purpose and class are counted together."""
    keys: list[dict[str, object]] = [
        {"purpose": "support", "retention": "short"},
        {"purpose": "account", "retention": "short"},
        {"purpose": "support", "retention": "short"},
    ]
    found = classes(keys)
    assert [(name, len(those)) for name, those in found.items()] == [
        (("account", "short"), 1),
        (("support", "short"), 2),
    ]
