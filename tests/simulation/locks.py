# SPDX-License-Identifier: Apache-2.0
"""Who holds which lock of a database file, and the memory its openers share.

Rules: as SQLite's own file system has them between processes; nobody waits.
Not here: files (`disk.py`).
Source: sqlite.org/lockingv3.html, sqlite.org/walformat.html section 2.3.
"""

import ctypes
from dataclasses import dataclass, field

from simulation.sqlite_abi import (
    LOCK_EXCLUSIVE,
    LOCK_NONE,
    LOCK_PENDING,
    LOCK_RESERVED,
    LOCK_SHARED,
    SHM_LOCKS,
)


@dataclass(slots=True)
class Locks:
    """The locks of one file, by who holds them."""

    held: dict[int, int] = field(default_factory=dict)

    def take(self, who: int, level: int) -> bool:
        """Raise a lock; false where another stands against it."""
        mine = self.held.get(who, LOCK_NONE)
        if mine >= level:
            return True
        others = max(
            (lock for name, lock in self.held.items() if name != who),
            default=LOCK_NONE,
        )
        most = {LOCK_SHARED: LOCK_RESERVED, LOCK_RESERVED: LOCK_SHARED}
        if level == LOCK_EXCLUSIVE and others == LOCK_SHARED:
            self.held[who] = LOCK_PENDING  # no new reader until they are gone
        if others > most.get(level, LOCK_NONE):
            return False
        self.held[who] = level
        return True

    def lower(self, who: int, level: int) -> None:
        """Let go down to a level."""
        if level == LOCK_NONE:
            self.held.pop(who, None)
        elif who in self.held:
            self.held[who] = min(self.held[who], level)

    def release(self, who: int) -> None:
        """Let go of everything."""
        self.held.pop(who, None)

    def reserved(self) -> bool:
        """Tell whether somebody is about to write."""
        return any(lock >= LOCK_RESERVED for lock in self.held.values())


@dataclass(slots=True)
class Shared:
    """The shared memory of a database's openers and its eight locks."""

    regions: list[ctypes.Array[ctypes.c_char]] = field(default_factory=list)
    users: set[int] = field(default_factory=set)
    alone: list[int | None] = field(default_factory=lambda: [None] * SHM_LOCKS)
    together: list[set[int]] = field(
        default_factory=lambda: [set() for _ in range(SHM_LOCKS)]
    )

    def region(self, who: int, number: int, size: int, *, extend: bool) -> int | None:
        """Return the address of a region; None where there is none yet."""
        self.users.add(who)
        while extend and len(self.regions) <= number:
            self.regions.append(ctypes.create_string_buffer(size))
        if number >= len(self.regions):
            return None
        return ctypes.addressof(self.regions[number])

    def lock(self, who: int, slots: range, *, alone: bool) -> bool:
        """Take locks; false, and none taken, where another stands against it."""
        for slot in slots:
            if self.alone[slot] not in {None, who}:
                return False
            if alone and self.together[slot] - {who}:
                return False
        for slot in slots:
            if alone:
                self.alone[slot] = who
            else:
                self.together[slot].add(who)
        return True

    def unlock(self, who: int, slots: range) -> None:
        """Let go of locks."""
        for slot in slots:
            if self.alone[slot] == who:
                self.alone[slot] = None
            self.together[slot].discard(who)

    def leave(self, who: int) -> None:
        """Let go of everything; the last to leave takes the memory along."""
        self.unlock(who, range(SHM_LOCKS))
        self.users.discard(who)
        if not self.users:
            self.regions.clear()
