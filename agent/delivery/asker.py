# SPDX-License-Identifier: Apache-2.0
"""Who carries a question to the collector and brings the answer.

Rules: what is asked and believed does not depend on how it travels.
Not here: the socket (`transport.py`), a simulated network (tests).
"""

from types import TracebackType
from typing import Protocol, Self


class Asker(Protocol):
    """Asks the collector; `transport.Session` does it over TLS."""

    def __enter__(self) -> Self:
        """Use as a context manager; closes at the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def post(self, path: str, body: bytes) -> bytes:
        """Ask one question and return the answer's body.

        Args:
            path: of the collector's API.
            body: CBOR.

        Raises:
            NetworkError: the collector cannot be reached.
            TrustError: someone else answers in its place.
            Problem: the collector refused, with its reason.
        """

    def close(self) -> None:
        """Let the connection go."""
