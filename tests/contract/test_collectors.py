# SPDX-License-Identifier: Apache-2.0
"""What every collector promises, whatever it reads.

Rules: each collector in the folder is tested; nothing is listed by hand.
Not here: one collector's own cases (`tests/unit/collectors`).
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.collectors import Collector, collectors
from agent.errors import HostError
from agent.host import this_host
from agent.rows import Example, Reading, Row, Want
from tests.column_types import PYTHON
from tests.host_fixture import EVERY_ROOT_COLUMN, recorded_host
from wire.catalogue import Dataset, Kind, System, build, storage
from wire.transforms import check_call
from wire.transforms.call import parse_call
from wire.values import Value

NOW = 1_763_950_000.0
ALL = collectors()
WITH_READER = sorted(name for name, item in ALL.items() if item.readers)
SECRETS = ("environ", "cmdline", "shadow", ".ssh", "cookies", "history")
EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{index}")
    for name, item in sorted(ALL.items())
    for index, example in enumerate(item.examples)
]


def wanted(dataset: Dataset) -> frozenset[str]:
    """Return the names of all columns."""
    return frozenset(column.name for column in dataset.columns)


def values(row: Row) -> Mapping[str, Value]:
    """Return a row's values by column."""
    return {name: row.value(name) for name in row.columns()}


def read(item: Collector, example: Example, columns: frozenset[str]) -> Reading:
    """Read an Example on a recorded machine."""
    with tempfile.TemporaryDirectory() as folder:
        host = recorded_host(example, Path(folder))
        want = Want(columns, now=NOW, cursor=example.cursor)
        return item.readers[example.system](host, want)


def check_types(dataset: Dataset, rows: list[Row]) -> None:
    """Fail where a value is not of its column's type or does not fit it."""
    for row in rows:
        for name, value in values(row).items():
            column = dataset.column(name)
            assert column is not None, name
            assert type(value) is PYTHON[storage(column.type)], name
            if isinstance(value, int):
                assert -(2**63) <= value < 2**63, name
            if isinstance(value, str):
                assert value.encode().decode() == value
                assert "\0" not in value


def test_catalogue_is_valid() -> None:
    """Every declaration keeps the catalogue's rules."""
    datasets = build([item.dataset for item in ALL.values()]).datasets
    assert set(ALL) == set(datasets)


@pytest.mark.parametrize("name", sorted(ALL))
def test_two_examples(name: str) -> None:
    """Every dataset with a reader shows at least two inputs for it."""
    for system in ALL[name].readers:
        assert sum(e.system is system for e in ALL[name].examples) >= 2


@pytest.mark.parametrize("name", sorted(ALL))
def test_defaults_protect(name: str) -> None:
    """No direct identifier and no free text is kept as it is by default."""
    for column in ALL[name].dataset.columns:
        if column.sensitivity.value in "DF":
            assert column.transform != "keep", column.name
        if column.sensitivity.value == "D":
            assert column.identity, column.name


@pytest.mark.parametrize("name", sorted(ALL))
def test_defaults_fit(name: str) -> None:
    """Every default transform exists and fits its column."""
    for column in ALL[name].dataset.columns:
        check_call(parse_call(column.transform), column)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_example(name: str, example: Example) -> None:
    """Each Example's input gives exactly the rows it states."""
    item = ALL[name]
    columns = example.columns or wanted(item.dataset)
    reading = read(item, example, columns)
    assert tuple(values(row) for row in reading.rows) == example.rows
    check_types(item.dataset, reading.rows)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_one_column_at_a_time(name: str, example: Example) -> None:
    """Asked for one column, a reader returns it or nothing, with the same values."""
    item = ALL[name]
    for column in example.columns or wanted(item.dataset):
        for row in read(item, example, frozenset({column})).rows:
            assert set(row.columns()) <= {column}


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_no_column_no_read(name: str, example: Example, tmp_path: Path) -> None:
    """Asked for nothing, a reader returns no value."""
    host = recorded_host(example, tmp_path)
    reading = ALL[name].readers[example.system](host, Want(frozenset(), now=NOW))
    assert not any(values(row) for row in reading.rows)


@pytest.mark.parametrize("name", WITH_READER)
def test_row_limit(name: str) -> None:
    """A reader stops at the row limit and says so."""
    item = ALL[name]
    for example in item.examples:
        columns = example.columns or wanted(item.dataset)
        with tempfile.TemporaryDirectory() as folder:
            host = recorded_host(example, Path(folder))
            want = Want(columns, now=NOW, cursor=example.cursor, rows=1)
            reading = item.readers[example.system](host, want)
        assert len(reading.rows) <= 1
        if len(example.rows) > 1 and item.dataset.kind is Kind.SNAPSHOT:
            assert reading.truncated


@pytest.mark.parametrize("name", WITH_READER)
def test_past_deadline(name: str) -> None:
    """A reader whose time is over stops with an error of the Host's tree."""
    item = ALL[name]
    example = max(item.examples, key=lambda e: len(e.rows))
    with tempfile.TemporaryDirectory() as folder:
        host = recorded_host(example, Path(folder))
        want = Want(wanted(item.dataset), now=NOW, deadline=time.monotonic() - 1)
        with pytest.raises(HostError):
            item.readers[example.system](host, want)


