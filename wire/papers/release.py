# SPDX-License-Identifier: Apache-2.0
"""A release: what one recipient got, as sealed parts and a signed head.

Rules: the head names every part by its digest, so none can be swapped, cut, left out
or put elsewhere; parts are under a data key that is in no file of the release: it
comes, sealed to the recipient, with the answer to a request that the recipient signed;
of an archive that a password opens, the head names the archive by its digest.
Not here: requests and receipts (`fetch.py`), making one (`server/keeper/sharing`).
Source: docs/spec/keeper.md, "Release".
"""

import hashlib
import re
from dataclasses import dataclass

from wire import limits, signed
from wire.codec import Field, ListOf, Message, Text, Uint, fixed
from wire.crypto import sealing
from wire.crypto.opening import NONCE_BYTES, OpeningKey, unwrap, wrap
from wire.crypto.signing import SigningKey
from wire.errors import OpenError, SchemaError
from wire.papers.decision import DECISIONS, Decided, read_decided
from wire.papers.keeper import check_time, proven
from wire.signed import SignedKind

PART_BYTES = limits.PART_BYTES - sealing.TAG_BYTES
"""Octets of the files that each part but the last holds."""
_PART = b"discreet/1/release-part\x00"
_KEY = b"discreet/1/release-key\x00"
_KEY_DIGEST = b"discreet/1/release-key-digest\x00"
NO_DATA_KEY = bytes(32)
"""In place of a data key's digest: nothing is sealed."""
_FILE = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class ReleasedColumn:
    """A column: its name, its type, and what was done to its values."""

    name: str
    type: str
    transform: str


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """One file of a release.

    Attributes:
        dataset: which dataset's rows.
        columns: in the order of the file.
        rows: how many.
        file: its name.
        octets: its length.
    """

    dataset: str
    columns: tuple[ReleasedColumn, ...]
    rows: int
    file: str
    octets: int


@dataclass(frozen=True, slots=True)
class Part:
    """A sealed part: SHA-256 of it, and its length in octets."""

    digest: bytes
    octets: int


@dataclass(frozen=True, slots=True)
class Archive:
    """A locked archive: its file's name, SHA-256 of it, and its length in octets."""

    file: str
    digest: bytes
    octets: int


@dataclass(frozen=True, slots=True)
class Custody:
    """Who had it made, and how much of it devices vouch for.

    Attributes:
        by: who asked for the release, by the collector's operating system; "keeper"
            where it was made with the approval itself.
        counted: when people were last told how much it would be; None where nobody
            counts first.
        verified: envelopes that it has rows of, each device's signature checked.
        extracts: of a hold's extracts likewise, the keeper's signature checked; it
            had checked the devices' when it made them.
        left_out: envelopes in reach that did not open or verify.
    """

    by: str
    counted: int | None
    verified: int
    extracts: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Release:
    """The payload that the keeper signs.

    Attributes:
        tenant: 16 bytes.
        id: 16 bytes.
        grant: digest of the grant, or of the matter where there is none.
        recipient: its name in the register; of an archive, whom people named.
        made: when, in seconds since the epoch.
        expires: the last second at which its data key is given out.
        tables: the files, in the order in which they are in the parts.
        parts: in order; none where it was pushed to the recipient's channel, or is an
            archive.
        format: of the files.
        basis: on what legal basis; None where a grant says it.
        decisions: of the people who decided it.
        data_key: `data_key_digest` of its data key.
        custody: who had it made, and of how many envelopes; None in older ones.
        archive: that a password opens, in place of parts; None for none.
    """

    tenant: bytes
    id: bytes
    grant: bytes
    recipient: str
    made: int
    expires: int
    tables: tuple[ReleasedFile, ...]
    parts: tuple[Part, ...]
    format: str
    basis: str | None
    decisions: tuple[Decided, ...]
    data_key: bytes
    custody: Custody | None = None
    archive: Archive | None = None

    @property
    def pushed(self) -> bool:
        """Tell whether it was pushed: it has no file, and no key opens anything."""
        return not self.parts and self.archive is None


_NAME = Text(limits.NAME_CHARS, 1)
RELEASED_COLUMN = Message(
    "released-column",
    ReleasedColumn,
    (
        Field(1, "name", _NAME),
        Field(2, "type", _NAME),
        Field(3, "transform", _NAME),
    ),
)
RELEASED_FILE = Message(
    "released-file",
    ReleasedFile,
    (
        Field(1, "dataset", _NAME),
        Field(2, "columns", ListOf(RELEASED_COLUMN, limits.RELEASE_COLUMNS, 1)),
        Field(3, "rows", Uint()),
        Field(4, "file", _NAME),
        Field(5, "octets", Uint(limits.RELEASE_BYTES)),
    ),
)
PART = Message(
    "part",
    Part,
    (
        Field(1, "digest", fixed(32)),
        Field(2, "octets", Uint(limits.PART_BYTES, sealing.TAG_BYTES)),
    ),
)
CUSTODY = Message(
    "custody",
    Custody,
    (
        Field(1, "by", _NAME),
        Field(2, "counted", Uint(), optional=True),
        Field(3, "verified", Uint()),
        Field(4, "extracts", Uint()),
        Field(5, "left_out", Uint()),
    ),
)
ARCHIVE = Message(
    "released-archive",
    Archive,
    (
        Field(1, "file", _NAME),
        Field(2, "digest", fixed(32)),
        Field(3, "octets", Uint(limits.RELEASE_BYTES)),
    ),
)
RELEASE = Message(
    "release",
    Release,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "id", fixed(16)),
        Field(3, "grant", fixed(32)),
        Field(4, "recipient", _NAME),
        Field(5, "made", Uint()),
        Field(6, "expires", Uint()),
        Field(7, "tables", ListOf(RELEASED_FILE, limits.BODY_TABLES, 1)),
        Field(8, "parts", ListOf(PART, limits.RELEASE_PARTS)),
        Field(9, "format", _NAME),
        Field(10, "basis", Text(limits.TEXT_CHARS, 1), optional=True),
        Field(11, "decisions", DECISIONS),
        Field(12, "data_key", fixed(32)),
        Field(13, "custody", CUSTODY, optional=True),
        Field(14, "archive", ARCHIVE, optional=True),
    ),
)


