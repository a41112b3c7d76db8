# SPDX-License-Identifier: Apache-2.0
"""Which way leads to the collector: addresses, proxies and their exceptions.

Rules: pure; no socket is opened.
Not here: going the way (`test_transport.py`).
"""

import base64

import pytest

from agent.delivery import proxies
from agent.delivery.proxies import Address, Proxy
from agent.errors import UsageError

HERE = Address("collector.example.org", 8443)
PROXY = Proxy("proxy.lan", 3128)
ENVIRONMENT = {"https_proxy": "http://proxy.lan:3128"}


@pytest.mark.parametrize(
    ("url", "address", "authority"),
    [
        ("https://a.example", Address("a.example", 443), "a.example:443"),
        ("https://a.example:8443/", Address("a.example", 8443), "a.example:8443"),
        ("https://10.0.0.1:1", Address("10.0.0.1", 1), "10.0.0.1:1"),
        ("https://[2001:db8::1]:9", Address("2001:db8::1", 9), "[2001:db8::1]:9"),
    ],
)
def test_addresses_are_read(url: str, address: Address, authority: str) -> None:
    """Names and addresses of both families are read and written as HTTP wants."""
    assert (proxies.parse_url(url), address.authority) == (address, authority)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://a.example",
        "https://",
        "https://a.example/path",
        "https://a.example?x",
        "https://user@a.example",
        "https://a.example:99999",
        "https://a.example:x",
        "https://[::1",
        "https://a b",
        "https://a\r\nHost: b",
        "https://exa_mple.ö",
        "https://-a",
        "https://a..b",
        f"https://{'a' * 64}.example",
        f"https://{'a.' * 130}example",
        "https://fe80::1%eth0",
    ],
)
def test_odd_addresses_are_refused(url: str) -> None:
    """What is not https://host[:port] is refused in one sentence."""
    with pytest.raises(UsageError, match="must look like https://host"):
        proxies.parse_url(url)


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("proxy.lan", PROXY),
        ("proxy.lan:8080", Proxy("proxy.lan", 8080)),
        ("http://[::1]:8080", Proxy("::1", 8080)),
        (
            "http://us%40er:p%3Ass@proxy.lan:8080/",
            Proxy("proxy.lan", 8080, base64.b64encode(b"us@er:p:ss").decode()),
        ),
    ],
)
def test_proxies_are_read(text: str, proxy: Proxy) -> None:
    """A proxy is a host, a port and perhaps a user with a password."""
    assert proxies.parse_proxy(text) == proxy


@pytest.mark.parametrize(
    "text", ["https://proxy.lan", "socks5://proxy.lan", "http://", "http://p/x", "p:x"]
)
def test_other_proxies_are_refused(text: str) -> None:
    """A proxy of a kind that is not supported is refused, not ignored."""
    with pytest.raises(UsageError, match="prox"):
        proxies.parse_proxy(text)


def test_a_password_is_not_shown() -> None:
    """A proxy's password is in no repr and, mistyped, in no message."""
    assert "secret" not in repr(proxies.parse_proxy("http://user:secret@proxy.lan"))
    with pytest.raises(UsageError) as refusal:
        proxies.parse_proxy("ftp://user:secret@proxy.lan")
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("setting", "environment", "chosen"),
    [
        (None, {}, None),
        (None, ENVIRONMENT, PROXY),
        (None, {"HTTPS_PROXY": "proxy.lan"}, PROXY),
        (None, {"HTTPS_PROXY": "other", **ENVIRONMENT}, PROXY),
        (None, {"http_proxy": "proxy.lan"}, None),
        ("", ENVIRONMENT, PROXY),
        ("direct", ENVIRONMENT, None),
        ("other:1", ENVIRONMENT, Proxy("other", 1)),
        ("other:1", {"no_proxy": "*"}, Proxy("other", 1)),
        (None, {**ENVIRONMENT, "no_proxy": "example.org"}, None),
        (None, {**ENVIRONMENT, "NO_PROXY": "a.org, .example.org"}, None),
    ],
)
def test_the_way_is_chosen(
    setting: str | None, environment: dict[str, str], chosen: Proxy | None
) -> None:
    """A setting goes before the environment, exceptions before its proxy."""
    assert proxies.choose(HERE, setting, environment) == chosen


@pytest.mark.parametrize(
    ("host", "rules", "exempt"),
    [
        ("a.example.org", "", False),
        ("a.example.org", "*", True),
        ("a.example.org", "example.org", True),
        ("a.example.org", "*.example.org", True),
        ("A.Example.ORG", "example.org", True),
        ("a.example.org.", "example.org", True),
        ("badexample.org", "example.org", False),
        ("example.org.evil.net", "example.org", False),
        ("a.example.org", ".", False),
        ("a.example.org", "a.example.org:8443", True),
        ("a.example.org", "a.example.org:443", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.2.2.3", "10.1.0.0/16", False),
        ("10.1.2.3", "10.1.0.0/xx", False),
        ("110.1.2.3", "10.1.2.3", False),
        ("10.1.2.3", ".3", False),
        ("a.example.org", "10.0.0.0/8", False),
        ("2001:db8::1", "2001:db8::/32", True),
        ("2001:db8::1", "2001:db8:0::1", True),
        ("2001:db8::1", "[2001:db8::1]:8443", True),
        ("2001:db8::1", "[2001:db8::1]:1", False),
    ],
)
def test_exceptions_are_matched(host: str, rules: str, exempt: bool) -> None:  # noqa: FBT001 - a column of the table
    """no_proxy names hosts, domains, addresses and networks, and nothing near them."""
    assert proxies.exempt(Address(host, 8443), rules) is exempt