def spoilt(example: Example, data: st.DataObject) -> Example:
    """Return an Example whose files and outputs are damaged at random."""

    def damage(content: bytes) -> bytes:
        kind = data.draw(st.sampled_from(("junk", "cut", "splice", "keep")))
        junk = data.draw(st.binary(max_size=60))
        place = data.draw(st.integers(0, len(content)))
        return {
            "junk": junk,
            "cut": content[:place],
            "splice": content[:place] + junk + content[place:],
            "keep": content,
        }[kind]

    return replace(
        example,
        files={path: damage(content) for path, content in example.files.items()},
        programs={call: damage(out) for call, out in example.programs.items()},
        cursor=data.draw(st.one_of(st.none(), st.binary(max_size=40))),
    )


@pytest.mark.slow
@pytest.mark.parametrize(("name", "example"), EXAMPLES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_junk(name: str, example: Example, data: st.DataObject) -> None:
    """Damaged sources give rows of the right types, or a HostError."""
    item = ALL[name]
    try:
        reading = read(item, spoilt(example, data), wanted(item.dataset))
    except HostError:
        return
    check_types(item.dataset, reading.rows)


def machine_readings() -> Iterator[tuple[str, Reading]]:
    """Read this machine with every reader; a HostError is an outcome too."""
    host = this_host(EVERY_ROOT_COLUMN)
    for name in WITH_READER:
        item = ALL[name]
        reader = item.readers.get(System.LINUX)
        if reader is None:
            continue
        try:
            yield name, reader(host, Want(wanted(item.dataset), now=time.time()))
        except HostError:
            continue


@pytest.mark.slow
def test_this_machine() -> None:
    """On the machine that runs the tests, every reader gives typed rows or a reason."""
    read_names = set()
    for name, reading in machine_readings():
        check_types(ALL[name].dataset, reading.rows)
        read_names.add(name)
    assert {"devices", "operating_systems", "hardware", "host_metrics"} <= read_names


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="needs dpkg")
def test_software_is_what_dpkg_says() -> None:
    """The packages are exactly those that dpkg-query calls installed."""
    form = "${Package}\\t${Version}\\t${Architecture}\\t${db:Status-Status}\\n"
    told = subprocess.run(
        ["dpkg-query", "-W", "-f", form], capture_output=True, check=True, text=True
    ).stdout
    expected = {
        tuple(fields[:3])
        for fields in (line.split("\t") for line in told.splitlines())
        if fields[3] == "installed"
    }
    columns = ("name", "version", "architecture")
    reader = ALL["software"].readers[System.LINUX]
    reading = reader(this_host(), Want(frozenset((*columns, "package_manager"))))
    found = {
        tuple(row.value(column) for column in columns)
        for row in reading.rows
        if row.value("package_manager") == "dpkg"
    }
    assert found == expected


@pytest.mark.parametrize(
    ("name", "column", "allowed"),
    [
        ("devices", "host.arch", {"kernel"}),
        ("devices", "host.id", {"/etc/machine-id"}),
        ("devices", "boot_time", {"/proc/stat"}),
        ("devices", "uuid", {"read-dmi ['uuid']"}),
        ("operating_systems", "os.type", set()),
        ("hardware", "ram_size", {"/proc/meminfo"}),
        ("user_accounts", "user.name", {"/etc/passwd"}),
        ("network_routes", "gateway", {"/proc/net/route", "/proc/net/ipv6_route"}),
        ("file_systems", "system.filesystem.type", {"/proc/self/mounts"}),
        ("host_metrics", "load1", {"/proc/loadavg"}),
        ("host_metrics", "timestamp", set()),
        (
            "processes",
            "process.state",
            {"/proc", "/proc/1/stat", "/proc/77/stat"},
        ),
        (
            "listening_ports",
            "network.local.port",
            {"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6"},
        ),
        (
            "storage_devices",
            "size",
            {"/sys/block", "/sys/block/nvme0n1/size", "/sys/block/sda/size"},
        ),
    ],
)
def test_need_to_know(
    name: str, column: str, allowed: set[str], tmp_path: Path
) -> None:
    """Asked for one column, a reader opens nothing that serves only others."""
    item = ALL[name]
    host = recorded_host(item.examples[0], tmp_path)
    item.readers[System.LINUX](host, Want(frozenset({column}), now=NOW))
    assert set(host.asked) == allowed


def test_never_opened(tmp_path: Path) -> None:
    """No reader asks for a secret, whatever is wanted of it."""
    for name in WITH_READER:
        for index, example in enumerate(ALL[name].examples):
            folder = tmp_path / f"{name}-{index}"
            folder.mkdir()
            host = recorded_host(example, folder)
            want = Want(wanted(ALL[name].dataset), now=NOW, cursor=example.cursor)
            ALL[name].readers[example.system](host, want)
            for asked in host.asked:
                assert not any(part in asked for part in SECRETS), asked


def test_importing_the_registry_imports_no_collector() -> None:
    """The resident process pays for the collector it runs, and for no other."""
    script = (
        "import sys, agent.collectors as registry; registry.names();"
        "registry.collector('host_metrics');"
        "heavy = {'psutil', 'netifaces', 'subprocess', 'agent.collectors.software'};"
        "sys.exit(len(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == 0
