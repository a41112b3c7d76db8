# SPDX-License-Identifier: Apache-2.0
"""The replay window: no signed message is heard twice.

Rules: only nonces of messages whose signature was checked come here, so a stranger
cannot fill it; it is full rather than forgetful; one device has its share only; a nonce
is kept as a digest of eight bytes, so two may be taken for one, and never one for two.
Not here: the clock check that makes the window enough (`protocol.py`). A restart
forgets the window: what is repeated then is a duplicate in the store and nothing else.
"""

import threading
from array import array
from hashlib import blake2b

from server.gate.bounds import NONCE_SECONDS, NONCES, NONCES_OF_ONE
from server.problems import Problem, Refusal

_KEPT_BYTES = 8


class _Heard:
    """Nonces of one device and when they came, in the order of arrival."""

    __slots__ = ("nonces", "times")

    def __init__(self) -> None:
        self.nonces = array("Q")
        self.times = array("q")

    def forget(self, before: int) -> int:
        """Drop what came before a time; returns how many."""
        gone = 0
        while gone < len(self.times) and self.times[gone] < before:
            gone += 1
        del self.times[:gone], self.nonces[:gone]
        return gone


class Nonces:
    """The nonces of the last half hour, by device; any thread may ask."""

    def __init__(self, capacity: int = NONCES, share: int = NONCES_OF_ONE) -> None:
        """Take the most nonces to hold, of all devices and of one."""
        self._capacity = capacity
        self._share = share
        self._heard: dict[bytes, _Heard] = {}  # the device last heard stands last
        self._held = 0
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
        kept = int.from_bytes(blake2b(nonce, digest_size=_KEPT_BYTES).digest(), "big")
        with self._lock:
            if now < self._newest - NONCE_SECONDS:
                self._start_anew(now)
            # a clock that steps back must not let a nonce expire early
            self._newest = max(self._newest, now)
            self._forget()
            heard = self._heard.get(device)
            if heard is not None:
                self._held -= heard.forget(self._newest - NONCE_SECONDS)
                if kept in heard.nonces:
                    raise Refusal(Problem.REPLAY)
            count = 0 if heard is None else len(heard.nonces)
            if self._held >= self._capacity or count >= self._share:
                raise Refusal(Problem.OVERLOADED)
            heard = self._heard.pop(device, None) or _Heard()
            heard.nonces.append(kept)
            heard.times.append(self._newest)
            self._heard[device] = heard
            self._held += 1

    def __len__(self) -> int:
        """Return how many nonces are held."""
        return self._held

    def _start_anew(self, now: int) -> None:
        """Hold all for one more window: a clock that was far ahead has been set right.

        Else nothing would expire before that time comes, and the window would be full.
        """
        for heard in self._heard.values():
            heard.times = array("q", [now]) * len(heard.times)
        self._newest = now

    def _forget(self) -> None:
        """Drop devices that were not heard within the window; they stand first."""
        while self._heard:
            device = next(iter(self._heard))
            heard = self._heard[device]
            if heard.times[-1] >= self._newest - NONCE_SECONDS:
                return
            self._held -= len(heard.times)
            del self._heard[device]
