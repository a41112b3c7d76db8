# SPDX-License-Identifier: Apache-2.0
"""Pure parsers of security's datasets: any bytes give values, never an exception.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import certificates, disk_encryption, security_products
from agent.collectors._examples.certificates import EXAMPLES
from agent.collectors._linux import settings as settings_linux
from agent.collectors._linux.apt_settings import automatic_updates, is_read, parse_apt
from agent.collectors._linux.layers import parse_method
from agent.collectors._linux.mounts import parse_mounts
from agent.collectors._windows import settings as settings_windows
from agent.collectors._windows.cim_time import cim_time
from agent.host.certificate_files import may_open, parse_certificates
from agent.host.sshd import parse_lines
from agent.host.windows_classes import WmiClass
from tests.column_types import PYTHON
from wire.catalogue import Dataset, storage
from wire.values import Value


def check_types(dataset: Dataset, found: Mapping[str, Value]) -> None:
    """Fail where a value is not of its column's type."""
    for name, value in found.items():
        column = dataset.column(name)
        assert column is not None, name
        assert value is None or type(value) is PYTHON[storage(column.type)], name


PARSERS: dict[str, Callable[[bytes], object]] = {
    "apt": lambda data: automatic_updates(parse_apt(data), installs=True),
    "apt's scopes": lambda data: parse_apt(b'APT { Periodic "' + data + b"};"),
    "apt's names": lambda data: is_read(data.decode("latin-1")),
    "certificates": lambda data: list(parse_certificates(data)),
    "a certificate's block": lambda data: list(
        parse_certificates(b"-----BEGIN CERTIFICATE-----" + data + b"-----END ")
    ),
    "a certificate's name": lambda data: may_open(data.decode("latin-1")),
    "cim time": lambda data: cim_time(data.decode("latin-1")),
    "clamav": lambda data: security_products.parse_clamav(data, 0.0),
    "clamav's fields": lambda data: security_products.parse_clamav(
        b"ClamAV-VDB:a:b:c:d:e:f:g:" + data, 0.0
    ),
    "dnf": settings_linux.parse_dnf,
    "dnf's commands": lambda data: settings_linux.parse_dnf(b"[commands]\n" + data),
    "layer": lambda data: parse_method("CRYPT-" + data.decode("latin-1")),
    "mounts": lambda data: list(parse_mounts(data)),
    "lockdown": settings_linux.parse_lockdown,
    "secure boot": settings_linux.parse_secure_boot,
    "sshd": lambda data: list(parse_lines(data)),
    "sshd's include": lambda data: list(parse_lines(b"Include " + data)),
    "tpm": lambda data: settings_windows.parse_tpm(data.decode("latin-1")),
}


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(data=st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes) -> None:
    """No parser raises on any bytes."""
    PARSERS[name](data)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)
)
DIGITS = st.from_regex(r"\A[0-9]{14}\.[0-9]{6}[+-][0-9]{3}\Z")


@pytest.mark.slow
@given(value=st.one_of(VALUES, DIGITS))
def test_any_time_of_wmi(value: Value) -> None:
    """A time of WMI is a time that fits, or none."""
    found = cim_time(value)
    assert found is None or 0 <= found < 2**63


@given(
    row=st.dictionaries(st.sampled_from(sorted(WmiClass.DEFENDER.properties)), VALUES)
)
def test_any_status_of_defender(row: dict[str, Value]) -> None:
    """Whatever WMI answers, Defender's status has values of the declared types."""
    check_types(security_products.DATASET, security_products.parse_defender(row))


@given(state=VALUES)
def test_any_state_of_a_product(state: Value) -> None:
    """Whatever Security Center answers, a product is on, off or not known."""
    assert set(security_products.parse_state(state)) <= {True, False, None}


@given(row=st.dictionaries(st.sampled_from(sorted(WmiClass.VOLUME.properties)), VALUES))
def test_any_volume(row: dict[str, Value]) -> None:
    """Whatever WMI answers, a volume has values of the declared types."""
    check_types(disk_encryption.DATASET, disk_encryption.parse_volume(row))


CERTIFICATES = [
    bytes.fromhex(row["certificate"]) for row in EXAMPLES[4].facts["certificates"]
]


@given(
    der=st.sampled_from(CERTIFICATES),
    place=st.integers(0, 600),
    junk=st.binary(max_size=12),
    cut=st.booleans(),
)
def test_any_certificate(der: bytes, place: int, junk: bytes, *, cut: bool) -> None:
    """A certificate with bytes changed, cut or put in has typed values, or is none."""
    end = der[place + len(junk) :] if not cut else b""
    found = certificates.parse_entry("x", der[:place] + junk + end, key=None)
    check_types(certificates.DATASET, found or {})
