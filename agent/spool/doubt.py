# SPDX-License-Identifier: Apache-2.0
"""Decides when a spool is looked at as a whole: at the start, and after an error.

Rules: what SQLite says is damaged is looked at when it is opened next; where a disk
goes on refusing, which says nothing of the database, looks take a small share of a
processor and no more: a queue of 250 MiB takes seconds each time; nor does a look that
the disk broke off keep anybody from opening it; after such a look damage is not
believed at once, for SQLite says so of a page that a disk refuses.
Not here: the look itself (`opening.py`, `schema.py`), what an error is (`spool.py`),
when such a page is given up (`unread.py`).
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from agent.budget import LOOK_SHARE
from agent.disk_budget import UNREAD_SECONDS

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@dataclass(slots=True)
class Doubt:
    """What is known of a spool that is opened again and again.

    Attributes:
        looked_at: it was looked at to its end, and no error has come since.
        damaged: the last error said that it is.
        not_before: monotonic moment of the next look after any other error.
        ill: the disk broke off the last look.
        asked: monotonic moment at which it was asked for what it refuses.
    """

    looked_at: bool = False
    damaged: bool = False
    not_before: float = 0.0
    ill: bool = False
    asked: float = -inf

    def wants(self, moment: float) -> bool:
        """Tell whether to look now.

        Args:
            moment: on the monotonic clock.
        """
        return not self.looked_at and (self.damaged or moment >= self.not_before)

    def looked(
        self, moment: float, spent: float, *, sound: bool, ill: bool = False
    ) -> None:
        """Take in a look.

        Args:
            moment: when it was over.
            spent: seconds of a processor that it took.
            sound: whether it came to its end, and the spool is open now.
            ill: whether the disk broke it off.
        """
        self.not_before = moment + spent / LOOK_SHARE
        self.looked_at, self.damaged, self.ill = sound, False, ill

    def asks(self, moment: float) -> bool:
        """Tell whether an ill disk is asked for all of the spool now; it is then.

        Args:
            moment: on the monotonic clock.
        """
        if moment < self.asked + UNREAD_SECONDS:
            return False
        self.asked = moment
        return True

    def raised(self, problem: BaseException | None = None) -> None:
        """Take in an error; None where only is known that there was one."""
        self.looked_at = False
        damage = not self.ill and not _DAMAGE.isdisjoint(_codes(problem))
        self.damaged = self.damaged or damage


def is_ill(problem: BaseException) -> bool:
    """Tell whether a disk did not read or write, which says nothing of a spool."""
    from agent.spool.sectors import is_refusal  # noqa: PLC0415 - after an error

    return sqlite3.SQLITE_IOERR in _codes(problem) or is_refusal(problem)


def _codes(problem: BaseException | None) -> Iterator[int]:
    """Yield what SQLite says of an error and of what led to it."""
    while problem is not None:
        yield getattr(problem, "sqlite_errorcode", 0) & 0xFF
        problem = problem.__cause__
