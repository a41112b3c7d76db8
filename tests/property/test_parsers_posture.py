# SPDX-License-Identifier: Apache-2.0
"""Pure parsers of security's datasets: any bytes give values, never an exception.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import _settings_linux, _settings_windows
from agent.collectors._apt_settings import automatic_updates, is_read, parse_apt
from agent.host.sshd import parse_lines

PARSERS: dict[str, Callable[[bytes], object]] = {
    "apt": lambda data: automatic_updates(parse_apt(data), installs=True),
    "apt's scopes": lambda data: parse_apt(b'APT { Periodic "' + data + b"};"),
    "apt's names": lambda data: is_read(data.decode("latin-1")),
    "dnf": _settings_linux.parse_dnf,
    "dnf's commands": lambda data: _settings_linux.parse_dnf(b"[commands]\n" + data),
    "lockdown": _settings_linux.parse_lockdown,
    "secure boot": _settings_linux.parse_secure_boot,
    "sshd": lambda data: list(parse_lines(data)),
    "sshd's include": lambda data: list(parse_lines(b"Include " + data)),
    "tpm": lambda data: _settings_windows.parse_tpm(data.decode("latin-1")),
}


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(data=st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes) -> None:
    """No parser raises on any bytes."""
    PARSERS[name](data)
