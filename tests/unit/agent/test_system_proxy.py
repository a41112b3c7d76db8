# SPDX-License-Identifier: Apache-2.0
"""The proxy of Windows' own settings is the one that a browser would take.

Rules: settings as Windows keeps them, in text and in its binary values.
Not here: reading a registry (`tests/wine`).
"""

import struct

import pytest

from agent.delivery.proxies import Address, Proxy
from agent.delivery.system_proxy import choose_system
from agent.errors import UsageError
from agent.host.system_proxy import SystemProxy, read_connection

COLLECTOR = Address("collector.example.org", 8_443)


def connection(flags: int, server: str = "", bypass: str = "") -> bytes:
    """Return a binary value of `Connections`, with the tail that Windows adds."""
    texts = b"".join(
        struct.pack("<I", len(text)) + text.encode() for text in (server, bypass)
    )
    return struct.pack("<III", 0x28, 3, flags) + texts + bytes(36)


@pytest.mark.parametrize(
    ("server", "proxy"),
    [
        ("proxy.lan:8080", Proxy("proxy.lan", 8_080)),
        ("http=a.lan:1;https=b.lan:2;ftp=c.lan:3", Proxy("b.lan", 2)),
        ("http://proxy.lan:8080", Proxy("proxy.lan", 8_080)),
        ("http=a.lan:1", None),
        ("socks=a.lan:1", None),
        ("", None),
    ],
)
def test_the_server_for_https_is_taken(server: str, proxy: Proxy | None) -> None:
    """One server serves all kinds; of a list only https's."""
    assert choose_system(COLLECTOR, [SystemProxy(server)]) == proxy


@pytest.mark.parametrize(
    ("bypass", "direct"),
    [
        ("*.example.org", True),
        ("<local>;collector.*", True),
        ("collector.example.org:8443", True),
        ("https://*.example.org", True),
        ("<local>;10.*;*.other.org", False),
        ("", False),
    ],
)
def test_what_is_exempt_is_reached_directly(bypass: str, direct: bool) -> None:  # noqa: FBT001 - a table's column
    """Patterns are compared as Windows does, whatever their case."""
    found = choose_system(COLLECTOR, [SystemProxy("proxy.lan:1", bypass.upper())])
    assert (found is None) == direct


def test_a_short_name_is_local() -> None:
    """`<local>` means names without a dot, and no address."""
    places = [SystemProxy("proxy.lan:1", "<local>")]
    assert choose_system(Address("collector", 443), places) is None
    assert choose_system(Address("fd00::1", 443), places) == Proxy("proxy.lan", 1)


def test_the_first_place_that_names_a_server_counts() -> None:
    """This user's settings go before the machine's; a script alone is no server."""
    places = [SystemProxy(script=True), SystemProxy("a.lan:1"), SystemProxy("b.lan:1")]
    assert choose_system(COLLECTOR, places) == Proxy("a.lan", 1)


def test_services_settings_are_read() -> None:
    """The binary value that `netsh winhttp set proxy` writes is understood."""
    found = read_connection(connection(3, "proxy.lan:8080", "*.lan;<local>"))
    assert found == SystemProxy("proxy.lan:8080", "*.lan;<local>")
    assert read_connection(connection(1, "proxy.lan:8080")).server == ""
    assert read_connection(connection(5)).script


@pytest.mark.parametrize(
    "octets",
    [b"", bytes(11), connection(3, "proxy.lan:1")[:20], b"\xff" * 64],
)
def test_a_value_that_is_cut_off_is_no_setting(octets: bytes) -> None:
    """Bytes that are something else name no proxy."""
    assert read_connection(octets).server == ""


def test_a_server_that_cannot_be_read_is_told() -> None:
    """Going around a proxy may be forbidden: what is not understood is an error."""
    with pytest.raises(UsageError, match="proxy"):
        choose_system(COLLECTOR, [SystemProxy("proxy lan")])
