# SPDX-License-Identifier: Apache-2.0
"""Pure parsers of lists of packages: any bytes give values, never an exception.

Rules: bytes or names in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from collections.abc import Callable, Mapping
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import software
from agent.collectors._linux import (
    dpkg,
    packages_apps,
    packages_languages,
    packages_lists,
    packages_rpm,
)
from agent.collectors._shared.purl import Distribution, purl
from agent.collectors._windows import appx as packages_appx
from tests.column_types import PYTHON
from wire.catalogue import storage
from wire.values import Value

WORDS = st.text("Ab0@/_-.~:+% \0\xe9\u0664", max_size=20)
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from(
            (
                b"\n",
                b"\n\n",
                b"Package: a\n",
                b"Status: install ok installed\n",
                b"Version: 1\n",
                b"Installed-Size: 99999999999999999999\n",
                b"P:musl\n",
                b"V:1-r0\n",
                b"I:1\n",
                b"%NAME%\nx\n",
                b"%VERSION%\n1\n",
                b"%SIZE%\n-1\n",
                b"name: a\n",
                b"version: '1'\n",
                b'version: "\n',
                b"architectures: [amd64]\n",
                b'{"name": "a", "version": "1"}',
                b'{"name": "\\ud800", "version": "\\u0000"}',
                b"[[[[",
                b"<id>a</id>",
                b"<version>&#0;&amp;</version>",
                b"appdata-version\0001\0\0s",
                b"a\t0:1-1\tx\tv\ts\t1\t2\n",
            )
        ),
    ),
    max_size=10,
).map(b"".join)
MANY: dict[str, Callable[[bytes], list[Mapping[str, Value] | None]]] = {
    "dpkg": lambda data: list(dpkg.parse_dpkg(data)),
    "dpkg unlisted": lambda data: list(dpkg.parse_dpkg(data, listed=False)),
    "rpm": lambda data: list(packages_rpm.parse_rpm(data)),
    "apk": lambda data: list(packages_lists.parse_apk(data)),
    "pacman": lambda data: [packages_lists.parse_desc(data)],
    "snap": lambda data: [packages_apps.parse_snap(data)],
    "npm": lambda data: [packages_languages.parse_package_json(data)],
    "chocolatey": lambda data: [packages_appx.parse_nuspec(data)],
    "appx": lambda data: [packages_appx.parse_full_name(data.decode("latin-1"))],
}
RELEASE = Distribution("debian", "12")


def check(package: Mapping[str, Value]) -> None:
    """Hold a package to its columns' types, and to having a name and a version."""
    assert package["name"]
    assert package["version"]
    for name, value in package.items():
        column = software.DATASET.column(name)
        assert column is not None, name
        if value is not None:
            assert type(value) is PYTHON[storage(column.type)], name
        if isinstance(value, str):
            assert value.encode().decode() == value


@pytest.mark.parametrize("name", sorted(MANY))
@given(data=PIECES)
def test_lists(name: str, data: bytes) -> None:
    """Any list gives packages of the right types, or says that one is unreadable."""
    for package in MANY[name](data):
        if package is not None:
            check(package)
            found = purl(package, RELEASE)
            assert found is None or found.startswith("pkg:")


@given(data=PIECES)
def test_deploy(data: bytes) -> None:
    """Any deploy data gives a version, or none."""
    found = packages_apps.parse_deploy(data)
    assert found is None or found


@given(name=WORDS)
def test_info(name: str) -> None:
    """Any name of a dist-info folder gives a name and a version, or none."""
    found = packages_languages.parse_info(name + ".dist-info")
    assert found is None or all(found)


@given(
    manager=st.sampled_from(("dpkg", "rpm", "apk", "pacman", "npm")),
    name=WORDS.filter(bool),
    version=WORDS.filter(bool),
)
def test_a_purl_holds_its_name(manager: str, name: str, version: str) -> None:
    """What a purl encodes is the name that was given, and nothing ends it early."""
    package = {"package_manager": manager, "name": name, "version": version}
    found = purl(package, RELEASE)
    assert found is not None
    assert found.isascii()
    path = found.partition("?")[0]
    assert unquote(path.partition("@")[0]).endswith(name)
    assert found.count("@") == 1
    assert " " not in found
