# SPDX-License-Identifier: Apache-2.0
"""Pure parsers of updates: any bytes give values, never an exception.

Rules: bytes or rows in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import patches, update_status
from agent.collectors._linux import apt, apt_pins, dpkg, updates, upgrade_logs
from agent.collectors._linux.restart import kernel_reason
from agent.collectors._linux.versions import debian_key, newer
from agent.collectors._shared.clock import Clock
from agent.collectors._windows import patches as windows_patches
from tests.column_types import PYTHON
from wire.catalogue import storage
from wire.values import Value

WORDS = st.text("KB01xZ~:-+./ ()\0\ud800\u0664\xe9", max_size=20)
"""Letters, digits of other scripts, marks of versions, and half a character."""
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            (
                b"\n",
                b"\n\n",
                b" ",
                b"\t",
                b"Inst a [1] (2 Debian:1/x [all])",
                b"Inst ",
                b"[1]",
                b"(2",
                b"bash\t1-1\tx86_64\tupdates",
                b"F-1 Important/Sec. a-1:1-1.x86_64",
                b"F-1 security Low a-1-1.noarch",
                b'<update kind="package" name="a" edition="1" arch="b">',
                b"<summary>",
                b"</summary>",
                b'<source alias="',
                b"&#0;&amp;&#xD800;",
                b"a-1.0-r0 < 1.1-r0",
                b"a 1 -> 2",
                b"Label: x\n",
                b"NotAutomatic: yes\n",
                b"Package: a\n",
                b"Package: *\n",
                b"Pin: release a=x\n",
                b"Pin-Priority: 900\n",
                b"Status: install ok installed\n",
                b"Version: 1~\n",
                b"2026-11-27 23:26:15 upgrade a\n",
                b"2026-11-27T23:32:02+0000 SUBDEBUG Upgrade: a\n",
                b"[2024-07-03T13:04:05+0200] [ALPM] upgraded a",
            )
        ),
    ),
    max_size=12,
).map(b"".join)
ROWS: dict[str, Callable[[bytes], Iterable[Mapping[str, Value]]]] = {
    "apt": updates.parse_apt,
    "dnf": updates.parse_dnf,
    "zypper": updates.parse_zypper,
    "apk": updates.parse_apk,
    "pacman": updates.parse_pacman,
}
OTHERS: dict[str, Callable[[bytes], object]] = {
    "advisories": updates.parse_advisories,
    "versions": updates.parse_versions,
    "release": apt.parse_release,
    "list": lambda data: list(apt.parse_list((data,), {b"a": 1})),
    "pins": lambda data: (apt_pins.parse_pins(data, {"a"}),),
    "updatable": lambda data: list(dpkg.parse_updatable(data)),
}
LOGS: tuple[Callable[[bytes], Iterable[bytes]], ...] = (
    upgrade_logs.parse_dpkg_log,
    upgrade_logs.parse_dnf_log,
    upgrade_logs.parse_pacman_log,
)
FACTS: st.SearchStrategy[Mapping[str, Value]] = st.dictionaries(
    st.sampled_from(
        (
            "HotFixID",
            "Description",
            "InstalledOn",
            "title",
            "kb",
            "update",
            "severity",
            "categories",
            "downloaded",
            "date",
            "operation",
            "result",
        )
    ),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 2**65),
        st.floats(),
        WORDS,
        st.sampled_from(("KB5034441", "x (Version 1.2)", "1/2/2024", "f" * 16)),
    ),
)


def check(rows: Iterable[Mapping[str, Value]]) -> None:
    """Hold rows to their columns' types."""
    for row in rows:
        for name, value in row.items():
            column = patches.DATASET.column(name)
            assert column is not None, name
            if value is not None:
                assert type(value) is PYTHON[storage(column.type)], name
            if isinstance(value, str):
                assert value.encode().decode() == value
                assert "\0" not in value


@pytest.mark.parametrize("name", sorted(ROWS))
@given(data=PIECES)
def test_updates(name: str, data: bytes) -> None:
    """Any output of a package manager gives typed rows."""
    rows = list(ROWS[name](data))
    check(rows)
    assert all(row["uid"] for row in rows)
    assert update_status.count(rows)["pending"] is not None


@pytest.mark.parametrize("name", sorted(OTHERS))
@given(data=PIECES)
def test_others(name: str, data: bytes) -> None:
    """Any bytes give an answer."""
    assert OTHERS[name](data) is not None


@pytest.mark.parametrize("parse", LOGS, ids=lambda parse: parse.__name__)
@given(data=PIECES)
def test_logs(parse: Callable[[bytes], Iterable[bytes]], data: bytes) -> None:
    """Any log gives times, or what the clock knows to be none."""
    clock = Clock(UTC, 0)
    for stamp in parse(data):
        seconds = clock.seconds(stamp)
        assert seconds is None or isinstance(seconds, int)


@given(row=FACTS)
def test_windows(row: Mapping[str, Value]) -> None:
    """Any row of Windows gives typed values, or none."""
    parsers = (
        windows_patches.parse_fix,
        windows_patches.parse_entry,
        windows_patches.parse_waiting,
    )
    check(found for parse in parsers if (found := parse(row)))


@given(value=st.one_of(st.none(), st.integers(), WORDS))
def test_results(value: Value) -> None:
    """Any value of the registry gives a time, or none."""
    found = update_status.parse_result(value)
    assert found is None or isinstance(found, int)


@given(WORDS, WORDS, WORDS)
def test_versions_have_an_order(one: str, two: str, three: str) -> None:
    """Any texts have one order: none is newer than a later one."""
    assert not newer(one, one)
    assert not (newer(one, two) and newer(two, one))
    low, middle, high = sorted((one, two, three), key=debian_key)
    assert not newer(low, middle)
    assert not newer(middle, high)


@pytest.mark.slow
@given(WORDS, st.lists(WORDS, max_size=4))
def test_kernels(running: str, installed: list[str]) -> None:
    """Any releases of kernels give a reason, or none."""
    assert kernel_reason(running, installed) in {None, "newer-kernel", "kernel-removed"}
