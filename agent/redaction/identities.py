# SPDX-License-Identifier: Apache-2.0
"""What this machine knows by itself: its users, their names, hosts and addresses.

Rules: values are never shown; words that name nobody are left out; where a source was
not read or the bound is passed, every text is withheld, for half a dictionary would
look like a whole one.
Not here: how they are looked for (`dictionary.py`), who reads them (`agent/host`).
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator

from agent.errors import TooLargeError
from agent.redaction import bounds
from agent.redaction.ordinary import BUILT_IN_ACCOUNTS, TAG_WORDS, is_ordinary
from agent.redaction.windows_names import is_authority, is_built_in

_WORDS = re.compile(r"[^\W\d_]+")
_SEPARATORS = re.compile(r"[\\/]+")
_NAME_PART = 3
"""Shortest part of a person's name that is hidden alone."""
_WORDLIKE = frozenset({"user", "host", "person", "domain", "ssid"})
"""Classes whose values may happen to be ordinary words."""
_SHORT_NUMBER = 5
"""Numbers of up to this many digits are counts and ids, not identities."""


class Identities:
    """A bounded set of (class, value); grows, never shows what it holds."""

    __slots__ = ("_known", "_whole")

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        """Start from the given pairs of class and value."""
        self._known: dict[tuple[str, str], None] = {}
        self._whole = True
        for identity, value in known:
            self.add(identity, value)

    def __repr__(self) -> str:
        """Show how many there are, never one of them."""
        return f"<Identities {len(self._known)}>"

    def __reduce__(self) -> str:
        """Refuse pickling: raw identities never leave memory."""
        msg = "Identities cannot be pickled"
        raise TypeError(msg)

    def __len__(self) -> int:
        """Return how many identities are held."""
        return len(self._known)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield pairs of class and value, in the order they were learned."""
        return iter(self._known)

    @property
    def whole(self) -> bool:
        """Tell whether all that was to be learned has been."""
        return self._whole

    def lack(self) -> None:
        """Remember that something could not be learned: then no text may leave."""
        self._whole = False

    def add(self, identity: str, value: str) -> None:
        """Learn a value, and what else names the same person or machine.

        Args:
            identity: class: user, person, home, host, domain, ip, mac, sid,
                serial, ssid, uuid or another word.
            value: the raw value; ordinary words and built-ins are ignored.

        Raises:
            TooLargeError: over the bound on identities.
        """
        for one, text in _expanded(identity, value.strip()):
            if _is_telling(one, text):
                self._known[one, text] = None
        if len(self._known) > bounds.IDENTITIES:
            reason = "too-many-identities"
            raise TooLargeError(reason)


def known_identities(  # noqa: PLR0913 - one list for each class a host knows
    *,
    users: Iterable[str] = (),
    full_names: Iterable[str] = (),
    home_directories: Iterable[str] = (),
    host_names: Iterable[str] = (),
    domains: Iterable[str] = (),
    addresses: Iterable[str] = (),
    hardware_addresses: Iterable[str] = (),
    security_identifiers: Iterable[str] = (),
    serials: Iterable[str] = (),
    networks: Iterable[str] = (),
) -> Identities:
    r"""Build the dictionary of one machine from plain lists.

    Args:
        users: account names; `DOMAIN\name` and `name@domain` are understood.
        full_names: names of persons, as accounts carry them.
        home_directories: paths; their last part is taken for a user.
        host_names: short and fully qualified names of this machine.
        domains: DNS and Windows domains.
        addresses: IP addresses of this machine.
        hardware_addresses: MAC addresses of this machine.
        security_identifiers: SIDs of local accounts.
        serials: serial numbers, asset tags and hardware UUIDs.
        networks: names of wireless networks.

    Raises:
        TooLargeError: over the bound on identities.
    """
    lists = {
        "user": users,
        "person": full_names,
        "home": home_directories,
        "host": host_names,
        "domain": domains,
        "ip": addresses,
        "mac": hardware_addresses,
        "sid": security_identifiers,
        "serial": serials,
        "ssid": networks,
    }
    return Identities(
        (identity, value) for identity, values in lists.items() for value in values
    )


def _expanded(identity: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield the value and the identities that it contains."""
    if identity == "home":
        parts = _SEPARATORS.split(value.rstrip("\\/"))
        yield "user", parts[-1]
        return
    if identity in {"user", "mail"}:
        yield from _account(identity, value)
    elif identity == "host":
        name = value.rstrip(".$")
        label = name.partition(".")[0]
        yield "host", name
        yield "host", label
    elif identity == "person":
        yield identity, value
        for part in _WORDS.findall(value):
            if len(part) >= _NAME_PART:
                yield identity, part
    elif identity == "domain":
        yield from _domain(value)
    elif identity == "ip":
        yield identity, value.partition("%")[0].partition("/")[0]
    else:
        yield identity, value


def _account(identity: str, value: str) -> Iterator[tuple[str, str]]:
    domain, _, name = value.rpartition("\\")
    yield from _domain(domain)
    local, at, _ = name.partition("@")
    yield ("mail" if at else identity), name
    if at:
        yield "user", local


def _domain(value: str) -> Iterator[tuple[str, str]]:
    r"""Yield a domain; a short one stands where a machine's name does: CONTOSO\eve."""
    yield ("domain" if "." in value else "host"), value


def _is_telling(identity: str, text: str) -> bool:
    """Tell whether a value names somebody rather than nobody."""
    if not bounds.SHORT_IDENTITY <= len(text) <= bounds.IDENTITY_CHARS:
        return False
    if (text.isdigit() and len(text) <= _SHORT_NUMBER) or text.casefold() in TAG_WORDS:
        return False
    if identity == "ip":
        return _is_telling_address(text)
    if identity == "mac":
        return len(set(re.sub("[^0-9a-f]", "", text.lower()))) > 1
    if identity == "sid":
        return text.upper().startswith(("S-1-5-21-", "S-1-12-1-"))
    ordinary = identity in _WORDLIKE and (is_ordinary(text) or _is_of_windows(text))
    built_in = text.casefold() in BUILT_IN_ACCOUNTS
    return not (ordinary or built_in) and any(map(str.isalnum, text))


def _is_of_windows(text: str) -> bool:
    """Tell whether every Windows has an account, group or authority of this name."""
    octets = text.encode("utf-8", "replace")
    return is_built_in(octets) or is_authority(octets)


def _is_telling_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)
