# SPDX-License-Identifier: Apache-2.0
"""Vectors of stand-ins: each class, its spellings, and with a prefix kept.

Rules: equal texts of one class differ in spelling only where their name says so.
Not here: how the keys come (`families_sent.py`).
"""

from collections.abc import Callable

from tests.vectors import world

ADMINISTRATOR = bytes.fromhex("010500000000000515000000") + b"".join(
    number.to_bytes(4, "little") for number in (1, 2, 3, 500)
)
"""S-1-5-21-1-2-3-500 as Windows keeps it."""
Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]


def families(keep: Keep) -> dict[str, Family]:
    """Return the family by file name."""
    del keep
    return {"pseudonyms": _pseudonyms()}


def _pseudonyms() -> Family:
    key = world.octets("pseudonym", 32)
    rows = (
        ("a user", key, "user", "Müller", "ok"),
        ("the same user spelled otherwise", key, "user", " MÜLLER ", "ok"),
        ("the same text of another class", key, "host", "Müller", "ok"),
        ("a host with a dot", key, "host", "PC-1.", "ok"),
        ("an address", key, "ip", "192.0.2.1", "ok"),
        ("the same address, padded", key, "ip", "192.000.002.001", "ok"),
        ("the same address, mapped", key, "ip", "::ffff:192.0.2.1", "ok"),
        ("an address with a zone", key, "ip", "FE80::1%eth0", "ok"),
        ("a MAC", key, "mac", "0:1B:2c-3d:4e:5f", "ok"),
        ("the same MAC", key, "mac", "00-1b-2c-3d-4e-5f", "ok"),
        ("an empty text", key, "user", "", "ok"),
        ("a decomposed name", key, "user", "Mu\u0308ller", "ok"),
        ("an account of a Windows domain", key, "user", r"CORP\Müller", "ok"),
        ("the same account, as a principal", key, "user", "müller@CORP", "ok"),
        ("a machine's account", key, "user", "PC-1$", "ok"),
        ("a machine in a domain", key, "host", "pc-1.corp.example.net", "ok"),
        ("a machine at home", key, "host", "pc-1.local", "ok"),
        ("a domain", key, "host", "Example.Net.", "ok"),
        ("an address in place of a host", key, "host", "192.0.2.1", "ok"),
        ("a mail address", key, "mail", "Müller@example.net", "ok"),
        ("the same mail address, escaped", key, "mail", "müller%40Example.net", "ok"),
        ("a network in dashes", key, "ip", "192-0-2-1/24", "ok"),
        ("no address", key, "ip", "192.0.2.256", "ok"),
        ("a person", key, "person", "Eve Roux", "ok"),
        ("the same person, turned round", key, "person", "ROUX, Eve", "ok"),
        ("a serial number", key, "serial", "PF-3K 9Q", "ok"),
        ("the SID of a domain", key, "sid", "S-1-5-21-1-2-3", "ok"),
        ("the administrator of a domain", key, "sid", "s-1-5-21-1-2-3-500", "ok"),
        ("an account of a domain", key, "sid", "S-1-5-21-1-2-3-1107", "ok"),
        ("the administrator, in octets", key, "sid", ADMINISTRATOR.hex(), "ok"),
        (
            "the administrator, in escaped octets",
            key,
            "sid",
            "".join(f"\\{octet:02X}" for octet in ADMINISTRATOR),
            "ok",
        ),
        ("octets that are too few", key, "sid", ADMINISTRATOR[:-4].hex(), "ok"),
        ("an account of Entra", key, "sid", "S-1-12-1-1-2-3-4", "ok"),
        ("a short key", key[:31], "user", "x", "bad-transform"),
        ("a class that is no word", key, "User", "x", "bad-transform"),
    )
    prefixed = (
        ("an address, with its prefix", key, "ip", "192.0.2.1", "ok"),
        ("its neighbour", key, "ip", "192.0.2.2", "ok"),
        ("an IPv6 address, with its prefix", key, "ip", "2001:db8::1", "ok"),
        ("its neighbour in IPv6", key, "ip", "2001:db8::2", "ok"),
        ("a MAC with its maker", key, "mac", "0:1B:2c-3d:4e:5f", "ok"),
        ("a local MAC has none", key, "mac", "02:1b:2c:3d:4e:5f", "ok"),
        ("a user has no prefix", key, "user", "Müller", "ok"),
    )
    return [
        {
            "name": name,
            "kind": "pseudonym",
            "key": held.hex(),
            "class": identity_class,
            "text": text,
            "prefix": group is prefixed,
            "expect": expect,
        }
        for group in (rows, prefixed)
        for name, held, identity_class, text, expect in group
    ]
