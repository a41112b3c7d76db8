# SPDX-License-Identifier: Apache-2.0
"""Readers of Windows: whatever its sources answer, rows or an outcome.

Rules: the Examples' own sources with values replaced at random; no real Windows.
Not here: the real sources (`tests/wine`), registry values (`test_collectors.py`).
"""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.collectors import collector
from agent.collectors._windows.wmi import count, letters, numbers
from agent.errors import HostError
from agent.host.ip_tables import (
    ADDRESS_BYTES,
    ROUTE_BYTES,
    parse_metrics,
    parse_prefixes,
    parse_routes,
)
from agent.host.printer_ports import kind
from agent.rows import Example, Want
from tests.column_types import PYTHON
from tests.host_fixture import recorded_host
from wire.catalogue import System, storage
from wire.values import Value

NAMES = (
    "batteries",
    "disk_health",
    "network_routes",
    "peripherals",
    "printers",
    "sensors",
    "services",
    "sessions",
    "shares",
    "storage_devices",
)
EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{index}")
    for name in NAMES
    for index, example in enumerate(collector(name).examples)
    if example.system is System.WINDOWS and example.rows
]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 20),
    st.floats(),
    st.text(st.characters(exclude_categories=()), max_size=12),
    st.integers().map(str),
    st.lists(st.integers(-9, 70_000), max_size=4).map(lambda n: ",".join(map(str, n))),
)


def spoilt(facts: Mapping[str, object], data: st.DataObject) -> dict[str, object]:
    """Return facts of which some values are others."""

    def damage(value: object) -> object:
        if isinstance(value, Mapping):
            return {
                name: damage(held)
                for name, held in value.items()
                if data.draw(st.integers(0, 9))
            }
        if isinstance(value, tuple):
            return tuple(damage(item) for item in value)
        return value if data.draw(st.booleans()) else data.draw(VALUES)

    return {
        name: held if name == "registry" else damage(held)
        for name, held in facts.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize(("name", "example"), EXAMPLES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_values(name: str, example: Example, data: st.DataObject) -> None:
    """Whatever a source holds, a reader gives rows of the right types or an outcome."""
    item = collector(name)
    damaged = replace(example, facts=spoilt(example.facts, data))
    columns = frozenset(column.name for column in item.dataset.columns)
    with tempfile.TemporaryDirectory() as folder:
        host = recorded_host(damaged, Path(folder))
        try:
            reading = item.readers[System.WINDOWS](host, Want(columns, now=1.0))
        except HostError:
            return
    for row in reading.rows:
        for found in row.columns():
            column, value = item.dataset.column(found), row.value(found)
            assert column is not None
            assert type(value) is PYTHON[storage(column.type)]
            if isinstance(value, int):
                assert -(2**63) <= value < 2**63
            if isinstance(value, str):
                assert value.encode().decode() == value
                assert "\0" not in value


@given(VALUES)
def test_numbers_and_letters_of_wmi(value: Value) -> None:
    """A number of WMI fits 63 bits, and letters are a text without a NUL."""
    found = count(value)
    assert found is None or 0 <= found < 2**63
    assert all(0 <= item < 2**63 for item in numbers(value))
    assert "\0" not in (letters(value) or "")


@given(st.binary(max_size=2 * ROUTE_BYTES + ADDRESS_BYTES))
def test_any_table(table: bytes) -> None:
    """A table of the IP helper that holds junk gives addresses or nothing."""
    for route in parse_routes(table):
        assert 0 <= route.prefix < 256
        assert route.destination
    assert all(0 <= prefix < 256 for _, prefix in parse_prefixes(table))
    assert all(metric >= 0 for _, metric in parse_metrics(table))


@given(st.text())
def test_any_port(port: str) -> None:
    """Nothing of a printer's port is told but one word of a list."""
    words = {"usb", "parallel", "serial", "bluetooth", "redirected", "wsd"}
    assert kind(port) in words | {"ipp", "smb", "socket", "file", "other"}
