# SPDX-License-Identifier: Apache-2.0
"""A buffer before the store, in memory: it can be away, and tells how messages ended.

Rules: it promises no more than the protocol does (`server/gate/intake/buffer.py`).
Not here: the real one (`nats_fixture.py`), any expectation.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from server.gate.intake.buffer import AwayError, Taken


@dataclass
class SimulatedBuffer:
    """Messages that are given out once.

    Attributes:
        away: whether it does not answer.
        shut: whether it does not answer where something is to be set aside.
        full: whether it has no room for what is to be set aside.
        given: what is given out.
        ends: how each one ended, in order: `done`, `later`, or why it was set aside.
        idle: all was given out, and what became of it was said.
    """

    away: bool = False
    shut: bool = False
    full: bool = False
    given: list[bytes] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    there: bool = False

    async def connect(self) -> None:
        """Connect, unless it is away."""
        self._reach()
        self.there = True

    async def close(self) -> None:
        """Let the connection go."""
        self.there = False

    async def put(self, octets: bytes, name: bytes) -> None:
        """Keep nothing of what is said to be there: who tests does."""
        del octets, name
        self._reach()

    async def take(self) -> Sequence[Taken]:
        """Return all at once; then none, for ever."""
        self._reach()
        if not self.given:
            self.idle.set()
            await asyncio.Event().wait()
        found, self.given = self.given, []
        return [Taken(one, None) for one in found]

    async def done(self, taken: Taken) -> None:
        """Say that a message was deleted."""
        del taken
        self.ends.append("done")

    async def later(self, taken: Taken, seconds: float) -> None:
        """Say that a message is to be given out again."""
        del taken, seconds
        self.ends.append("later")

    async def set_aside(self, taken: Taken, reason: str) -> bool:
        """Say why a message was set aside, unless it does not answer."""
        del taken
        if self.shut:
            msg = "the buffer sets nothing aside"
            raise AwayError(msg)
        self.ends.append("deleted" if self.full else reason)
        return not self.full

    async def counts(self) -> tuple[int, int]:
        """Return that nothing waits."""
        return 0, 0

    def _reach(self) -> None:
        if self.away:
            msg = "the buffer is away"
            raise AwayError(msg)
