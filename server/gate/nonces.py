# SPDX-License-Identifier: Apache-2.0
"""The replay window: no signed message is heard twice.

Rules: only nonces of messages whose signature was checked come here, so a stranger
cannot fill it; it is full rather than forgetful; one device has its share only.
Not here: the clock check that makes the window enough (`protocol.py`). A restart
forgets the window: what is repeated then is a duplicate in the store and nothing else.
"""

import threading
from collections import Counter

from server.gate.bounds import NONCE_SECONDS, NONCES, NONCES_OF_ONE
from server.problems import Problem, Refusal


class Nonces:
    """The nonces of the last half hour, by device; any thread may ask."""

    def __init__(self, capacity: int = NONCES, share: int = NONCES_OF_ONE) -> None:
        """Take the most nonces to hold, of all devices and of one."""
        self._capacity = capacity
        self._share = share
        self._seen: dict[bytes, int] = {}  # in the order of arrival
        self._held: Counter[bytes] = Counter()
        self._newest = 0
        self._lock = threading.Lock()

    def take(self, device: bytes, nonce: bytes, now: int) -> None:
        """Remember a nonce of a device.

        Args:
            device: its identity, 16 bytes.
            nonce: 16 bytes from a message whose signature was checked.
            now: seconds since the epoch.

        Raises:
            Refusal: replay, or overloaded where there is no room.
        """
        key = device + nonce
        with self._lock:
            if now < self._newest - NONCE_SECONDS:
                self._start_anew(now)
            # a clock that steps back must not let a nonce expire early
            self._newest = max(self._newest, now)
            self._forget()
            if key in self._seen:
                raise Refusal(Problem.REPLAY)
            if len(self._seen) >= self._capacity or self._held[device] >= self._share:
                raise Refusal(Problem.OVERLOADED)
            self._seen[key] = self._newest
            self._held[device] += 1

    def __len__(self) -> int:
        """Return how many nonces are held."""
        return len(self._seen)

    def _start_anew(self, now: int) -> None:
        """Hold all for one more window: a clock that was far ahead has been set right.

        Else nothing would expire before that time comes, and the window would be full.
        """
        self._seen = dict.fromkeys(self._seen, now)
        self._newest = now

    def _forget(self) -> None:
        """Drop what is older than the window; the oldest come first."""
        while self._seen:
            key = next(iter(self._seen))
            if self._newest - self._seen[key] <= NONCE_SECONDS:
                return
            del self._seen[key]
            device = key[:16]
            self._held[device] -= 1
            if not self._held[device]:
                del self._held[device]
