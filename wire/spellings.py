# SPDX-License-Identifier: Apache-2.0
"""The one spelling under which equal identities are equal, and what they consist of.

Rules: case, composition, separators, leading zeros and trailing dots do not matter;
what is not of its class's form is taken as it is, folded; nothing is ever refused.
Not here: the stand-ins (`wire/pseudonyms.py`).
Source: RFC 5952, RFC 6762 and RFC 8375 (private domains), MS-DTYP (SIDs), IEEE 802
(bits of a MAC address).
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import NamedTuple

_PRIVATE = frozenset({"local", "localdomain", "lan", "home", "internal", "intranet"})
"""Ends of a name after which two labels are a machine and its network."""
_WHOLE_LABELS = 2
"""A name of so many labels is a domain; of more, a machine in one."""
_AT = re.compile(r"@|%40")
_NOT_HEXADECIMAL = re.compile(r"[^0-9a-f]")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_DOTTED = re.compile(r"[0-9]{1,3}(?:([.-])[0-9]{1,3})(?:\1[0-9]{1,3}){2}\Z")
_SID = re.compile(r"(s-1-5-21(?:-[0-9]{1,10}){3})((?:-[0-9]{1,10})*)\Z")
_SID_OCTETS = re.compile(
    r"(?:0x)?(01(?:0[1-9]|0[a-f])(?:[0-9a-f]{2}){6}(?:[0-9a-f]{8}){1,15})\Z"
)
"""A SID in octets: revision 1, how many numbers, the authority, then the numbers."""
_HEX_PAIR = re.compile(r"\\([0-9a-f]{2})")
_BUILT_IN = range(500, 1000)
"""Accounts and groups that every domain has, by their last number: 500 to 999."""
_MAC_DIGITS = 12
_VENDOR_DIGITS = 6
_LOCAL_OR_GROUP = 0x03
_MAPPED = bytes(10) + b"\xff\xff"


class Named(NamedTuple):
    """An identity in its one spelling.

    Attributes:
        identity: its class, by its form.
        text: its one spelling, or that of its first part.
        domain: the domain that it is in; empty for none.
        joint: what stands between the two.
        account: which account of a SID: its last number, or its spelling.
        vendor: the maker's half of a MAC address; empty where it has none.
        address: 16 octets of an IP address; None for all else.
    """

    identity: str
    text: str
    domain: str = ""
    joint: str = ""
    account: str = ""
    vendor: str = ""
    address: bytes | None = None


def named(identity: str, value: str) -> Named:
    """Return an identity in its one spelling.

    Args:
        identity: its class.
        value: the raw value.
    """
    reading = _READINGS.get(identity, _plain)
    return reading(identity, _folded(value))


def _folded(value: str) -> str:
    """Return a text without the differences of case and of composed letters."""
    text = value.strip()
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _account(identity: str, text: str) -> Named:
    r"""Take an account apart: name@domain, DOMAIN\name, and HOST$, a machine's own."""
    domain, slash, name = text.rpartition("\\")
    if not slash:
        at = _last_at(text)
        if at is not None:
            name, domain = text[: at[0]], text[at[1] :]
    domain = domain.strip(".\\")
    if name.endswith("$") and name != "$":
        identity, name = "host", name.rstrip("$")
    elif domain and name:
        identity = "user"
    if not (domain and name):
        return Named(identity, name or text)
    return Named(identity, name, domain, "@")


def _last_at(text: str) -> tuple[int, int] | None:
    """Return where the last at sign, also as %40, begins and ends."""
    found = None
    for match in _AT.finditer(text):
        found = match.span()
    return found


def _name(identity: str, text: str) -> Named:
    """Take a name apart: a machine and its domain; an address is an address."""
    text = text.rstrip(".$") or text
    if text[:1].isdigit() or text[:1] == "[" or ":" in text:
        octets = address_octets(text)
        if octets is not None:
            return Named("ip", text, address=octets)
    first, dot, rest = text.partition(".")
    if not dot:
        return Named(identity, text)
    labels = text.count(".") + 1
    alone = labels <= _WHOLE_LABELS and rest not in _PRIVATE
    if alone or not first:
        return Named("domain", text)
    return Named("host", first, rest, "+")


def _plain(identity: str, text: str) -> Named:
    return Named(identity, text)


def _ip(identity: str, text: str) -> Named:
    return Named(identity, text, address=address_octets(text))


def _person(identity: str, text: str) -> Named:
    """Take a person's name as its parts, for some systems turn them round."""
    parts = filter(None, _NOT_ALPHANUMERIC.split(text))
    return Named(identity, " ".join(sorted(parts)) or text)


def _number(identity: str, text: str) -> Named:
    return Named(identity, _NOT_ALPHANUMERIC.sub("", text) or text)


def _mac(identity: str, text: str) -> Named:
    pairs = re.split("[:-]", text)
    digits = _NOT_HEXADECIMAL.sub("", "".join(pair.zfill(2) for pair in pairs))
    vendor = ""
    if len(digits) == _MAC_DIGITS and not int(digits[:2], 16) & _LOCAL_OR_GROUP:
        vendor = digits[:_VENDOR_DIGITS]
    return Named(identity, digits or text, vendor=vendor)


def _sid(identity: str, text: str) -> Named:
    """Take a SID apart: its machine or domain, and the account there."""
    text = _from_octets(text) or text
    found = _SID.match(text)
    if found is None:
        return Named(identity, text)
    authority, numbers = found.groups()
    last = numbers[1:]
    if last.isdecimal() and int(last) in _BUILT_IN:
        return Named(identity, authority, account=str(int(last)))
    return Named(identity, authority, account=text if last else "")


def _from_octets(text: str) -> str:
    r"""Return a SID as it is read; empty for what is not one in octets.

    Args:
        text: hexadecimal digits, also after 0x, or pairs of them, each after `\\`.
    """
    digits = _HEX_PAIR.sub(r"\1", text) if text.startswith("\\") else text
    found = _SID_OCTETS.match(digits)
    if found is None:
        return ""
    octets = bytes.fromhex(found[1])
    numbers = [
        int.from_bytes(octets[at : at + 4], "little") for at in range(8, len(octets), 4)
    ]
    if len(numbers) != octets[1]:
        return ""
    authority = int.from_bytes(octets[2:8], "big")
    return "-".join(map(str, ("s", octets[0], authority, *numbers)))


def address_octets(text: str) -> bytes | None:
    """Return the 16 octets of an address, IPv4 as IPv4-mapped; None for no address.

    Args:
        text: in lower case; a zone or a prefix length after it does not matter, nor do
            leading zeros, nor dashes in place of an IPv4 address's dots.
    """
    bare = text.partition("%")[0].partition("/")[0].strip("[]")
    dotted = _DOTTED.match(bare)
    if dotted is not None:
        octets = [int(octet) for octet in bare.split(dotted[1])]
        return _MAPPED + bytes(octets) if max(octets) < 256 else None  # noqa: PLR2004 - an octet
    if ":" not in bare:
        return None
    try:
        return ipaddress.IPv6Address(bare).packed
    except ValueError:
        return None


_READINGS: Mapping[str, Callable[[str, str], Named]] = {
    "domain": _name,
    "fqdn": _name,
    "host": _name,
    "ip": _ip,
    "mac": _mac,
    "mail": _account,
    "person": _person,
    "serial": _number,
    "sid": _sid,
    "user": _account,
    "uuid": _number,
}
"""How a folded text of each class is read."""
