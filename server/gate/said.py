# SPDX-License-Identifier: Apache-2.0
"""What devices said last: the same words again cost no flush of the disk.

Rules: whatever differs is written, and the same too after a while; the device's own
time alone does not count as a word; of so many devices, those written last; nothing of
what is said is kept, only that it is the same.
Not here: what is written (`server/store`), what was heard before (`nonces.py`).
"""

from dataclasses import replace

from server.gate.bounds import SAME_SECONDS, TOLD
from server.store.chains import Heard

Key = tuple[bytes, bytes]
"""Tenant and device."""


class Said:
    """What was written of each device, and when; used by one thread."""

    def __init__(self, most: int = TOLD, seconds: int = SAME_SECONDS) -> None:
        """Remember nobody.

        Args:
            most: devices.
            seconds: for so long the same words are not written again.
        """
        self._most = most
        self._seconds = seconds
        self._written: dict[Key, tuple[int, int]] = {}  # the last written stands last

    def again(self, said: Heard, now: int) -> bool:
        """Tell whether the same was written of this device a moment ago."""
        words, when = self._written.get((said.tenant, said.device), (0, now))
        passed = now - when
        return words == _words(said) and 0 <= passed < self._seconds

    def wrote(self, said: Heard, now: int) -> None:
        """Remember what is in the store now."""
        key = said.tenant, said.device
        self._written.pop(key, None)
        self._written[key] = _words(said), now
        if len(self._written) > self._most:
            del self._written[next(iter(self._written))]


def _words(said: Heard) -> int:
    """Return what tells words from others, to all but one in 2**64."""
    return hash(replace(said, stated=None))
