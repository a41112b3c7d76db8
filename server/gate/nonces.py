# SPDX-License-Identifier: Apache-2.0
"""The replay window: no signed message is heard twice.

Rules: only nonces of messages whose signature was checked come here, so a stranger
cannot fill it; it is full rather than forgetful; one device has its share only; a nonce
is kept as a digest of eight bytes, so two may be taken for one, and never one for two.
Not here: the clock check that makes the window enough (`protocol.py`). A restart
forgets the window: what is repeated then is a duplicate in the store and nothing else.
"""

import threading
from collections.abc import Callable
from hashlib import blake2b

from server.gate.bounds import NONCE_SECONDS, NONCES, NONCES_OF_ONE
from server.problems import Problem, Refusal

_KEPT = 8
"""Octets of a nonce that are kept."""
_TIME = 2
"""And of its second: a window is a small part of the seconds that these tell apart."""
_BOTH = _TIME + _KEPT
_SECONDS = 1 << 8 * _TIME


class Nonces:
    """The nonces of the last half hour, by device; any thread may ask."""

    def __init__(self, capacity: int = NONCES, share: int = NONCES_OF_ONE) -> None:
        """Take the most nonces to hold, of all devices and of one."""
        self._capacity = capacity
        self._share = share
        # of each its seconds and then its nonces; the device last heard stands last
        self._heard: dict[bytes, bytes] = {}
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
        kept = blake2b(nonce, digest_size=_KEPT).digest()
        with self._lock:
            if now < self._newest - NONCE_SECONDS:
                self._start_anew(now)
            elif now > self._newest + NONCE_SECONDS:
                self._heard.clear()  # seconds are told apart within some hours alone
                self._held = 0
            # a clock that steps back must not let a nonce expire early
            self._newest = max(self._newest, now)
            self._forget()
            before = self._heard.get(device, b"")
            heard = _since(before, self._is_over)
            count = len(heard) // _BOTH
            if heard is not before:
                self._held -= len(before) // _BOTH - count
                self._heard[device] = heard
            seconds, nonces = heard[: count * _TIME], heard[count * _TIME :]
            if _is_among(nonces, kept):
                raise Refusal(Problem.REPLAY)
            if self._held >= self._capacity or count >= self._share:
                raise Refusal(Problem.OVERLOADED)
            self._heard.pop(device, None)
            self._heard[device] = b"".join((seconds, self._second(), nonces, kept))
            self._held += 1

    def has(self, device: bytes, nonce: bytes) -> bool:
        """Tell whether a nonce of a device is held; remembers none.

        Args:
            device: its identity, 16 bytes.
            nonce: 16 bytes from a message whose signature was checked.
        """
        kept = blake2b(nonce, digest_size=_KEPT).digest()
        with self._lock:
            heard = self._heard.get(device, b"")
        return _is_among(heard[len(heard) // _BOTH * _TIME :], kept)

    def __len__(self) -> int:
        """Return how many nonces are held."""
        return self._held

    def _second(self) -> bytes:
        """Return what is kept of the time."""
        return (self._newest % _SECONDS).to_bytes(_TIME, "big")

    def _is_over(self, second: bytes) -> bool:
        """Tell whether what came in a second is outside the window."""
        passed = self._newest - int.from_bytes(second, "big")
        return passed % _SECONDS > NONCE_SECONDS

    def _start_anew(self, now: int) -> None:
        """Hold all for one more window: a clock that was far ahead has been set right.

        Else nothing would expire before that time comes, and the window would be full.
        """
        self._newest = now
        for device, heard in self._heard.items():
            count = len(heard) // _BOTH
            self._heard[device] = self._second() * count + heard[count * _TIME :]

    def _forget(self) -> None:
        """Drop devices that were not heard within the window; they stand first."""
        while self._heard:
            device, heard = next(iter(self._heard.items()))
            count = len(heard) // _BOTH
            if count and not self._is_over(heard[(count - 1) * _TIME : count * _TIME]):
                return
            self._held -= count
            del self._heard[device]


def _since(heard: bytes, is_over: Callable[[bytes], bool]) -> bytes:
    """Return what is left of a device's nonces; those that came first stand first."""
    count, gone = len(heard) // _BOTH, 0
    while gone < count and is_over(heard[gone * _TIME : (gone + 1) * _TIME]):
        gone += 1
    if not gone:
        return heard
    nonces = count * _TIME
    return heard[gone * _TIME : nonces] + heard[nonces + gone * _KEPT :]


def _is_among(nonces: bytes, kept: bytes) -> bool:
    """Tell whether a nonce stands among others, and not across two of them."""
    at = nonces.find(kept)
    while at > 0 and at % _KEPT:
        at = nonces.find(kept, at + 1)
    return at >= 0
