# SPDX-License-Identifier: Apache-2.0
"""Kinds of printers' ports.

Rules: names as Windows' port monitors give them.
Not here: the spooler (`tests/wine/test_wine_host.py`).
"""

import pytest

from agent.host.printer_ports import kind


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("USB001", "usb"),
        ("DOT4_002", "usb"),
        ("LPT1:", "parallel"),
        ("COM3:", "serial"),
        ("BTH001", "bluetooth"),
        ("TS004", "redirected"),
        ("WSD-7f0b2c5e-0000-0000-0000-000000000001", "wsd"),
        ("IP_10.20.30.40", "socket"),
        ("192.168.1.20_1", "socket"),
        ("http://printer.example.test:631/ipp", "ipp"),
        ("\\\\server\\queue", "smb"),
        ("PORTPROMPT:", "file"),
        ("nul:", "file"),
        ("SHRFAX:", "file"),
        ("ada-printer.example.test", "other"),
        ("", "other"),
    ],
)
def test_kind(port: str, expected: str) -> None:
    """A port is told by its kind, and its host by nothing."""
    assert kind(port) == expected
