# SPDX-License-Identifier: Apache-2.0
"""Signed notes and checkpoints (C2SP `signed-note`, `tlog-checkpoint`).

Rules: a note is text that people can read and any witness can sign; a checkpoint has
three lines: whose ledger, how many entries, the root of their tree; a note has one
form only, so that two that differ say different things.
Not here: the tree (`tree.py`), where notes are kept (`server/anchors.py`).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

from wire import limits
from wire.crypto.signing import SIGNATURE_BYTES, SigningKey, verify
from wire.errors import DecodeError, SignatureError

_ED25519 = b"\x01"
_ID_BYTES = 4
_ROOT_BYTES = 32
_LINES = 3
_DASH = "\u2014 "
_SIZE = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
_NAME = re.compile(r"[!-*,-~]+\Z")
"""Printable, without blank and plus, as the form asks of a key's name."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note says of a ledger.

    Attributes:
        origin: whose ledger, such as `discreet-ledger/<tenant>`.
        size: number of entries.
        root: root of the tree over them, 32 bytes.
        signer: public key that signed it.
    """

    origin: str
    size: int
    root: bytes
    signer: bytes


def key_id(name: str, public: bytes) -> bytes:
    """Return the four bytes by which a signature line names an Ed25519 key."""
    octets = name.encode() + b"\n" + _ED25519 + public
    return hashlib.sha256(octets).digest()[:_ID_BYTES]


def sign_text(text: str, name: str, key: SigningKey) -> str:
    """Return a signed note.

    Args:
        text: what is signed; ends with a line feed.
        name: the signing key's name.
        key: signs.
    """
    found = key_id(name, key.public) + key.sign(text.encode())
    return f"{text}\n{_DASH}{name} {base64.b64encode(found).decode()}\n"


def open_text(note: str, name: str, public: bytes) -> str:
    """Return the text of a note that a key signed.

    Signatures of others, such as witnesses, are passed over.

    Raises:
        DecodeError: it is no signed note.
        SignatureError: that key did not sign it.
    """
    text, lines = _parted(note)
    wanted = key_id(name, public)
    for line in lines:
        who, found = _signature(line)
        if (who, found[:_ID_BYTES]) == (name, wanted):
            if len(found) != _ID_BYTES + SIGNATURE_BYTES:
                raise _no_note()
            verify(public, found[_ID_BYTES:], text.encode())
            return text
    msg = "the note is not signed by a key of this ledger"
    raise SignatureError(msg)


def sign(origin: str, size: int, root: bytes, key: SigningKey) -> str:
    """Return the signed checkpoint of a ledger.

    Args:
        origin: whose ledger; also the name of the key.
        size: number of entries.
        root: of the tree over them, 32 bytes.
        key: signs.
    """
    return sign_text(text_of(origin, size, root), origin, key)


def text_of(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint, which a signature covers."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def read(note: str, origin: str, publics: Collection[bytes]) -> Checkpoint:
    """Return a ledger's checkpoint, its signature checked.

    Args:
        note: as it was kept.
        origin: whose ledger it must be of.
        publics: keys that may have signed it; one of them has to.

    Raises:
        DecodeError: it is no checkpoint of one form.
        SignatureError: none of these keys signed it, or it is of another ledger.
    """
    text, lines = _parted(note)
    found = text.split("\n")
    if len(found) != _LINES + 1 or not _SIZE.match(found[1]):
        raise _no_note()
    root = _octets(found[2])
    if len(root) != _ROOT_BYTES:
        raise _no_note()
    if found[0] != origin:
        msg = "the note is of another ledger"
        raise SignatureError(msg)
    named = {_signature(line)[1][:_ID_BYTES] for line in lines}
    for public in publics:
        if key_id(origin, public) in named:
            open_text(note, origin, public)
            return Checkpoint(origin, int(found[1]), root, public)
    msg = "the note is not signed by a key of this ledger"
    raise SignatureError(msg)


def _parted(note: str) -> tuple[str, list[str]]:
    """Return the signed text and the lines of signatures."""
    text, parted, below = note.rpartition("\n\n")
    lines = below.split("\n")
    if (
        len(note) > limits.NOTE_CHARS
        or any(char < " " and char != "\n" for char in note)
        or not parted
        or not text
        or lines.pop()
        or not lines
    ):
        raise _no_note()
    return text + "\n", lines


def _signature(line: str) -> tuple[str, bytes]:
    """Return name, and key id with signature, of a line."""
    name, blank, found = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not blank or not _NAME.match(name):
        raise _no_note()
    octets = _octets(found)
    if len(octets) <= _ID_BYTES:
        raise _no_note()
    return name, octets


def _octets(text: str) -> bytes:
    """Return what base64 stands for; one text for one value."""
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _no_note() from None
    if base64.b64encode(octets).decode() != text:
        raise _no_note()
    return octets


def _no_note() -> DecodeError:
    return DecodeError("this is no signed note of a ledger: look for its other copy")