def head_digest(release: Release) -> bytes:
    """Return the SHA-256 by which receipts name a release."""
    return signed.digest(RELEASE.encode(release))


def data_key_digest(key: bytes) -> bytes:
    """Return what a head says of its data key, which is random and stays secret."""
    return hashlib.sha256(_KEY_DIGEST + key).digest()


def seal_part(
    key: bytes, release: bytes, number: int, octets: bytes, *, last: bool
) -> bytes:
    """Return a sealed part.

    Args:
        key: the release's data key, which seals nothing else.
        release: its id.
        number: 0, 1, 2 ... of the part.
        octets: what is in it.
        last: no part follows.
    """
    return wrap(key, _nonce(number), octets, _part(release, last=last))


def open_part(key: bytes, release: Release, number: int, octets: bytes) -> bytes:
    """Return what a part holds.

    Args:
        key: the release's data key.
        release: its verified head.
        number: 0, 1, 2 ... of the part.
        octets: the part's file.

    Raises:
        OpenError: it is not the part that the head names, or of another key.
    """
    check_part(release, number, octets)
    last = number == len(release.parts) - 1
    return unwrap(key, _nonce(number), octets, _part(release.id, last=last))


def check_part(release: Release, number: int, octets: bytes) -> None:
    """Require that a file is the part that the head names in its place.

    Raises:
        OpenError: it was cut, altered or swapped.
    """
    named = release.parts[number]
    found = Part(hashlib.sha256(octets).digest(), len(octets))
    if found != named:
        msg = "a part is not the one that the head names: get the release again"
        raise OpenError(msg)


def seal_data_key(key: bytes, release: Release, nonce: bytes, public: bytes) -> bytes:
    """Return the data key sealed to the recipient, for one request.

    Args:
        key: the data key.
        release: the head.
        nonce: of the request.
        public: the recipient's HPKE key.
    """
    return sealing.seal(key, public, _key(release, nonce))


def open_data_key(
    sealed: bytes, release: Release, nonce: bytes, key: OpeningKey
) -> bytes:
    """Return the data key of a release.

    Raises:
        OpenError: it is of another release, request or recipient.
    """
    found = key.open(sealed, _key(release, nonce))
    if data_key_digest(found) != release.data_key:
        msg = "the key is not the one of this release: ask for it again"
        raise OpenError(msg)
    return found


def sign_release(release: Release, key: SigningKey) -> bytes:
    """Return a head signed by the keeper.

    Raises:
        SchemaError: it contradicts itself, or breaks a bound.
    """
    _check(release)
    return signed.sign(SignedKind.RELEASE, RELEASE.encode(release), [key])


def read_release(octets: bytes, public: bytes) -> Release:
    """Return a head that this keeper's key signed.

    Raises:
        DecodeError: not a head, or one that contradicts itself.
        SignatureError: another key signed it, or a decision in it is forged.
        IdentityError: a decision in it is of another tenant.
    """
    release = RELEASE.decode(signed.verified(octets, SignedKind.RELEASE, public))
    _check(release)
    for decided in release.decisions:
        read_decided(decided, release.tenant)
    return release


def verify_release(octets: bytes, digest: bytes) -> Release:
    """Return the head of a proof, of which nothing but a digest is trusted.

    Args:
        octets: an encoded Proof.
        digest: the root digest of the collector, from elsewhere.

    Raises:
        WireError: of the kind that names the reason.
    """
    keeper, paper = proven(octets, digest)
    release = read_release(paper, keeper.public)
    check_time(keeper, release.made, release.tenant)
    return release


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")


def _part(release: bytes, *, last: bool) -> bytes:
    return _PART + release + bytes([last])


def _key(release: Release, nonce: bytes) -> bytes:
    return _KEY + head_digest(release) + nonce


def _check(release: Release) -> None:
    """Refuse what contradicts itself.

    Raises:
        SchemaError: it expires before it is made; a file's name stands twice or could
            lead elsewhere; the parts do not hold the files, or one is not full; it has
            parts and an archive.
    """
    if release.expires < release.made:
        msg = "a release expires before it is made"
        raise SchemaError(msg)
    names = [table.file for table in release.tables]
    if len(set(names)) < len(names) or not all(map(_FILE.fullmatch, names)):
        msg = "a file of a release has a name that stands twice or that none may have"
        raise SchemaError(msg)
    if release.archive is not None:
        if release.parts or not _FILE.fullmatch(release.archive.file):
            msg = "a release has parts beside its archive, or a name that none may have"
            raise SchemaError(msg)
        return
    if release.pushed:
        return
    held = [part.octets - sealing.TAG_BYTES for part in release.parts]
    if sum(held) != sum(table.octets for table in release.tables):
        msg = "the parts of a release do not hold its files"
        raise SchemaError(msg)
    if any(octets != PART_BYTES for octets in held[:-1]):
        msg = "a part of a release that is not the last one is not full"
        raise SchemaError(msg)
