# SPDX-License-Identifier: Apache-2.0
"""Opened tables as Arrow: the same buffers, every type, and nothing undeclared."""

from collections import Counter
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_fixture import CATALOGUE, opened, table

from server.reader.arrow import arrow_type, schema, to_batch, with_origin
from wire import body
from wire.body import Mode, OpenTable, Table
from wire.catalogue import (
    Column,
    Dataset,
    Kind,
    Sensitivity,
    Storage,
    ValueType,
    storage,
)
from wire.mint import mint_record
from wire.values import Value

YEAR_9999 = 253_402_300_799
WIDE = Dataset(
    "wide",
    Kind.EVENT,
    "One column of each type.",
    (),
    tuple(
        Column(
            f"of.{kind.value.replace('-', '_')}",
            kind,
            Sensitivity.HARMLESS,
            "r",
            "keep",
        )
        for kind in ValueType
    ),
)
EVERY = frozenset(column.name for column in WIDE.columns)
VALUES: dict[Storage, st.SearchStrategy[Value]] = {
    Storage.UTF8: st.text(max_size=6),
    Storage.BOOL: st.booleans(),
    Storage.INT64: st.integers(0, YEAR_9999),
    Storage.FLOAT64: st.floats(allow_nan=False, allow_infinity=False),
}
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            column.name: st.none() | VALUES[storage(column.type)]
            for column in WIDE.columns
        }
    ),
    max_size=20,
)


def wide(rows: list[dict[str, Value]]) -> OpenTable:
    """Return rows of the wide dataset as a reader finds them."""
    records = [mint_record("wide", "support", row) for row in rows]
    part = Table(WIDE, WIDE.columns, records, Mode.APPEND)
    return body.decode(body.encode([part], [], "support")).tables[0]


@pytest.mark.slow
@given(ROWS)
def test_every_type_arrives_as_it_was_sent(rows: list[dict[str, Value]]) -> None:
    """Values of all types, nulls among them and no rows at all: equal, none lost."""
    skipped: Counter[str] = Counter()
    batch = to_batch(wide(rows), WIDE, EVERY, skipped)
    batch.validate(full=True)
    times = batch.column(WIDE.columns.index(WIDE.column("of.timestamp")))
    found = batch.set_column(
        batch.schema.get_field_index("of.timestamp"),
        "of.timestamp",
        times.view(pa.int64()),
    )
    assert found.to_pylist() == rows
    assert +skipped == Counter()


def test_buffers_are_not_copied() -> None:
    """The Arrow array points into the opened body itself."""
    part = wide([{"of.text": "a", "of.count": 1, "of.ratio": 0.5, "of.boolean": True}])
    batch = to_batch(part, WIDE, EVERY, Counter())
    for column in part.columns:
        if column.nulls:
            continue
        array = batch.column(batch.schema.get_field_index(column.name))
        ours = pa.py_buffer(column.data)
        assert array.buffers()[-1].address == ours.address


def test_a_column_that_was_not_sent_is_null() -> None:
    """Every declared column is there, of its type, whatever a device sent."""
    part = opened(table("event_logs", [{"message": "m"}]))
    dataset = CATALOGUE.datasets["event_logs"]
    batch = to_batch(part, dataset, {"message"}, Counter())
    assert batch.schema.names == [column.name for column in dataset.columns]
    assert batch.to_pylist()[0]["message"] == "m"
    assert batch.column(0).null_count == 1


def test_a_column_that_is_not_allowed_is_null_and_counted() -> None:
    """What the policy does not name for the purpose is not shown."""
    part = opened(table("event_logs", [{"message": "m", "log.source": "s"}]))
    skipped: Counter[str] = Counter()
    batch = to_batch(part, CATALOGUE.datasets["event_logs"], {"log.source"}, skipped)
    assert batch.to_pylist()[0]["message"] is None
    assert batch.to_pylist()[0]["log.source"] == "s"
    assert +skipped == Counter({"column-not-in-policy": 1})


def test_a_column_of_another_type_or_name_is_counted() -> None:
    """A device cannot bring in a column, nor change the type of one."""
    part = opened(table("event_logs", [{"message": "m", "process.pid": 7}]))
    message, pid = part.columns[1], part.columns[0]
    odd = replace(
        part, columns=(replace(pid, name="message"), replace(message, name="wish"))
    )
    skipped: Counter[str] = Counter()
    allowed = {"message", "process.pid", "wish"}
    batch = to_batch(odd, CATALOGUE.datasets["event_logs"], allowed, skipped)
    assert batch.to_pylist()[0]["message"] is None
    assert "wish" not in batch.schema.names
    assert +skipped == Counter({"column-of-another-type": 1, "unknown-column": 1})


def test_a_time_outside_the_calendar_is_null_and_counted() -> None:
    """One device's year 300,000 does not fail a fleet's query."""
    rows = [{"timestamp": at} for at in (-1, 0, YEAR_9999, YEAR_9999 + 1)]
    part = opened(table("event_logs", [*rows, {"timestamp": None, "message": "m"}]))
    skipped: Counter[str] = Counter()
    allowed = {"timestamp", "message"}
    batch = to_batch(part, CATALOGUE.datasets["event_logs"], allowed, skipped)
    shown = batch.column(0).view(pa.int64()).to_pylist()
    assert shown == [None, 0, YEAR_9999, None, None]
    assert skipped["time-out-of-range"] == 2


@pytest.mark.parametrize("name", sorted(CATALOGUE.datasets))
def test_every_dataset_has_a_schema_with_all_its_columns(name: str) -> None:
    """Our three columns, then all declared ones; no name stands twice."""
    dataset = CATALOGUE.datasets[name]
    found = schema(dataset)
    assert found.names[:3] == ["device", "device_label", "observed"]
    assert found.names[3:] == [column.name for column in dataset.columns]
    assert len({name.lower() for name in found.names}) == len(found.names)
    assert found.types[3:] == [arrow_type(column.type) for column in dataset.columns]


def test_a_declared_column_with_our_name_keeps_a_name_of_its_own() -> None:
    """A dataset's own `device` column is shown behind its dataset's name."""
    column = Column("device", ValueType.TEXT, Sensitivity.HARMLESS, "r", "keep")
    odd = replace(WIDE, name="odd", columns=(column,))
    assert schema(odd).names[3:] == ["odd.device"]


def test_rows_say_whose_they_are_and_of_when() -> None:
    """Device, label and time of the envelope stand before each row."""
    dataset = CATALOGUE.datasets["event_logs"]
    part = opened(table("event_logs", [{"message": "m"}]))
    batch = to_batch(part, dataset, {"message"}, Counter())
    row = with_origin(batch, 1, b"\x01" * 16, "Desk", [60]).to_pylist()[0]
    assert (row["device"], row["device_label"]) == ("01" * 16, "Desk")
    assert row["observed"].isoformat() == "1970-01-01T00:01:00"
    late = with_origin(batch, 1, b"\x01" * 16, "Desk", [YEAR_9999 + 1])
    assert late.column(2).null_count == 1
