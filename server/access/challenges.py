# SPDX-License-Identifier: Apache-2.0
"""Challenges that wait for an answer: each counts once, soon, and for one thing.

Rules: in memory alone, so a restart voids them; one is gone when it is taken, whatever
becomes of the answer; when there are too many, the oldest goes.
Not here: proofs (`passkeys.py`, `key_proofs.py`).
"""

import secrets
import threading

from server.access.bounds import CHALLENGE_SECONDS, CHALLENGES, SECRET_BYTES


class Challenges:
    """Challenges of one process; any thread may use it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._waiting: dict[bytes, tuple[str, float]] = {}

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def ask(self, use: str, now: float) -> bytes:
        """Return a new challenge.

        Args:
            use: what it is for, and for whom where that is known.
            now: monotonic seconds.
        """
        challenge = secrets.token_bytes(SECRET_BYTES)
        with self._lock:
            while len(self._waiting) >= CHALLENGES:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[challenge] = use, now + CHALLENGE_SECONDS
        return challenge

    def take(self, challenge: bytes, use: str, now: float) -> bool:
        """Take a challenge; tells whether it waited, for this use, and not too long."""
        with self._lock:
            waiting = self._waiting.pop(challenge, None)
        return waiting is not None and waiting[0] == use and now < waiting[1]
