# SPDX-License-Identifier: Apache-2.0
"""Group commit: many shipments and polls, one flush of the disk for each kind.

Rules: a verdict is handed out after its commit and never before; the queue is bounded
in requests and bytes and refuses instead of growing; a batch that fails is tried again
one request at a time, so one cannot spoil another's; tenants and devices take turns,
and none has more than its part of a batch; a large shipment is queued part by part, for
others wait as long as what is being written takes; who comes alone waits for nobody;
where several come at once commits keep a distance, for each costs something whatever it
holds, but for as much as such a part there is no waiting.
Not here: the turns (`turns.py`), the transaction (`server/store`), the receipt
(`protocol.py`).
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from server.errors import ServerError
from server.gate.bounds import (
    BATCH_BYTES,
    BATCH_ENVELOPES,
    BATCH_PARTS,
    GATHER_SECONDS,
    PART_BYTES,
    QUEUED_BYTES,
    QUEUED_REQUESTS,
)
from server.gate.turns import Key, Turns
from server.problems import Problem, Refusal
from server.store.chains import Heard
from server.store.interface import Store, StoredEnvelope, Verdict


@dataclass(frozen=True, slots=True)
class _Order:
    """What one request has for the store: a shipment's envelopes, or a poll."""

    envelopes: Sequence[StoredEnvelope]
    size: int
    poll: Heard | None = None
    verdicts: Future[list[Verdict]] = field(default_factory=Future)


class _Batch:
    """How much one commit holds so far."""

    def __init__(self) -> None:
        self._count = 0
        self._size = 0
        self._sizes: Counter[Key] = Counter()

    def fits(self, key: Key, order: _Order) -> bool:
        """Tell whether an order may join; a first one of a device always may."""
        entries = len(order.envelopes) + (order.poll is not None)
        count, size = self._count + entries, self._size + order.size
        if self._count and (count > BATCH_ENVELOPES or size > BATCH_BYTES):
            return False
        part = self._sizes[key] + order.size
        if self._sizes[key] and part > BATCH_BYTES // BATCH_PARTS:
            return False
        self._count, self._size, self._sizes[key] = count, size, part
        return True


class Committer:
    """One thread that writes; any number that wait for it."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        took: Callable[[float], None] = lambda _: None,
        ended: Callable[[Sequence[Future[list[Verdict]]]], None] = lambda _: None,
        distance: float = GATHER_SECONDS,
    ) -> None:
        """Start the thread.

        Args:
            store: where to.
            clock: seconds since the epoch.
            took: hears for how many seconds each commit lasted.
            ended: hears of all futures that a commit has ended, at once.
            distance: seconds between two commits where several come at once.
        """
        self._took = took
        self._ended = ended
        self._distance = distance
        self._store = store
        self._clock = clock
        self._orders: Turns[_Order] = Turns()
        self._size = 0
        self._closing = False
        self._idle = False
        self._next_at = 0.0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="committer")
        self._thread.start()

    def __len__(self) -> int:
        """Return how many requests wait."""
        return len(self._orders)

    def submit(self, envelopes: Sequence[StoredEnvelope]) -> Future[list[Verdict]]:
        """Queue envelopes; the result comes when they are committed.

        Returns:
            A future of one verdict each, in order; it fails with a Refusal.

        Raises:
            Refusal: overloaded: the queue is full, or the gate is ending.
        """
        order = _Order(envelopes, sum(len(item.octets) for item in envelopes))
        return self._queue(_key(envelopes), order)

    def hear(self, poll: Heard) -> Future[list[Verdict]]:
        """Queue what a device said; the future ends when it is committed.

        Returns:
            A future of no verdict; it fails with a Refusal.

        Raises:
            Refusal: overloaded: the queue is full, or the gate is ending.
        """
        return self._queue((poll.tenant, poll.device), _Order((), 0, poll))

    def _queue(self, key: Key, order: _Order) -> Future[list[Verdict]]:
        with self._changed:
            if (
                self._closing
                or len(self._orders) >= QUEUED_REQUESTS
                or self._size + order.size > QUEUED_BYTES
            ):
                raise Refusal(Problem.OVERLOADED)
            self._orders.add(key, order)
            self._size += order.size
            if self._idle or self._is_enough():
                self._changed.notify()
        return order.verdicts

    def close(self) -> None:
        """Commit what is queued and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while self._worked():
            pass  # and what was committed is held no longer

    def _worked(self) -> bool:
        """Commit what comes next; false at the end."""
        batch = self._next()
        began = time.monotonic()
        # whoever gave up waiting is left out; the others can no longer give up
        waiting = [
            order for order in batch if order.verdicts.set_running_or_notify_cancel()
        ]
        if waiting:
            self._commit(waiting)
        self._next_at = began + self._distance if len(batch) > 1 else began
        return bool(batch)

    def _next(self) -> list[_Order]:
        """Wait for orders and take as many as fit one commit; none at the end."""
        with self._changed:
            self._idle = True
            while not self._orders and not self._closing:
                self._changed.wait()
            self._idle = False
            self._gather()
            batch = self._orders.take(_Batch().fits)
            self._size -= sum(order.size for order in batch)
            return batch

    def _gather(self) -> None:
        """Let others join, where several came for the last commit."""
        now = time.monotonic()
        while now < self._next_at and not (self._closing or self._is_enough()):
            self._changed.wait(self._next_at - now)
            now = time.monotonic()

    def _is_enough(self) -> bool:
        """Tell whether a commit of what is queued costs as much as its octets do."""
        return self._size >= PART_BYTES

    def _commit(self, batch: Sequence[_Order]) -> None:
        every = [envelope for order in batch for envelope in order.envelopes]
        polls = [order.poll for order in batch if order.poll is not None]
        now, began = self._clock(), time.monotonic()
        try:
            if polls:
                self._store.heard(polls, now)
            verdicts = iter(self._store.put(every, now) if every else ())
        except Exception as error:  # noqa: BLE001 - boundary: the writer outlives a batch
            self._failed(batch, error)
            return
        self._took(time.monotonic() - began)
        for order in batch:
            order.verdicts.set_result([next(verdicts) for _ in order.envelopes])
        self._ended([order.verdicts for order in batch])

    def _failed(self, batch: Sequence[_Order], error: Exception) -> None:
        """Try each request of a failed batch alone; tell the last one's failure."""
        if len(batch) > 1:
            for order in batch:
                self._commit([order])
            return
        full = isinstance(error, ServerError)
        problem = Problem.OVERLOADED if full else Problem.INTERNAL
        batch[0].verdicts.set_exception(Refusal(problem))
        self._ended([batch[0].verdicts])


def _key(envelopes: Sequence[StoredEnvelope]) -> Key:
    """Return whose turn a shipment waits for; one without envelopes is nobody's."""
    return (envelopes[0].tenant, envelopes[0].device) if envelopes else (b"", b"")


def parts(envelopes: Sequence[StoredEnvelope]) -> Iterator[Sequence[StoredEnvelope]]:
    """Cut what one shipment stores into parts, in order; one holds an envelope or more.

    The store judges each envelope by itself, so verdicts are the same.
    """
    first, size = 0, 0
    for place, envelope in enumerate(envelopes):
        if place > first and size + len(envelope.octets) > PART_BYTES:
            yield envelopes[first:place]
            first, size = place, 0
        size += len(envelope.octets)
    if envelopes:
        yield envelopes[first:]
