# SPDX-License-Identifier: Apache-2.0
"""The pure parsers: any bytes give rows, and a few forms that are easy to get wrong.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import (
    collector,
    devices,
    file_systems,
    hardware,
    host_metrics,
    listening_ports,
    names,
    network_routes,
    operating_systems,
    processes,
    services,
    storage_devices,
    user_accounts,
)
from agent.collectors._linux.dpkg import parse_dpkg
from agent.collectors._linux.packages_rpm import parse_rpm
from agent.collectors._shared import gather, groups
from agent.collectors._shared.purl import Distribution, purl
from agent.host.linux import LinuxHost
from wire.errors import CatalogueError

RELEASE = Distribution("debian", "12")
PARSERS: dict[str, Callable[[bytes], object]] = {
    "boot_time": devices.parse_boot_time,
    "domain": lambda data: devices.parse_domain("", data),
    "mounts": lambda data: list(file_systems.parse_mounts(data)),
    "processors": hardware.parse_processors,
    "memory": hardware.parse_memory,
    "stat": host_metrics.parse_stat,
    "meminfo": host_metrics.parse_meminfo,
    "loads": host_metrics.parse_loads,
    "pressure": host_metrics.parse_pressure,
    "disks": lambda data: host_metrics.parse_disks(data, frozenset({"sda"})),
    "links": host_metrics.parse_links,
    "tcp": lambda data: list(listening_ports.parse_table(data, "tcp", "ipv4")),
    "ipv4": lambda data: list(network_routes.parse_ipv4(data)),
    "ipv6": lambda data: list(network_routes.parse_ipv6(data)),
    "release": operating_systems.parse_release,
    "process": lambda data: processes.parse_stat(data, 1),
    "status": lambda data: processes.parse_status(data, {}),
    "units": lambda data: list(services.parse_units(data)),
    "unit files": lambda data: list(services.parse_unit_files(data)),
    "dpkg": lambda data: list(parse_dpkg(data)),
    "rpm": lambda data: list(parse_rpm(data)),
    "serial page": storage_devices.parse_serial_page,
    "groups": lambda data: list(groups.parse_groups(data)),
    "account": lambda data: user_accounts.parse_account(data, []),
}
LINES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(
            (
                b"0: 0100007F:1538 00000000:0000 0A 0 0 0 106 0 3000",
                b"eth0 00000000 010200C0 0003 0 0 100 00000000",
                b"cpu 1 2 3 4 5 6 7 8",
                b"eth0: 1 2 3 4 5 6 7 8 9 10 11 12",
                b"/dev/sda / ext4 rw 0 0",
                b"1 (a) S 0 1 1 0 -1 4 9 9 9 9 1 2 0 0 20 0 1 0 12",
                b"Package: a",
                b"Status: install ok installed",
                b"Version: 1",
                b"root:x:0:0:root:/root:/bin/sh",
                b"MemTotal: 99999999999999999 kB",
            )
        ),
    ),
    max_size=8,
).map(b"\n".join)


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(data=LINES)
def test_any_bytes(name: str, data: bytes) -> None:
    """No parser raises on any bytes."""
    PARSERS[name](data)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1:2.3-4", "pkg:deb/debian/a@1:2.3-4?arch=amd64&distro=debian-12"),
        ("5.2+b2~rc1", "pkg:deb/debian/a@5.2%2Bb2~rc1?arch=amd64&distro=debian-12"),
        ("ü/@?", "pkg:deb/debian/a@%C3%BC%2F%40%3F?arch=amd64&distro=debian-12"),
    ],
)
def test_purl(version: str, expected: str) -> None:
    """A version is written as purl-spec says."""
    package = {
        "package_manager": "dpkg",
        "name": "a",
        "version": version,
        "architecture": "amd64",
    }
    assert purl(package, RELEASE) == expected


def test_maintainers_are_not_read() -> None:
    """The person who maintains a package is in none of its values."""
    stanza = (
        b"Package: a\nStatus: install ok installed\nVersion: 1\n"
        b"Maintainer: Ada Lovelace <ada@example.test>\n"
        b"Original-Maintainer: Grace Hopper <grace@example.test>\n"
    )
    (package,) = parse_dpkg(stanza)
    assert package is not None
    assert not any("a@" in str(v) or "Ada" in str(v) for v in package.values())


@pytest.mark.parametrize(
    ("status", "there"),
    [
        (b"install ok installed", True),
        (b"hold ok installed", True),
        (b"deinstall ok config-files", False),
        (b"install ok half-installed", False),
        (b"install ok unpacked", False),
        (b"install ok not-installed", False),
    ],
)
def test_installed(status: bytes, *, there: bool) -> None:
    """Only what dpkg calls installed is a row."""
    stanza = b"Package: a\nStatus: " + status + b"\nVersion: 1\n"
    assert bool(list(parse_dpkg(stanza))) is there


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("enx001122334455", "enx001122"),
        ("wlxaabbccddeeff", "wlxaabbcc"),
        ("eth0", "eth0"),
        ("enp3s0f1np0abcd", "enp3s0f1np0abcd"),
        ("", ""),
    ],
)
def test_interface_name(name: str, expected: str) -> None:
    """A hardware address in an interface's name is cut to its vendor's part."""
    assert gather.interface_name(name) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"12", 12),
        ("12", 12),
        (b"-1", None),
        (b"1_0", None),
        ("\u0661", None),
        (b"", None),
        (None, None),
        (b"9223372036854775807", 2**63 - 1),
        (b"9223372036854775808", None),
        (b"9" * 5_000, None),
    ],
)
def test_number(field: bytes | str | None, expected: int | None) -> None:
    """A number is plain digits that fit 64 bits, or none."""
    assert gather.number(field) == expected


def test_names_are_sorted_and_public() -> None:
    """The registry lists collectors in order, and no shared step."""
    assert list(names()) == sorted(names())
    assert not any(name.startswith("_") for name in names())
    assert "agent_health" in names()


def test_a_file_that_declares_nothing_is_refused() -> None:
    """A file without its dataset is an error, never a collector that vanishes."""
    with pytest.raises(CatalogueError, match="declare DATASET"):
        collector("_shared")


@pytest.mark.parametrize("path", ["/sys/sleeping", "/sys/absent"])
def test_shown(tmp_path: Path, path: str) -> None:
    """A device's file whose read fails has no value; reading a folder fails so."""
    (tmp_path / "sys" / "sleeping").mkdir(parents=True)
    assert gather.shown(LinuxHost(str(tmp_path)), path) is None
