# SPDX-License-Identifier: Apache-2.0
"""Values of Windows fields, taken apart.

Rules: every span is exactly a name.
Not here: which fields hold them (`test_detectors.py`).
"""

import pytest

from agent.redaction.windows_names import (
    account_spans,
    host_spans,
    is_authority,
    is_built_in,
)


def _parts(value: str) -> list[tuple[str, str]]:
    octets = value.encode()
    return [
        (octets[start:end].decode(), kind)
        for start, end, kind in account_spans(octets, 0)
    ]


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("wren", [("wren", "user")]),
        ("Eve Roux", [("Eve Roux", "user")]),
        ("O'Brien", [("O'Brien", "user")]),
        (r"CONTOSO\wren", [("CONTOSO", "host"), ("wren", "user")]),
        (r"CONTOSO\\wren", [("CONTOSO", "host"), ("wren", "user")]),
        (r"contoso.example\wren", [("contoso.example", "host"), ("wren", "user")]),
        ("wren@CONTOSO", [("wren", "user"), ("CONTOSO", "host")]),
        ("wren@contoso.example", [("wren@contoso.example", "user")]),
        ("WS7$", [("WS7", "host")]),
        (r"CONTOSO\WS7$", [("CONTOSO", "host"), ("WS7", "host")]),
        (
            "CN=Eve Roux,OU=Staff,DC=contoso,DC=com",
            [("Eve Roux", "user"), ("contoso", "host")],
        ),
        (r"NT AUTHORITY\SYSTEM", []),
        (r"AUTORITE NT\Système", []),
        (r"NT-AUTORITÄT\SYSTEM", []),
        (r"Window Manager\DWM-1", []),
        (r"Font Driver Host\UMFD-0", []),
        (r"IIS APPPOOL\DefaultAppPool", []),
        (r"NT SERVICE\MSSQLSERVER", []),
        (r"BUILTIN\Administrators", []),
        (r"CONTOSO\Administrator", [("CONTOSO", "host")]),
        (r"C:\Users\wren", []),
        ("S-1-5-18", []),
        ("%%1793", []),
        ("-", []),
        ("0x3e7", []),
        ("{94F748D5-4DCC-5A9E-0000-0010B8131110}", []),
        ("(no user)", []),
        ("LocalSystem", []),
        ("a" * 300, []),
    ],
)
def test_accounts(value: str, parts: list[tuple[str, str]]) -> None:
    """An account is its domain and its name, and nobody's stays."""
    assert _parts(value) == parts


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"WS7", b"WS7"),
        (b"\\\\WS7", b"WS7"),
        (b"WS7$", b"WS7"),
        (b"cifs/fs-2.corp.example", b"fs-2.corp.example"),
        (b"server", b"server"),
        (b"localhost", b""),
        (b"WORKGROUP", b""),
        (b"IPC$", b""),
        (b"192.0.2.7", b""),
        (b"::1", b""),
        (b"-", b""),
        (b"ConsoleHost", b""),
        (b"a b", b""),
    ],
)
def test_machines(value: bytes, name: bytes) -> None:
    """A machine is known without what its place adds; addresses are none."""
    found = host_spans(value, 0)
    assert (value[found[0][0] : found[0][1]] if found else b"") == name


@pytest.mark.parametrize("name", [b"DWM-12", b"umfd-3", b"GAST", "Invité".encode()])
def test_built_in(name: bytes) -> None:
    """Sessions' own accounts and those of other languages are built in."""
    assert is_built_in(name)


@pytest.mark.parametrize("name", [b"wren", b"dwm", b"CONTOSO"])
def test_not_built_in(name: bytes) -> None:
    """Names of people and machines are not."""
    assert not (is_built_in(name))
    assert not (is_authority(name))


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("a" * 104, [("a" * 104, "user")]),
        ("a" * 105, []),
        ("\\".join(("a" * 104, "b" * 103)), [("a" * 104, "host"), ("b" * 103, "user")]),
        ("\\".join(("a" * 104, "b" * 104)), []),
        ("", []),
        (" [(", []),
        ("ftp://wren@contoso", []),
        (
            "uid=wren,ou=staff,dc=contoso,dc=example",
            [("wren", "user"), ("contoso", "host"), ("example", "host")],
        ),
        ("uid", [("uid", "user")]),
        ("uidwren", [("uidwren", "user")]),
        ("wren=x", [("wren=x", "user")]),
        ("CN=Computers,DC=contoso,DC=com", [("contoso", "host")]),
        ("CN=Builtin,DC=contoso,DC=com", [("contoso", "host")]),
        ("CN=Administrators,CN=Builtin,DC=contoso", [("contoso", "host")]),
        (r"c:contoso\wren", []),
        (r"/contoso\wren", []),
        (r"?\contoso\wren", []),
        (r"contoso:x\wren", [("wren", "user")]),
        (r"ws\contoso\wren", [("contoso", "host"), ("wren", "user")]),
        (r"microsoft\wren", []),
        ("CONTOSO\tim", []),
        ("$", []),
        ("W$", [("W", "host")]),
        ("WS7$x", [("WS7$x", "user")]),
        ("wren@", [("wren", "user")]),
        ("wren.contoso", [("wren.contoso", "user")]),
        ("  'wren'  ", [("wren", "user")]),
    ],
)
def test_accounts_at_their_bounds(value: str, parts: list[tuple[str, str]]) -> None:
    """A path, a URL and what is too long is no account; a short name is one."""
    assert _parts(value) == parts


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"ipc", b"ipc"),
        (b"ADMIN$", b""),
        (b"admins$", b"admins"),
        (b"WS7$$", b""),
        (b"ws7.", b"ws7"),
        (b"2001:db8::7", b""),
        (b"192.0.2.7.example", b"192.0.2.7.example"),
        (b"\\\\WS7\\", b"WS7"),
    ],
)
def test_machines_at_their_bounds(value: bytes, name: bytes) -> None:
    """A share's dollar sign is no machine's; a name may look like an address."""
    found = host_spans(value, 0)
    assert (value[found[0][0] : found[0][1]] if found else b"") == name


def test_places_are_of_the_whole_text() -> None:
    """What is found stands where the value stands in its match."""
    assert account_spans(rb" CONTOSO\wren ", 10) == ((11, 18, "host"), (19, 23, "user"))
    assert account_spans(b"CN=Wren,DC=contoso", 10) == (
        (13, 17, "user"),
        (21, 28, "host"),
    )
    assert host_spans(b"cifs/WS7$", 10) == ((15, 18, "host"),)
    assert account_spans(b"wren@CONTOSO", 10) == ((10, 14, "user"), (15, 22, "host"))


@pytest.mark.parametrize("value", ["IPC$", "ADMIN$", "NT AUTHORITY$"])
def test_shares_are_no_accounts(value: str) -> None:
    """A share or an authority with a dollar sign is no machine's account."""
    assert _parts(value) == []
