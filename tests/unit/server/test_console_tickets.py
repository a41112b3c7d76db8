# SPDX-License-Identifier: Apache-2.0
"""Tests of the page of tickets, over an office and a keeper that run."""

from collections.abc import Iterator

import pytest
from pages_room import Open, opened, somebody

from server.access import sessions
from server.access.actions import Role

pytestmark = pytest.mark.slow
BUTTON = 'action="/tickets/close"'
PROOF = 'href="/step-up?to=tickets"'


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Return a console with an office and a keeper that run."""
    with opened(tmp_path_factory.mktemp("tickets"), "office", "keeper") as made:
        yield made


def proved(room: Open, moment: int | None = None) -> None:
    """Let it be so long ago that people proved to be there; just now for None."""
    with room.register.writing() as connection:
        said = "made" if moment is None else str(moment)
        connection.execute(f"UPDATE sessions SET verified = {said}")  # noqa: S608 - a number


def test_closing_wants_somebody_there(room: Open) -> None:
    """Who proved it too long ago is led to the proof, and closes nothing before."""
    ann = somebody(room, [Role.TECHNICIAN])
    assert ann.post("/tickets/open", ticket="T-7", days="1").status == 303
    page = ann.get("/tickets").text
    assert (BUTTON in page, PROOF in page) == (True, False)
    proved(room, sessions.NEVER)
    page = ann.get("/tickets").text
    assert (BUTTON in page, PROOF in page) == (False, True)
    assert 'action="/tickets/open"' in page
    for path in ("/tickets/close", "/tickets/detach"):
        sent = ann.post(path, ticket="T-7")
        assert (sent.status, PROOF in sent.text) == (403, True)
    assert ann.acts("ticket-closed") == []
    proved(room)
    assert ann.post("/tickets/close", ticket="T-7").status == 303
    assert [one["by"] for one in ann.acts("ticket-closed")] == [ann.number]


def test_who_closes_none_is_not_asked_to_prove_it(room: Open) -> None:
    """An auditor sees the list, and neither the button nor the way to it."""
    ann, bo = somebody(room, [Role.TECHNICIAN]), somebody(room, [Role.AUDITOR])
    assert ann.post("/tickets/open", ticket="T-8", days="1").status == 303
    proved(room, sessions.NEVER)
    page = bo.get("/tickets").text
    assert (BUTTON in page, PROOF in page) == (False, False)
    assert "T-8" in page
