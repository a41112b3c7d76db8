# SPDX-License-Identifier: Apache-2.0
"""How soon each may act again: a first burst at once, then so many a second.

Rules: pure: the time is passed in; nobody is refused, each is told how long to wait;
nobody for ever, or whoever asks without end would lock out all behind its address; who
has been quiet long enough is forgotten, for it is owed the whole burst again.
Not here: the waiting (`connections.py`, `app.py`), what may be held at once
(`shares.py`).
"""

from server.gate.bounds import DELAY_SECONDS


class Pace:
    """Acts of each key in turn, as in a leaky bucket; used by one thread."""

    def __init__(self, rate: float, burst: int) -> None:
        """Take the bounds.

        Args:
            rate: acts of one key in a second, in the long run.
            burst: acts of one key that are never put off.
        """
        self._step = 1.0 / rate
        self._burst = burst * self._step
        self._whole: dict[bytes, float] = {}  # when the burst is whole again

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._whole)

    def delay(self, key: bytes, now: float) -> float:
        """Count an act, and return for how many seconds it is to be put off.

        Args:
            key: whose act.
            now: monotonic seconds.
        """
        whole = max(self._whole.pop(key, now), now) + self._step
        whole = min(whole, now + self._burst + DELAY_SECONDS)
        self._whole[key] = whole  # the last to act stands last
        self._forget(now)
        return max(0.0, whole - now - self._burst)

    def free(self, key: bytes, now: float) -> bool:
        """Tell whether the next act of a key would not be put off; counts none."""
        return self._whole.get(key, now) + self._step <= now + self._burst

    def _forget(self, now: float) -> None:
        while self._whole:
            key = next(iter(self._whole))
            if self._whole[key] > now:
                return
            del self._whole[key]
