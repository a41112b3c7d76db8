# SPDX-License-Identifier: Apache-2.0
"""Groups of records become envelopes: as few as fit, none lost at a bound.

Rules: real records from the real redactor, sealed into a real spool and opened.
Not here: where the records come from (`test_pipeline.py`).
"""

import secrets
from pathlib import Path

import pytest
from device_fixture import enrolled, opened
from installation_fixture import Installation

from agent.collectors import collector
from agent.identity import load, trusted
from agent.pipeline import sealing_key
from agent.redaction.engine import BoundDataset, Redactor
from agent.rows import Row
from agent.sealing import Group, Sealed, Sealer
from agent.spool.change import SpoolClass
from agent.spool.spool import open_spool
from agent.state import State
from wire.body import Mode, Note, Op, Table
from wire.envelope import Gap
from wire.ledger import EMPTY
from wire.purposes import Purpose
from wire.transforms.call import KEEP
from wire.values import Withheld

DATASET = collector("software").dataset
COLUMNS = tuple(
    column for column in DATASET.columns if column.name in {"name", "version"}
)


def sealed_group(
    state: State, installation: Installation, rows: list[Row], mode: Mode
) -> Sealed:
    """Seal one table and return what it came to."""
    who, now = load(state), installation.root.issued + 5
    trust = trusted(state, who, now)
    retention = installation.key(Purpose.SECURITY).retention
    key = sealing_key(trust, Purpose.SECURITY, retention, now)
    assert key is not None
    bound = BoundDataset(
        DATASET, Purpose.SECURITY, {column.name: KEEP for column in COLUMNS}
    )
    records = Redactor(None, None).redact(bound, rows).records
    group = Group(Purpose.SECURITY, retention, key, SpoolClass.SNAPSHOT)
    group.tables.append(Table(DATASET, COLUMNS, records, mode))
    group.notes.append(Note("software", "name", Withheld.TOO_LARGE, 3))
    group.gaps.append(Gap(7, now - 1, now, "source-lost"))
    group.passes.append("software")
    spool = open_spool(state.spool, now)
    try:
        with spool.transaction() as change:
            return Sealer(who, trust, now).put(change, group)
    finally:
        spool.close()


def names(count: int) -> list[Row]:
    """Return rows that do not compress."""
    return [
        Row({"name": f"p{n}", "version": secrets.token_hex(40)}) for n in range(count)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("mode", [Mode.APPEND, Mode.FULL])
def test_what_is_too_large_is_split_by_rows(
    tmp_path: Path, installation: Installation, mode: Mode
) -> None:
    """Rows over the bound of an envelope go into several, each row once, in order."""
    state = enrolled(tmp_path / "state", installation)
    done = sealed_group(state, installation, names(40_000), mode)
    found = opened(state, installation)
    assert len(found) >= 2
    assert done.records == 40_000
    assert [name for item in found for name in item.columns["name"]] == [
        f"p{n}" for n in range(40_000)
    ]
    modes = [item.table.mode for item in found]
    if mode is Mode.FULL:
        assert modes == [Mode.FULL] + [Mode.DELTA] * (len(found) - 1)
        assert {op for item in found[1:] for op in item.table.ops} == {Op.ADD}
        numbers = [number for item in found[1:] for number in item.table.numbers]
        assert numbers == [*range(found[0].table.rows, 40_000)]
    else:
        assert set(modes) == {Mode.APPEND}


@pytest.mark.slow
def test_an_envelope_alone_passes_a_proxy_that_nobody_told(
    tmp_path: Path, installation: Installation
) -> None:
    """A shipment of one envelope stays under 1 MiB, what nginx lets through."""
    state = enrolled(tmp_path / "state", installation)
    sealed_group(state, installation, names(40_000), Mode.APPEND)
    spool = open_spool(state.spool, 0)
    sizes = [len(item.octets) for item in spool.waiting(64, 64 * 1_048_576)]
    spool.close()
    assert len(sizes) >= 3
    assert max(sizes) + 8_192 <= 1_048_576


@pytest.mark.slow
def test_one_row_may_be_as_large_as_the_wire_allows(
    tmp_path: Path, installation: Installation
) -> None:
    """What cannot be split is not lost for what a proxy may say to it."""
    state = enrolled(tmp_path / "state", installation)
    row = Row({"name": "p", "version": secrets.token_hex(970_000)})
    done = sealed_group(state, installation, [row], Mode.APPEND)
    assert done.records == 1


def test_rows_that_compress_beyond_the_ratio_are_split(
    tmp_path: Path, installation: Installation
) -> None:
    """Equal rows compress past what a reader takes; they are all there all the same."""
    state = enrolled(tmp_path / "state", installation)
    rows = [Row({"name": "same", "version": "same"})] * 20_000
    sealed_group(state, installation, rows, Mode.APPEND)
    found = opened(state, installation)
    assert sum(item.table.rows for item in found) == 20_000


def test_an_empty_state_is_sealed_as_one(
    tmp_path: Path, installation: Installation
) -> None:
    """Nothing installed is a state like any other."""
    state = enrolled(tmp_path / "state", installation)
    done = sealed_group(state, installation, [], Mode.FULL)
    assert (done.envelopes, done.records) == (2, 0)
    (only,) = opened(state, installation)
    assert (only.table.mode, only.table.rows) == (Mode.FULL, 0)


def test_nothing_happens_when_the_transaction_fails(
    tmp_path: Path, installation: Installation
) -> None:
    """Envelope, cursor and ledger are there together or not at all."""
    state = enrolled(tmp_path / "state", installation)
    who, now = load(state), installation.root.issued + 5
    trust = trusted(state, who, now)
    sealer = Sealer(who, trust, now)
    spool = open_spool(state.spool, now)
    gap = Gap(1, now, now, "source-lost")

    def fail() -> None:
        with spool.transaction() as change:
            sealer.put_gap(change, Purpose.SECURITY, "inventory", gap)
            change.set_cursor("security", "event_logs", b"moved")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert spool.facts().sequence == 0
    assert spool.cursor("security", "event_logs") is None
    assert spool.ledger() == ([], EMPTY)
    spool.close()
