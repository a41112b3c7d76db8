# SPDX-License-Identifier: Apache-2.0
"""Counts what a gate does not take, and has the store keep the counts.

Rules: no more often than once a minute, and once when the gate ends; a device is named
where its signature was verified and not otherwise; how many are counted apart between
two times is bounded, and what is beyond is counted without a name; what the store does
not keep it is told later, and no request waits for it; why it does not is said once.
Not here: the same for a Prometheus (`figures.py`), how it is kept
(`server/store/refusals.py`).
"""

import socket
import threading
from collections import Counter
from collections.abc import Iterable

from server.errors import ServerError
from server.logs import log
from server.problems import Refusal
from server.store.refusals import NAME_CHARS, NAMED, NOBODY, Refusals, Refused

EVERY_SECONDS = 60
Whose = tuple[bytes, bytes]


class Refusing:
    """The counts of one gate; any thread may use them."""

    def __init__(self, kept: Refusals, gate: str = "") -> None:
        """Begin with none.

        Args:
            kept: the store's.
            gate: what the gate is called; this machine's name where it is empty.
        """
        self._kept = kept
        self._gate = (gate or socket.gethostname())[:NAME_CHARS]
        self._lock = threading.Lock()
        self._counts: Counter[tuple[Whose, str]] = Counter()
        self._last: dict[tuple[Whose, str], int] = {}
        self._told: int | None = None
        self._failure = ""

    def refused(self, refusal: Refusal, speaker: Whose | None, now: int) -> None:
        """Count a request.

        Args:
            refusal: why it was not taken.
            speaker: tenant and device, where that is known without the refusal.
            now: seconds since the epoch.
        """
        self.count((refusal.problem.slug,), refusal.whose or speaker, now)

    def count(self, reasons: Iterable[str], whose: Whose | None, now: int) -> None:
        """Count what was not taken.

        Args:
            reasons: slugs, one for each.
            whose: tenant and device that signed; None where nobody did.
            now: seconds since the epoch.
        """
        with self._lock:
            for reason in reasons:
                self._add(whose or (NOBODY, b""), reason, 1, now)

    def _add(self, whose: Whose, reason: str, count: int, last: int) -> None:
        """Count under the lock; beyond the bound without a name."""
        at = whose, reason
        if at not in self._counts and len(self._counts) >= NAMED:
            at = (whose[0], b""), reason
        self._counts[at] += count
        self._last[at] = max(last, self._last.get(at, 0))

    def due(self, now: int) -> bool:
        """Tell whether there is something to be kept, and the time for it has come."""
        waited = self._told is None or not 0 <= now - self._told < EVERY_SECONDS
        return waited and bool(self._counts)

    def keep(self, now: int) -> None:
        """Have the store keep what was counted; what it does not take waits.

        Args:
            now: seconds since the epoch.
        """
        with self._lock:
            counts, last = self._counts, self._last
            self._counts, self._last, self._told = Counter(), {}, now
        rows = [
            Refused(*whose, reason, count, last[whose, reason])
            for (whose, reason), count in counts.items()
        ]
        if not rows:
            return
        try:
            self._kept.add(self._gate, rows)
        except Exception as error:  # noqa: BLE001 - boundary: nobody waits for this
            self._tell(error)
            with self._lock:
                for (whose, reason), count in counts.items():
                    self._add(whose, reason, count, last[whose, reason])
        else:
            self._failure = ""

    def _tell(self, error: Exception) -> None:
        """Say once what is wrong, until it is another thing: our sentences alone."""
        why = str(error) if isinstance(error, ServerError) else type(error).__name__
        if why != self._failure:
            log("refusals-not-kept", why=why)
        self._failure = why
