# SPDX-License-Identifier: Apache-2.0
"""Reads the TOML in which people write down a recipient, or says what is wrong.

Rules: what is not there is not guessed; whose keys they are is told by a fingerprint
that came by another way than the keys.
Not here: the entry that comes of it (`wire/papers/recipient.py`), who may get what.
Source: docs/howto/register-a-recipient.md is the page for those who write one.
"""

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Mapping
from typing import NoReturn, TypeVar

from server.errors import UsageError
from server.formats.sending import PATH
from wire import limits
from wire.errors import WireError
from wire.papers.recipient import (
    Channel,
    ChannelKind,
    Recipient,
    RecipientKeys,
    RecipientRole,
    fingerprint,
    read_keys,
)
from wire.purposes import RULES, Purpose

E = TypeVar("E", RecipientRole, Purpose, ChannelKind)

FORMAT = 1
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,63}")
_KEYS = {
    *("format", "name", "role", "agreement", "agreement_until", "purposes"),
    *("country", "contact", "keys", "fingerprint"),
}
_OPTIONAL = {"transfer_tool", "channel"}
_CHANNEL = {"kind", "host", "port", "authority"}
_DAY = 86_400


def read_source(
    text: str, public: bytes, authority: bytes | None, tenant: bytes, version: int
) -> Recipient:
    """Return the entry that a file asks for.

    Args:
        text: the TOML, from anyone.
        public: what is in the file that it names as `keys`.
        authority: what is in the file that its channel names; None without a channel.
        tenant: 16 bytes.
        version: of the entry.

    Raises:
        UsageError: it says too little, too much, or what cannot be; the sentence says
            what to write.
    """
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _refuse(f"the file is not TOML: {error}")
    _only(held, _KEYS, _OPTIONAL, "a recipient")
    if held["format"] != FORMAT:
        _refuse(f"write format = {FORMAT}")
    keys = _keys(public, _text(held, "fingerprint"))
    name, country = _text(held, "name"), _text(held, "country")
    if not _SLUG.fullmatch(name):
        _refuse("a name is small letters, digits and hyphens, and begins with a letter")
    if not re.fullmatch("[A-Z]{2}", country):
        _refuse('country is two capital letters, such as "DE"')
    role = _member(RecipientRole, held["role"], "role")
    tool = _text(held, "transfer_tool") if "transfer_tool" in held else None
    channel = _channel(held["channel"], authority) if "channel" in held else None
    return Recipient(
        tenant,
        name,
        version,
        role,
        _text(held, "agreement"),
        _until(held["agreement_until"]),
        _purposes(held["purposes"]),
        country,
        tool,
        _text(held, "contact"),
        keys.sealing,
        keys.signing,
        channel,
    )


def _refuse(sentence: str) -> NoReturn:
    raise UsageError(sentence)


def _only(
    held: Mapping[str, object], needed: set[str], optional: set[str], what: str
) -> None:
    lacking, strange = needed - held.keys(), held.keys() - needed - optional
    if lacking:
        _refuse(f"{what} needs {', '.join(sorted(lacking))}")
    if strange:
        words = ", ".join(sorted(needed | optional))
        _refuse(f"{what} has an entry that is unknown: there are {words}")


def _text(held: Mapping[str, object], name: str) -> str:
    found = held[name]
    if not isinstance(found, str) or not 0 < len(found.encode()) <= limits.TEXT_CHARS:
        _refuse(f"{name} is a text of at most {limits.TEXT_CHARS} bytes")
    return found


def _member(members: type[E], found: object, name: str) -> E:
    for member in members:
        if member.value == found:
            return member
    _refuse(f"{name} is one of {', '.join(one.value for one in members)}")


def _purposes(found: object) -> tuple[Purpose, ...]:
    if not isinstance(found, list) or not found:
        _refuse('purposes is a list, such as ["support"]')
    purposes = tuple(_member(Purpose, item, "each of purposes") for item in found)
    if len(set(purposes)) < len(purposes):
        _refuse("purposes names one twice")
    if not all(RULES[purpose].collects for purpose in purposes):
        _refuse("purposes names one for which nothing is collected")
    return purposes


def _until(found: object) -> int:
    """Return the last second of a day."""
    try:
        day = dt.date.fromisoformat(found if isinstance(found, str) else "")
    except ValueError:
        _refuse('agreement_until is the last day, written like "2027-12-31"')
    start = dt.datetime.combine(day, dt.time(), dt.UTC)
    return int(start.timestamp()) + _DAY - 1


def _keys(public: bytes, told: str) -> RecipientKeys:
    try:
        keys = read_keys(public)
    except WireError:
        _refuse("the file of keys was altered, or is another: ask for it again")
    if fingerprint(keys) != told.lower():
        _refuse(
            "the keys have another fingerprint than the recipient told you: they may "
            "be another's; ask it again, by telephone"
        )
    return keys


def _channel(found: object, authority: bytes | None) -> Channel:
    if not isinstance(found, dict):
        _refuse("channel is a table: kind, host, port, authority")
    _only(found, _CHANNEL, {"path"}, "a channel")
    port, host = found["port"], _text(found, "host")
    if not isinstance(port, int) or not 0 < port < 1 << 16:
        _refuse("port is a number from 1 to 65535")
    if len(host) > limits.HOST_CHARS or authority is None:
        _refuse("a channel needs a host's name and the file of its authority")
    kind = _member(ChannelKind, found["kind"], "kind")
    digest = hashlib.sha256(authority).digest()
    return Channel(kind, host, port, digest, _path(found, kind))


def _path(channel: Mapping[str, object], kind: ChannelKind) -> str | None:
    if "path" not in channel:
        return None
    path = _text(channel, "path")
    if kind is not ChannelKind.OTLP or not path or not PATH.fullmatch(path):
        _refuse('path is for otlp alone, and like "/api/v1/otlp" without a last slash')
    return path
