# SPDX-License-Identifier: Apache-2.0
"""What the steps of one batch cost a gate, each by itself in one process.

Rules: a step is the gate's own function, on a real store; its cost is the least of its
rounds, so it is what the step takes where all that it needs is at hand; in a gate each
takes more, for others come between.
Not here: the gate as a whole, its floor, TLS and HTTP (`gate.py`).

usage: python -m bench.fleet.steps [--rounds 7]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.flood_devices import Speaker, enrol
from bench.gates import collector
from bench.measure import Figure, show
from server import configuration
from server.gate import protocol
from server.gate.process import read_post
from server.store.bounds import DAY_SECONDS
from server.store.interface import Verdict
from server.store.sqlite import SqliteStore, open_store
from wire import envelope, limits, messages, signed
from wire.crypto.signing import verify
from wire.manifests import manifest_of
from wire.messages import Fate
from wire.signed import SignedKind

ROUNDS, CALLS = 7, 100
OCTETS, DEVICES = 16 * 1024, 64
OF_COMMIT = (1, 8, 32, 64)
UNIT = "us CPU"


def figures(rounds: int) -> list[Figure]:
    """Measure each step.

    Args:
        rounds: of which the least counts.
    """
    with tempfile.TemporaryDirectory(prefix="discreet-steps-") as folder:
        layout = collector(Path(folder))
        tenant = configuration.read(layout).tenant
        store = open_store(layout.store)
        try:
            speakers = enrol(store, tenant, DEVICES)
            post = read_post(layout.gate)
            steps = list(_steps(post, store, speakers[0]))
            found = [_figure(name, _least(act, rounds)) for name, act in steps]
            return found + _commits(store, speakers[1:], rounds)
        finally:
            store.close()


def _figure(name: str, cost: float) -> Figure:
    return Figure(name, cost, UNIT)


def _steps(
    post: protocol.Post, store: SqliteStore, speaker: Speaker
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is done with a shipment, and by itself what that is made of."""
    now = int(time.time())
    octets = speaker.sealed(1, OCTETS)
    start = manifest_of(octets) or b""
    judged = protocol.judge(store, start, now)
    yield "who ships", lambda: protocol.judge(store, start, now)
    message = signed.read(start, SignedKind.SHIPMENT, limits.MANIFEST_BYTES)
    signature = message.signatures[0].signature
    covered = signed.covered(message.kind, message.payload)
    public = speaker.key.public
    yield "- its signature", lambda: verify(public, signature, covered)
    whose = speaker.tenant, speaker.device, speaker.incarnation, now // DAY_SECONDS
    yield "- the look into the store", lambda: store.sender(*whose)
    admitted = protocol.sort(None, judged, octets, now)
    yield "what is shipped", lambda: protocol.sort(None, judged, octets, now)
    sealed = admitted.envelopes[0].octets
    yield "- its digest", lambda: envelope.digest(sealed)
    yield "- its header", lambda: envelope.read(sealed)
    verdicts = [Verdict(Fate.STORED, "")]
    yield "receipt", lambda: protocol.receipt(post, admitted, verdicts, now)
    yield "- its signature", lambda: post.key.sign(covered)
    told = messages.RECEIPT.encode(_receipt(judged, now))
    yield "- its encoding", lambda: messages.RECEIPT.encode(_receipt(judged, now))
    framed = signed.sign(SignedKind.RECEIPT, told, [post.key])
    frame = signed.read(framed, SignedKind.RECEIPT)
    yield "- the encoding of what frames it", lambda: signed.SIGNED.encode(frame)


def _receipt(judged: protocol.Judged, now: int) -> messages.Receipt:
    manifest, stored = judged.manifest, messages.Result(Fate.STORED, "")
    return messages.Receipt(
        manifest.tenant, manifest.device, judged.digest, now, (stored,), None
    )


def _least(act: Callable[[], object], rounds: int) -> float:
    """Return what a call takes of the processor, in microseconds."""
    found = []
    for _ in range(rounds):
        before = time.thread_time()
        for _ in range(CALLS):
            act()
        found.append((time.thread_time() - before) / CALLS * 1e6)
    return min(found)


def _commits(
    store: SqliteStore, speakers: Sequence[Speaker], rounds: int
) -> list[Figure]:
    """Return what a row costs in commits of so many rows, beside one alone."""
    costs: dict[int, list[float]] = {count: [] for count in OF_COMMIT}
    for _ in range(rounds):
        for count, found in costs.items():
            found.append(_put(store, speakers, count))
    alone = min(costs[1])
    return [
        Figure(f"a row of {count} in a commit", min(found), UNIT, alone, "alone")
        for count, found in costs.items()
    ]


def _put(store: SqliteStore, speakers: Sequence[Speaker], count: int) -> float:
    """Return what a row takes of the processor, in microseconds."""
    now = int(time.time())
    rows = [
        stored
        for number in range(2 * max(OF_COMMIT))
        for stored in protocol.admit(
            store, None, speakers[number % len(speakers)].sealed(1, OCTETS), now
        ).envelopes
    ]
    before = time.thread_time()
    for first in range(0, len(rows), count):
        store.put(rows[first : first + count], now)
    return (time.thread_time() - before) / len(rows) * 1e6


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.fleet.steps")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(arguments)
    show("The steps of a batch of 16 KiB", figures(options.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
