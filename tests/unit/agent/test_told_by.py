# SPDX-License-Identifier: Apache-2.0
"""Which way a notice takes on Windows, and when nobody was told.

Rules: the choice alone, on any system.
Not here: the ways themselves, and a window that is seen (`tests/wine`).
"""

import pytest

from agent.host.told_by import PEOPLE, may_draw, told_by

SCREEN, REMOTE = 1, 2


class Ways:
    """Both ways of a notice, and what was tried."""

    def __init__(self, takes: frozenset[int], *, draws: bool) -> None:
        """Take the sessions in which Windows shows it, and whether we can."""
        self.takes, self.draws = takes, draws
        self.tried: list[int | str] = []

    def told(self, *sessions: int) -> bool:
        """Show a notice in sessions."""
        return told_by(sessions, self.send, self.own)

    def send(self, number: int) -> bool:
        """Have Windows show it."""
        self.tried.append(number)
        return number in self.takes

    def own(self) -> bool:
        """Show it ourselves."""
        self.tried.append("own")
        return self.draws


def test_windows_own_message_goes_first_and_is_enough() -> None:
    """Where one person's session takes it, nothing of ours is started."""
    ways = Ways(frozenset({REMOTE}), draws=True)
    assert ways.told(SCREEN, REMOTE)
    assert ways.tried == [SCREEN, REMOTE]


@pytest.mark.parametrize("sessions", [(), (SCREEN,), (SCREEN, REMOTE)])
def test_ours_is_shown_where_windows_tells_nobody(sessions: tuple[int, ...]) -> None:
    """Refused everywhere, or with no session to be seen, we show it where we are."""
    ways = Ways(frozenset(), draws=True)
    assert ways.told(*sessions)
    assert ways.tried == [*sessions, "own"]


def test_nobody_is_told_where_neither_can() -> None:
    """That both were tried is no notice."""
    assert not Ways(frozenset(), draws=False).told(SCREEN)


def test_a_terminal_server_is_not_flooded() -> None:
    """Three sessions are told; who is behind them cannot make the notice ours."""
    ways = Ways(frozenset({9}), draws=False)
    assert not ways.told(*range(1, 10))
    assert ways.tried == [*range(1, PEOPLE + 1), "own"]


@pytest.mark.parametrize(
    ("session", "visible", "active", "in_front", "draws"),
    [
        (SCREEN, True, True, True, True),
        (SCREEN, True, True, False, False),
        (REMOTE, True, False, True, False),
        (SCREEN, False, True, True, False),
        (0, True, True, True, False),
        (0xFFFF_FFFF, True, True, True, False),
    ],
)
def test_we_draw_only_where_a_person_sees_it(
    session: int, *, visible: bool, active: bool, in_front: bool, draws: bool
) -> None:
    """Not in services' session, a hidden station, a disconnected or a locked one."""
    found = may_draw(session, visible=visible, active=active, in_front=in_front)
    assert found is draws
