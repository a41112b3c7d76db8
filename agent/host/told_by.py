# SPDX-License-Identifier: Apache-2.0
"""Which way a notice takes on Windows: by Windows' own message, else by ours.

Rules: Windows' message goes first, for it alone reaches sessions that are not this
process's own; only where none of them took it is it shown by a process of our own, and
only where this process may draw on a desktop that a person sees now; that somebody was
told is said where one of the ways says so, and never that it was tried.
Not here: the two ways (`notify.py`, `own_screen.py`).
"""

from collections.abc import Callable, Sequence

PEOPLE = 3
"""Who are told: a machine has one screen; who is at a terminal server is not here."""
NOBODYS = frozenset({0, 0xFFFF_FFFF})
"""The session of services, and what Windows says where none has the screen."""


def told_by(
    sessions: Sequence[int], send: Callable[[int], bool], own: Callable[[], bool]
) -> bool:
    """Show a notice by the first way that can; tell whether anybody is told.

    Args:
        sessions: in which people are, those at the screen first.
        send: has Windows show it in a session; false where it did not take it.
        own: shows it in this process's own session; false where nobody sees it.
    """
    told = [send(number) for number in sessions[:PEOPLE]]
    return any(told) or own()


def may_draw(session: int, *, visible: bool, active: bool, in_front: bool) -> bool:
    """Tell whether a process can show a person something where it is.

    Args:
        session: its own.
        visible: whether its window station is one that is seen: a service's is not.
        active: whether somebody has that session's screen now.
        in_front: whether its desktop is the one on the screen: while that is locked it
            is the system's.
    """
    return session not in NOBODYS and visible and active and in_front
