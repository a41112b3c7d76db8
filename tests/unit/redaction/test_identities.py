# SPDX-License-Identifier: Apache-2.0
"""What a machine knows of itself.

Rules: values in, never out in a repr.
Not here: how they are looked for in texts (`test_text.py`).
"""

import pickle

import pytest

from agent.errors import TooLargeError
from agent.redaction import bounds
from agent.redaction.identities import Identities, known_identities


@pytest.mark.parametrize(
    ("identity", "value"),
    [
        ("user", "root"),
        ("user", "www"),
        ("user", "x"),
        ("user", ""),
        ("user", "1000"),
        ("user", "x" * 300),
        ("user", "..."),
        ("host", "localhost"),
        ("host", "debian"),
        ("ip", "127.0.0.1"),
        ("ip", "::1"),
        ("ip", "0.0.0.0"),  # noqa: S104 - nothing is bound
        ("ip", "no address"),
        ("mac", "00:00:00:00:00:00"),
        ("mac", "ff:ff:ff:ff:ff:ff"),
        ("sid", "S-1-5-18"),
        ("serial", "none"),
        ("user", "Removed"),
        ("user", "Secret"),
        ("serial", "removed"),
        ("serial", "12345"),
        ("serial", "Phone"),
        ("user", "Administrateur"),
        ("host", "NT-AUTORIT\u00c4T"),
        ("serial", "---"),
        ("host", "BUILTIN"),
        ("domain", "NT AUTHORITY"),
        ("serial", "administrator"),
        ("ip", "::"),
        ("ip", "224.0.0.251"),
        ("ip", "ff02::fb"),
        ("ip", "127.8.9.10"),
        ("mac", "0000.0000.0000"),
        ("sid", "S-1-5-32-544"),
        ("home", "/"),
        ("home", "/root"),
    ],
)
def test_what_names_nobody_is_left_out(identity: str, value: str) -> None:
    """Built-ins, ordinary words, counts and junk are not identities."""
    assert len(Identities([(identity, value)])) == 0


@pytest.mark.parametrize(
    ("identity", "value", "known"),
    [
        ("user", "amelie", {("user", "amelie")}),
        ("user", "CONTOSO\\amelie", {("host", "CONTOSO"), ("user", "amelie")}),
        (
            "user",
            "a.roux@corp.example",
            {("mail", "a.roux@corp.example"), ("user", "a.roux")},
        ),
        ("home", "/srv/people/amelie/", {("user", "amelie")}),
        ("home", "C:\\Users\\amelie", {("user", "amelie")}),
        ("host", "ws7.corp.example", {("host", "ws7.corp.example"), ("host", "ws7")}),
        ("host", "WS7$", {("host", "WS7")}),
        ("ip", "fe80::1%eth0", {("ip", "fe80::1")}),
        ("ip", "192.0.2.7/24", {("ip", "192.0.2.7")}),
        ("user", "  amelie\t", {("user", "amelie")}),
        ("user", "123456", {("user", "123456")}),
        ("serial", "AB12/7%3", {("serial", "AB12/7%3")}),
        ("serial", "warning", {("serial", "warning")}),
        ("uuid", "ab12-cd34", {("uuid", "ab12-cd34")}),
        ("mail", "eve@corp.example", {("mail", "eve@corp.example"), ("user", "eve")}),
        ("mail", "evroux", {("mail", "evroux")}),
        (
            "user",
            "CONTOSO\\eve@corp.example",
            {("host", "CONTOSO"), ("mail", "eve@corp.example"), ("user", "eve")},
        ),
        (
            "user",
            "corp.example\\evroux",
            {("domain", "corp.example"), ("user", "evroux")},
        ),
        ("home", "C:\\Users\\amelie\\\\", {("user", "amelie")}),
        ("host", "192.0.2.7", {("host", "192.0.2.7")}),
        ("host", "ws7.", {("host", "ws7")}),
        ("host", "ws7", {("host", "ws7")}),
        ("domain", "CONTOSO", {("host", "CONTOSO")}),
        ("domain", "corp.example", {("domain", "corp.example")}),
        ("ip", "198.51.100.7", {("ip", "198.51.100.7")}),
        ("mac", "02:00:5e:10:0a:b1", {("mac", "02:00:5e:10:0a:b1")}),
        ("mac", "00:00:00:00:00:01", {("mac", "00:00:00:00:00:01")}),
        ("sid", "S-1-5-21-1-2-3-1001", {("sid", "S-1-5-21-1-2-3-1001")}),
        ("sid", "s-1-12-1-1-2-3-4", {("sid", "s-1-12-1-1-2-3-4")}),
        ("person", "Jo Roux", {("person", "Jo Roux"), ("person", "Roux")}),
        ("person", "Ann Roux", {("person", a) for a in ("Ann Roux", "Ann", "Roux")}),
        (
            "person",
            "Eve Roux",
            {("person", "Eve Roux"), ("person", "Eve"), ("person", "Roux")},
        ),
    ],
)
def test_values_are_taken_apart(
    identity: str, value: str, known: set[tuple[str, str]]
) -> None:
    """A value brings along what else names the same person or machine."""
    assert set(Identities([(identity, value)])) == known


def test_every_list_has_its_class() -> None:
    """Each of the plain lists becomes identities of one kind."""
    known = known_identities(
        users=["amelie"],
        full_names=["Evelyn"],
        home_directories=["/home/broux"],
        host_names=["ws7"],
        domains=["corp.example"],
        addresses=["192.0.2.7"],
        hardware_addresses=["02:00:5e:10:0a:b1"],
        security_identifiers=["S-1-5-21-1-2-3-1001"],
        serials=["PF3K9Q2M"],
        networks=["Roux Home"],
    )
    assert list(known) == [
        ("user", "amelie"),
        ("person", "Evelyn"),
        ("user", "broux"),
        ("host", "ws7"),
        ("domain", "corp.example"),
        ("ip", "192.0.2.7"),
        ("mac", "02:00:5e:10:0a:b1"),
        ("sid", "S-1-5-21-1-2-3-1001"),
        ("serial", "PF3K9Q2M"),
        ("ssid", "Roux Home"),
    ]


def test_what_could_not_be_learned_is_remembered() -> None:
    """A dictionary that lacks something says so from then on."""
    known = Identities([("user", "amelie")])
    assert known.whole
    known.lack()
    assert not known.whole


def test_the_number_is_bounded() -> None:
    """Too many identities stop redaction rather than shrink the dictionary."""
    with pytest.raises(TooLargeError):
        Identities(("user", f"user-{n:x}") for n in range(bounds.IDENTITIES + 2))


def test_plain_lists_are_enough() -> None:
    """A machine's dictionary is built from plain lists."""
    known = known_identities(users=["amelie"], domains=["contoso.example"])
    assert set(known) == {("user", "amelie"), ("domain", "contoso.example")}


def test_nothing_shows() -> None:
    """The repr counts, and pickling is refused."""
    known = known_identities(users=["amelie"])
    assert repr(known) == "<Identities 1>"
    with pytest.raises(TypeError):
        pickle.dumps(known)
