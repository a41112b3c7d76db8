# SPDX-License-Identifier: Apache-2.0
"""Parsers of diagnostics take any bytes.

Rules: no input raises, and what comes back is of its type.
Not here: what they make of sound input (each diagnostic's EXAMPLES).
"""

from hypothesis import given
from hypothesis import strategies as st

from agent.diagnostics._shared.probed import typed
from agent.diagnostics.boot_times import parse_phases, parse_starts
from agent.diagnostics.service_state import parse_show
from agent.diagnostics.socket_owners import parse_connections
from agent.diagnostics.top_processes import differences
from agent.sidecar.probes import errors
from wire.catalogue import Storage, ValueType, storage

SHOWN = st.lists(
    st.sampled_from(
        (
            b"Id=cron.service",
            b"Id=",
            b"ExecMainStatus=1",
            b"NRestarts=x",
            b"StateChangeTimestampMonotonic=99999999999999999999",
            b"InactiveExitTimestampMonotonic=1",
            b"ActiveEnterTimestampMonotonic=7",
            b"FinishTimestampMonotonic=8",
            b"UserspaceTimestampMonotonic=9",
            b"",
            b"=",
        )
    )
    | st.binary(max_size=20)
).map(b"\n".join)
PYTHON = {
    Storage.UTF8: str,
    Storage.BOOL: bool,
    Storage.INT64: int,
    Storage.FLOAT64: float,
}


@given(SHOWN)
def test_what_systemctl_shows(data: bytes) -> None:
    """Times of a start are above nothing, and numbers are numbers."""
    assert all(spent > 0 for _, spent in parse_phases(data))
    assert all(spent >= 0 for _, spent in parse_starts(data))
    found = parse_show(data, 1_763_950_000, 60.0)
    assert all(
        isinstance(found[name], int | None)
        for name in ("exit_code", "restarts", "since")
    )


@given(st.binary(max_size=200))
def test_tables_of_sockets(data: bytes) -> None:
    """Ports are ports."""
    head = b"  sl  local_address\n"
    for table in (data, head + b"0: 0100007F:" + data[:4] + b" x 01\n"):
        assert all(0 <= port < 1 << 16 for port in parse_connections(table))


@given(st.binary(min_size=16, max_size=60))
def test_errors_of_the_kernel(value: bytes) -> None:
    """Whoever an error is of, its address is one or none."""
    told = errors.parse(value)
    assert not told.address or "." in told.address or ":" in told.address


@given(st.text(max_size=30) | st.sampled_from(("nan", "inf", "1e999", "-0", "9" * 30)))
def test_texts_of_a_probe(text: str) -> None:
    """A text becomes a value of its column's type, finite, or none."""
    for kind in ValueType:
        value = typed(text, kind)
        assert value is None or type(value) is PYTHON[storage(kind)]
        if isinstance(value, int | float):
            assert abs(value) < 1 << 64


@given(st.dictionaries(st.integers(0, 3), st.none() | st.floats() | st.integers()))
def test_differences_of_two_looks(told: dict[int, float | int | None]) -> None:
    """Figures that are none, or go backwards, make no row of another type."""
    before = {(pid, None): {"process.cpu.time": 1.0} for pid in told}
    after = {
        (pid, None): {"process.cpu.time": value, "process.memory.usage": value}
        for pid, value in told.items()
    }
    found = differences(before, after, 2.0)
    assert len(found) == len(told)
