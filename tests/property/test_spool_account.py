# SPDX-License-Identifier: Apache-2.0
"""Whatever happens to a queue, its sums and its account are those of a plain list.

Rules: a real spool beside a model of thirty lines; every envelope is a gap record,
for the spool looks at its digest and place alone.
Not here: voids that are signed (`tests/unit/agent/test_voids.py`).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.spool.change import Filed, SpoolClass
from agent.spool.quotas import quota
from agent.spool.spool import Sent, Spool, open_spool
from wire.crypto.sealing import SUITE_NONE
from wire.crypto.signing import SigningKey, identity
from wire.envelope import (
    NO_KEY,
    NO_PREVIOUS,
    VERSION,
    EnvelopeKind,
    Gap,
    Header,
    announce,
    digest,
)
from wire.purposes import Purpose

NOW = 1_763_960_000
KEY = SigningKey.generate()
pytestmark = pytest.mark.slow
Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "void", "receive", "resend", "trim", "open"]),
        st.integers(0, 3),
        st.integers(1, 40),
    ),
    max_size=25,
)


@dataclass
class Item:
    """An envelope of the model."""

    kind: SpoolClass
    records: int
    octets: bytes
    name: bytes
    sent: Sent = Sent.WAITING
    void: bool = False


@dataclass
class Model:
    """What a spool should hold, by sequence."""

    held: dict[int, Item] = field(default_factory=dict)
    sequence: int = 0
    accepted: int = 0
    dropped: int = 0

    def put(self, item: Item) -> None:
        """Add an envelope."""
        self.sequence += 1
        self.held[self.sequence] = item
        self.accepted += item.records

    def void(self, at: int, octets: bytes) -> None:
        """Replace one."""
        item = self.held[at]
        self.dropped += 0 if item.void else item.records
        item.kind, item.octets, item.void = SpoolClass.CONTROL, octets, True
        item.sent = Sent.WAITING

    def octets(self, kind: SpoolClass) -> int:
        """Return what a class takes."""
        return sum(len(i.octets) for i in self.held.values() if i.kind is kind)


def announced(spool: Spool, sequence: int, number: int) -> bytes:
    """Return a signed envelope of a place, of a size of its own."""
    gap = Gap(number, NOW, NOW, "r" * number)
    header = Header(
        version=VERSION,
        kind=EnvelopeKind.GAP,
        suite=SUITE_NONE,
        tenant=bytes(16),
        device=identity(KEY.public),
        purpose=Purpose.SUPPORT,
        retention="logs",
        key_id=NO_KEY,
        policy=bytes(32),
        incarnation=spool.incarnation(),
        sequence=sequence,
        previous=NO_PREVIOUS if sequence == 1 else b"p" * 32,
        created=NOW + secrets.randbelow(9_000),
        records=0,
        bucket=NOW - NOW % 900,
        gap=gap,
    )
    return announce(header, KEY)


def step(spool: Spool, model: Model, what: Step) -> None:
    """Do one thing to both."""
    act, choice, number = what
    some = sorted(model.held)
    at = some[number % len(some)] if some else 0
    if act == "put":
        octets = announced(spool, model.sequence + 1, number)
        name = digest(octets)
        item = Item(SpoolClass(choice), number, octets, name)
        filed = Filed(Purpose.SUPPORT, "logs", item.kind, number, NOW, NOW, NOW)
        with spool.transaction() as change:
            change.put(change.place(), octets, filed)
        model.put(item)
    elif act == "void" and some:
        item = model.held[at]
        octets = announced(spool, at, number)
        with spool.transaction() as change:
            change.void(at, octets, item.name, item.records)
        model.void(at, octets)
    elif act == "receive" and some:
        with spool.transaction() as change:
            change.settle([(at, Sent.RECEIVED)], NOW)
        model.held[at].sent = Sent.RECEIVED
    elif act == "resend":
        spool.resend_unmarked(number)
        for sequence, item in model.held.items():
            if sequence <= number and item.sent is Sent.RECEIVED:
                item.sent = Sent.WAITING
    elif act == "trim" and some:
        spool.trim(spool.incarnation(), at, model.held[at].name, NOW)
        model.held = {n: item for n, item in model.held.items() if n > at}


def check(spool: Spool, model: Model) -> None:
    """Compare all that is told of a queue."""
    facts, items = spool.facts(), model.held.values()
    assert (facts.accepted, facts.dropped) == (model.accepted, model.dropped)
    assert facts.sequence == model.sequence
    assert facts.octets == sum(len(item.octets) for item in items)
    for sent, count in ((Sent.WAITING, facts.waiting), (Sent.RECEIVED, facts.received)):
        assert count == sum(item.sent is sent for item in items)
    for kind in SpoolClass:
        assert facts.room[kind] == quota(kind) - model.octets(kind)
    waiting = [i.octets for i in items if i.sent is Sent.WAITING]
    assert [item.octets for item in spool.waiting(99, 2**30)] == waiting


@settings(deadline=None, max_examples=200, derandomize=True)
@given(STEPS)
def test_sums_and_account_are_those_of_a_list(steps: Sequence[Step]) -> None:
    """After any history, also over restarts, nothing is counted twice or not at all."""
    model = Model()
    with TemporaryDirectory() as directory:
        path = Path(directory) / "spool.sqlite"
        spool = open_spool(path, NOW)
        try:
            for what in steps:
                if what[0] == "open":
                    spool.close()
                    spool = open_spool(path, NOW)
                step(spool, model, what)
            check(spool, model)
        finally:
            spool.close()
