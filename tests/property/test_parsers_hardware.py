# SPDX-License-Identifier: Apache-2.0
"""Hardware's pure parsers: any bytes give values, never an exception.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import batteries, memory_modules, peripherals
from agent.collectors._edid import parse_edid
from agent.host.smbios import parse_memory_devices

EDID = b"\x00\xff\xff\xff\xff\xff\xff\x00"
PARSERS: dict[str, Callable[[bytes], object]] = {
    "edid": parse_edid,
    "edid that begins well": lambda data: parse_edid(EDID + data),
    "id": lambda data: peripherals.parse_id(data.decode("latin-1")),
    "memory devices": lambda data: list(parse_memory_devices(data)),
    "a long memory device": lambda data: list(
        parse_memory_devices(b"\x11\x5c\0\0" + data + b"\0" * 99)
    ),
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
    assert found is None or 0.0 <= found <= 2.0


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
