# SPDX-License-Identifier: Apache-2.0
"""A request's body, read no further than whoever sends it is known.

Rules: a body is refused by its stated length before it is read and by its real length
while it is; it comes in two parts, the first as long as a stranger may be heard, the
rest under a device's share; there are pauses in which the others are heard; the bytes
are given away once, so they are in memory once.
Not here: what may be held (`shares.py`), what the bytes say (`protocol.py`).
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from server.gate.bounds import (
    BODY_BYTES_AT_ONCE,
    BODY_PAUSE_SECONDS,
    LENGTH_DIGITS,
)
from server.gate.openapi import CBOR_OCTETS
from server.gate.shares import Stay
from server.problems import Problem, Refusal, of_wire
from wire.errors import WireError
from wire.manifests import manifest_of

if TYPE_CHECKING:
    from starlette.types import Receive


class GoneError(Exception):
    """Whoever asked went away before the end of what they had to say."""


class Body:
    """One request's body.

    Attributes:
        ended: whether nothing more of it comes.
    """

    def __init__(
        self,
        headers: Iterable[tuple[bytes, bytes]],
        receive: "Receive",
        limit: int,
        seconds: float,
        came: Callable[[], bool] = lambda: False,
    ) -> None:
        """Read nothing yet.

        Args:
            headers: of the request, their names in small letters.
            receive: returns its messages.
            limit: most bytes of it; 0 for none: it is not read then.
            seconds: longest time for either part of it to arrive.
            came: tells whether some of it is there, so that nobody waits for that.
        """
        self._headers = dict(headers)
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._came = came
        self._octets = bytearray()
        self._stated = 0
        self._pause_at = BODY_BYTES_AT_ONCE
        # RFC 9112, 6.3
        stated = self._headers.get(b"content-length", b"0")
        self.ended = stated == b"0" and b"transfer-encoding" not in self._headers

    def __len__(self) -> int:
        """Return how many bytes of it were read and not given away."""
        return len(self._octets)

    async def whole(self) -> bytes:
        """Read a body that is small enough for a stranger.

        Raises:
            Refusal: of another type, too large, or too slow.
        """
        self._look()
        await self._until(lambda: False)
        return self.take()

    async def manifest(self, most: int) -> bytes:
        """Read as far as the manifest of a shipment goes.

        Args:
            most: bytes of a body to read for it.

        Raises:
            Refusal: of another type, too large, too slow, or it does not begin so.
        """
        self._look()
        found: bytes | None = None

        def enough() -> bool:
            nonlocal found
            try:
                found = manifest_of(bytes(self._octets[:most]))
            except WireError as error:
                raise Refusal(of_wire(error)) from None
            return found is not None or len(self._octets) >= most

        await self._until(enough)
        if found is None:
            raise Refusal(Problem.MALFORMED)
        return found

    async def rest(self, stay: Stay) -> None:
        """Read to the end under a device's share.

        Args:
            stay: holds as many bytes as the body is long, by its word or in truth.

        Raises:
            Refusal: too large, too slow, or more than the share.
        """
        stay.reach(max(self._stated, len(self._octets)))
        await self._until(lambda: stay.reach(len(self._octets)))

    def take(self) -> bytes:
        """Give away what was read."""
        octets = bytes(self._octets)
        self._octets = bytearray()
        return octets

    def _look(self) -> None:
        """Refuse by what the head says of the body."""
        kind = self._headers.get(b"content-type", b"").partition(b";")[0].strip()
        stated = self._headers.get(b"content-length", b"")
        if kind.lower() != CBOR_OCTETS or b"content-encoding" in self._headers:
            raise Refusal(Problem.MALFORMED)
        if len(stated) > LENGTH_DIGITS:
            raise Refusal(Problem.MALFORMED)
        self._stated = int(stated) if stated.isdigit() else 0
        if self._stated > self._limit:
            raise Refusal(Problem.TOO_LARGE)

    async def _until(self, enough: Callable[[], bool | None]) -> None:
        """Read chunks until there is enough of them or the body ends."""
        if enough() or self.ended:
            return
        if self._came():  # as most often, with its head: that needs no clock
            await self._more()
            if enough() or self.ended:
                return
        try:
            async with asyncio.timeout(self._seconds):
                while not (enough() or self.ended):
                    await self._more()
        except TimeoutError:
            raise Refusal(Problem.MALFORMED) from None

    async def _more(self) -> None:
        """Read what comes next."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        chunk = message.get("body", b"")
        if len(self._octets) + len(chunk) > self._limit:
            raise Refusal(Problem.TOO_LARGE)
        self._octets += chunk
        self.ended = not message.get("more_body")
        if len(self._octets) >= self._pause_at:
            self._pause_at += BODY_BYTES_AT_ONCE
            await asyncio.sleep(BODY_PAUSE_SECONDS)
