# SPDX-License-Identifier: Apache-2.0
"""A release of a random grant has what the grant names and no more.

Rules: what is released too much on purpose has to be found.
Not here: a hundred thousand pairs (`python -m tests.model.sharing`).
"""

import pytest
from reader_fixture import CATALOGUE, opened, table

from server.keeper.extracting import chosen
from server.keeper.sharing.projection import Meant, SharedRow, shared
from server.keeper.sharing.standins import StandInKeys, restand
from server.reader.marked import Mark, Marked
from server.reader.remainders import Place, whole
from server.reader.subjects import Tokens
from tests.model.sharing.__main__ import FAULTS, pairs
from wire.papers.scope import DatasetScope, Scope
from wire.purposes import Purpose

KEYS = StandInKeys(bytes([1]) * 32, bytes([2]) * 32)
ALLOWED = {"logins": frozenset({"user.name", "observed"})}


@pytest.mark.slow
def test_releases_have_what_their_grant_names() -> None:
    """No column and no row too many, none missing, and a reason for each refusal."""
    found = pairs(4000, workers=1)
    assert [found[name] for name in FAULTS] == [0, 0, 0, 0]
    assert found["given"] > 400
    assert found["refused"] > 100


@pytest.mark.slow
def test_columns_too_many_are_found() -> None:
    """Grants that are widened on purpose are seen to be."""
    assert pairs(800, workers=1, widened=True)["columns"] > 0


def released(marked: Marked, meaning: Meant | None = None) -> list[SharedRow]:
    """Return a login as it is shared: its user, and when it was sealed."""
    row = {"user.name": "ann", "terminal": "tty1"}
    part = opened(table("logins", [row], Purpose.SECURITY), Purpose.SECURITY)
    names = DatasetScope("logins", ("user.name",))
    scope = Scope((Purpose.SECURITY,), (), (names,), 0, 1)
    place = Place(bytes(16), Purpose.SECURITY, "short", bytes(16), bytes(16), 1, 0)
    picked = chosen([whole(part)], scope)
    given = (place, picked, ALLOWED, KEYS, CATALOGUE, marked)
    return [*shared(*given, meaning=meaning)]


def test_a_row_has_its_columns_in_order() -> None:
    """When a device spoke comes first, and a name is a stand-in of the recipient."""
    name = restand("ann", KEYS, "user")
    assert released(Marked()) == [
        SharedRow("logins", ("1970-01-01T00:00:00+00:00", name))
    ]


def test_restricted_rows_are_not_shared() -> None:
    """Whoever restricted their data is in no release, while it is in force."""
    whoever = Mark(Tokens((), (), None), bytes(16), "")
    assert released(Marked([whoever])) == []


def test_a_meaning_is_of_rows_that_are_shared() -> None:
    """The name behind its stand-in; none where the person restricted their data."""
    name = restand("ann", KEYS, "user")
    found, hidden = (
        Meant(frozenset({name, "user_0000000000"})),
        Meant(frozenset({name})),
    )
    released(Marked(), found)
    assert found.found == {name: "ann"}
    whoever = Mark(Tokens((), (), None), bytes(16), "")
    released(Marked([whoever]), hidden)
    assert hidden.found == {}


def test_a_column_that_is_not_granted_has_no_meaning() -> None:
    """Nor has a device where the grant does not name who it is."""
    tty, device = restand("tty1", KEYS), restand(bytes(16).hex(), KEYS, "device")
    meaning = Meant(frozenset({tty, "tty1", device}))
    released(Marked(), meaning)
    assert meaning.found == {}
