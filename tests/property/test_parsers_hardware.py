# SPDX-License-Identifier: Apache-2.0
"""Hardware's pure parsers: any bytes give values, never an exception.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import (
    batteries,
    disk_health,
    memory_modules,
    peripherals,
    printers,
    sensors,
)
from agent.collectors._shared.edid import parse_edid
from agent.host.cups import parse_printers
from agent.host.smart import parse_smart
from agent.host.smbios import parse_memory_devices
from tests.column_types import PYTHON
from wire.catalogue import storage

JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(("Wear_Leveling_Count", "SCSI", "5", "12 (x)")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                (
                    "ata_smart_attributes",
                    "current",
                    "device",
                    "id",
                    "name",
                    "nvme_smart_health_information_log",
                    "percentage_used",
                    "power_cycle_count",
                    "protocol",
                    "raw",
                    "smart_status",
                    "string",
                    "table",
                    "temperature",
                    "value",
                )
            ),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=30,
)
"""Values that look like smartctl's answer, in places where they do not belong."""
EDID = b"\x00\xff\xff\xff\xff\xff\xff\x00"
PARSERS: dict[str, Callable[[bytes], object]] = {
    "edid": parse_edid,
    "edid that begins well": lambda data: parse_edid(EDID + data),
    "id": lambda data: peripherals.parse_id(data.decode("latin-1")),
    "memory devices": lambda data: list(parse_memory_devices(data)),
    "a long memory device": lambda data: list(
        parse_memory_devices(b"\x11\x5c\0\0" + data + b"\0" * 99)
    ),
    "smart": parse_smart,
    "printers": lambda data: list(parse_printers(data)),
    "a printer": lambda data: [
        printers.parse_printer(printer)
        for printer in parse_printers(b"<Printer a>\nState " + data + b"\n</Printer>")
    ],
    "degrees": lambda data: sensors.parse_degrees(data.decode("latin-1")),
    "chip": lambda data: sensors.chip_name(data.decode("latin-1")),
    "pci class": lambda data: peripherals.parse_pci_class(data.decode("latin-1")),
}


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(data=st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes) -> None:
    """No parser raises on any bytes."""
    PARSERS[name](data)


@given(
    part=st.one_of(st.none(), st.integers(0, 2**63 - 1)),
    full=st.one_of(st.none(), st.integers(0, 2**63 - 1)),
)
def test_gauge(part: int | None, full: int | None) -> None:
    """A battery's gauge gives a number that can be, or none."""
    found = batteries.ratio(part, full)
    assert found is None or 0.0 <= found <= 1.0


@given(
    answered=st.dictionaries(
        st.sampled_from([item.name for item in memory_modules.DATASET.columns]),
        st.text(max_size=30),
    )
)
def test_module(answered: dict[str, str]) -> None:
    """Whatever the root side answers, a module has typed values or none."""
    for column, value in memory_modules.parse_module(answered).items():
        assert value is None or column not in {"size", "max_speed"} or value >= 0


@pytest.mark.slow
@given(told=JSON)
def test_smart(told: object) -> None:
    """Whatever JSON a disk's answer is, the values have their types or are none."""
    for column, value in disk_health.parse_health(
        parse_smart(json.dumps(told).encode())
    ).items():
        declared = disk_health.DATASET.column(column)
        assert declared is not None
        kind = PYTHON[storage(declared.type)]
        assert value is None or type(value) is kind, column


@pytest.mark.slow
@given(table=st.lists(JSON, max_size=4), log=JSON)
def test_smart_in_its_places(table: list[object], log: object) -> None:
    """The same, with the junk where smartctl has its attributes and its log."""
    told = {
        "ata_smart_attributes": {"table": table},
        "nvme_smart_health_information_log": log,
    }
    disk_health.parse_health(parse_smart(json.dumps(told).encode()))
