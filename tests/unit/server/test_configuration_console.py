# SPDX-License-Identifier: Apache-2.0
"""`[console]` of config.toml: what is read, and what is refused.

Not here: the rest of config.toml.
"""

from pathlib import Path

import pytest

from server.configuration_console import ConsoleSettings, read_console
from server.configuration_oidc import read_oidc

ORIGIN = "https://console.example.org:8444"
RIGHT = {"origin": ORIGIN, "rp_id": "console.example.org"}


def test_what_is_pinned_is_read() -> None:
    """Origin, domain, port, host and certificate are as the file has them."""
    more = {"rp_id": "example.org", "port": 18444, "host": "::1", "certificate": "/c"}
    assert read_console(RIGHT) == ConsoleSettings(
        ORIGIN,
        "console.example.org",
        "0.0.0.0",  # noqa: S104 - what stands for every address
        8444,
        None,
    )
    assert read_console(RIGHT | more) == ConsoleSettings(
        *(ORIGIN, "example.org", "::1", 18444, Path("/c"))
    )
    assert read_console({}) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://console.example.org:8444"},
        {"origin": ORIGIN + "/"},
        {"origin": ORIGIN + "/console"},
        {"origin": "https://Console.example.org:8444"},
        {"origin": "https://ann@console.example.org"},
        {"origin": "https://console.example.org:443"},
        {"origin": "https://192.0.2.1", "rp_id": "192.0.2.1"},
        {"rp_id": "other.org"},
        {"rp_id": "ole.example.org"},
        {"rp_id": ""},
        {"rp_id": "::1"},
        {"port": -1},
        {"port": 65_536},
        {"port": "8444"},
        {"host": 1},
        {"certificate": "relative"},
        {"certificate": 3},
        {"password": "x"},
        {"origin": None},
    ],
)
def test_what_is_not_plainly_right_is_refused(wrong: dict[str, object]) -> None:
    """Another scheme, a path, an address, a foreign domain or an unknown word fails."""
    with pytest.raises((ValueError, TypeError)):
        read_console(RIGHT | wrong)


OIDC = {"issuer": "https://login.example", "client": "discreet"}


def test_a_provider_is_pinned_whole() -> None:
    """Issuer and client are enough; the algorithm is one, and by public key."""
    found = read_oidc(dict(OIDC))
    assert found is not None
    assert (found.algorithm, found.secret, found.authority) == ("RS256", None, None)
    assert read_oidc(None) is None


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://login.example"},
        {"issuer": "https://login.example?x"},
        {"issuer": "https://ann@login.example"},
        {"client": ""},
        {"client": "é"},
        {"algorithm": "none"},
        {"algorithm": "HS256"},
        {"secret": "relative"},
        {"scope": "email"},
    ],
)
def test_a_provider_that_is_not_pinned_is_refused(change: dict[str, str]) -> None:
    """An address without TLS, a secret's algorithm or an unknown word is refused."""
    with pytest.raises((ValueError, TypeError)):
        read_oidc(OIDC | change)
