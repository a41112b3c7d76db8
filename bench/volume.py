# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""What an agent that obeys a policy seals: envelopes and bytes of each kind of pass.

Rules: an enrolled device reads this machine's real data in the agent's own child and
ships nothing meanwhile; log lines are of the project's own grammar, for a machine's own
log may be as good as empty.
Not here: what a pass costs (`passes.py`), an outage of so much (`simulation.outage`),
whether its sizes are still these (`tests/fault/test_load.py`).

usage: python -m bench.volume [--policy standard]
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from agent.collectors import collector
from agent.device import Bench
from agent.figures import Figures
from agent.given import Given
from agent.identity import load
from agent.passes import pass_in_child
from agent.schedule import Due
from agent.shortcut import Shortcut
from agent.spool.change import SpoolClass
from agent.state import State
from bench.measure import Figure, publish
from bench.passes import device, obeyed
from tests.log_grammar.grammar import lines
from wire.body import Mode, Table
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import SUITE_XWING, key_id
from wire.crypto.signing import SigningKey, identity
from wire.envelope import NO_PREVIOUS, VERSION, EnvelopeKind, Header, seal
from wire.mint import mint_record
from wire.policy import Policy
from wire.purposes import Purpose

if sys.platform == "win32":
    reason = "the agent's parts of passes are of Linux"
    raise ImportError(reason)

DAY = 86_400
LINES = 100
"""Of a log in one envelope: what an hour of an ordinary server writes."""
COLUMNS = frozenset(
    {
        *("timestamp", "log.source", "service.name", "severity_number"),
        *("process.pid", "message"),
    }
)
"""Of a log line, that it has here."""
Sums = dict[int, tuple[int, int]]
"""Envelopes and bytes of each class."""


def sums(state: State) -> Sums:
    """Return what a spool holds."""
    with sqlite3.connect(state.spool) as database:
        rows = database.execute(
            "SELECT class, sum(envelopes), sum(octets) FROM sums GROUP BY class"
        ).fetchall()
    database.close()
    return {kind: (envelopes, octets) for kind, envelopes, octets in rows}


def due_every(policy: Policy, seconds: int) -> Due:
    """Return all that is read so often, or oftener."""
    return frozenset(
        (rules.purpose, rule.dataset)
        for rules in policy.purposes
        for rule in rules.datasets
        if rule.every is not None and rule.every <= seconds
    )


def sealed(bench: Bench, found: Due, *, whole: bool = False) -> Sums:
    """Run a pass over what is due; return what it sealed.

    Args:
        bench: the device.
        found: what is due.
        whole: as if nothing had been read before.
    """
    now = int(time.time())
    trust, policy = obeyed(bench, now)
    if whole:
        with bench.at_work() as held, held.spool.transaction() as change:
            for rules in policy.purposes:
                change.forget_snapshots(rules.purpose.value)
    given = Given(bench.state, bench.who, trust, now, Figures())
    part = Shortcut(bench.obeyed.marks()).work(bench, policy, found, given)
    before = sums(bench.state)
    bench.close()
    pass_in_child(bench.state, now, part=part)
    after = sums(bench.state)
    made: Sums = {}
    for kind, (count, octets) in after.items():
        had, held_before = before.get(kind, (0, 0))
        made[kind] = count - had, octets - held_before
    return made


def line_bytes() -> float:
    """Return the sealed bytes of a log line, with its share of its envelope."""
    dataset = collector("event_logs").dataset
    texts = [one.text for one in lines(12, LINES, 40)][:LINES]
    now = int(time.time())
    records = [
        mint_record(
            dataset.name,
            Purpose.SUPPORT.value,
            {
                "timestamp": now + at,
                "log.source": "journal",
                "service.name": f"service-{at % 7}",
                "severity_number": 9,
                "process.pid": 700 + at % 7,
                "message": text,
            },
        )
        for at, text in enumerate(texts)
    ]
    columns = tuple(one for one in dataset.columns if one.name in COLUMNS)
    table = Table(dataset, columns, records, Mode.APPEND)
    key, opening = SigningKey.generate(), OpeningKey.generate()
    header = Header(
        *(VERSION, EnvelopeKind.DATA, SUITE_XWING, bytes(16), identity(key.public)),
        *(Purpose.SUPPORT, "tickets", key_id(opening.public), bytes(32), bytes(16)),
        *(1, NO_PREVIOUS, 0, len(records), 0),
    )
    return len(seal(header, [table], (), opening.public, key)) / len(records)


@contextmanager
def obeying(folder: Path, policy: str) -> Iterator[tuple[Bench, Policy]]:
    """Give a device that obeys a policy, and the policy.

    Args:
        folder: an empty directory.
        policy: the name of a preset.
    """
    state = device(folder, policy)
    with closing(Bench(state, load(state))) as bench:
        yield bench, obeyed(bench, int(time.time()))[1]


def figures(policy: str) -> Iterator[Figure]:
    """Measure what each kind of pass of a policy seals."""
    yield Figure(f"a log line, {LINES} at once", line_bytes(), "bytes")
    with (
        tempfile.TemporaryDirectory(prefix="discreet-bench-") as folder,
        obeying(Path(folder), policy) as (bench, told),
    ):
        cadences = {
            rule.every
            for rules in told.purposes
            for rule in rules.datasets
            if rule.every is not None
        }
        kinds = [(f"every {one // 60} min", one, False) for one in sorted(cadences)]
        for what, every, whole in (*kinds, ("first of all", DAY, True)):
            found = sealed(bench, due_every(told, every), whole=whole)
            for kind in SpoolClass:
                count, octets = found.get(kind.value, (0, 0))
                if count:
                    name = f"{what}: {kind.name.lower()}, {count} of them"
                    yield Figure(name, octets, "bytes")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.volume")
    parser.add_argument("--policy", default="standard")
    options = parser.parse_args(arguments)
    publish("What passes seal", "volume", [*figures(options.policy)])


if __name__ == "__main__":
    main()
