# SPDX-License-Identifier: Apache-2.0
"""The evidence paper: what a package of evidence holds, file by file, and as of when.

Rules: it names every file of the package by its length and digest, so none can be
changed, added, taken away or renamed; a line of the ledger is shown to be in the very
tree that the paper names.
Not here: what the files say and making them (`server/evidence`).
Source: docs/spec/keeper.md, "Evidence".
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from wire import cbor, ledger, limits, signed
from wire.cbor import Plain
from wire.codec import Field, ListOf, Message, Octets, Text, Uint, fixed
from wire.crypto.signing import SigningKey
from wire.errors import ChainError, SchemaError
from wire.ledger import ENTRY, SALT_BYTES, Entry
from wire.papers import tree
from wire.papers.keeper import check_time, proven
from wire.signed import SignedKind

_FILE = re.compile(r"([a-z0-9][a-z0-9_-]*/)?[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The tree over a ledger: number of entries, and root of 32 bytes."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file of a package: its name, length in octets and SHA-256."""

    name: str
    octets: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Evidence:
    """The payload that the keeper signs.

    Attributes:
        tenant: 16 bytes.
        made: when it was signed, in seconds since the epoch.
        policy: digest of the signed policy in force, 32 bytes.
        ledger: the tree over all entries that there were.
        files: of the package, by name.
    """

    tenant: bytes
    made: int
    policy: bytes
    ledger: TreeHead
    files: tuple[EvidenceFile, ...]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """An entry of the ledger with what shows that it is there.

    Attributes:
        entry: as it is encoded in the chain.
        body: what happened, encoded.
        salt: 16 bytes, with which the entry names the body.
        path: from the entry to the root of the tree, 32 bytes each.
    """

    entry: bytes
    body: bytes
    salt: bytes
    path: tuple[bytes, ...]


TREE_HEAD = Message(
    "tree-head",
    TreeHead,
    (Field(1, "size", Uint(minimum=1)), Field(2, "root", fixed(32))),
)
EVIDENCE_FILE = Message(
    "evidence-file",
    EvidenceFile,
    (
        Field(1, "name", Text(limits.NAME_CHARS, 1)),
        Field(2, "octets", Uint(limits.EVIDENCE_BYTES)),
        Field(3, "digest", fixed(32)),
    ),
)
EVIDENCE = Message(
    "evidence",
    Evidence,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "made", Uint()),
        Field(3, "policy", fixed(32)),
        Field(4, "ledger", TREE_HEAD),
        Field(5, "files", ListOf(EVIDENCE_FILE, limits.EVIDENCE_FILES, 1)),
    ),
)
LEDGER_LINE = Message(
    "ledger-line",
    LedgerLine,
    (
        Field(1, "entry", Octets(1, limits.LEDGER_LINE_BYTES)),
        Field(2, "body", Octets(1, limits.LEDGER_LINE_BYTES)),
        Field(3, "salt", fixed(SALT_BYTES)),
        Field(4, "path", ListOf(fixed(32), limits.TREE_DEPTH)),
    ),
)


def files_of(files: Mapping[str, bytes]) -> tuple[EvidenceFile, ...]:
    """Return what a paper says of files, by name."""
    return tuple(
        EvidenceFile(name, len(octets), hashlib.sha256(octets).digest())
        for name, octets in sorted(files.items())
    )


def sign_evidence(evidence: Evidence, key: SigningKey) -> bytes:
    """Return an evidence paper signed by the keeper.

    Raises:
        SchemaError: its files are not in order, or one has no proper name.
    """
    _check(evidence)
    return signed.sign(SignedKind.EVIDENCE, EVIDENCE.encode(evidence), [key])


def verify_evidence(octets: bytes, digest: bytes) -> Evidence:
    """Return the evidence paper of a proof, of which only a digest is trusted.

    Args:
        octets: an encoded Proof.
        digest: the root digest of the collector, from elsewhere.

    Raises:
        WireError: of the kind that names the reason.
    """
    keeper, paper = proven(octets, digest)
    payload = signed.verified(paper, SignedKind.EVIDENCE, keeper.public)
    evidence = EVIDENCE.decode(payload)
    _check(evidence)
    check_time(keeper, evidence.made, evidence.tenant)
    return evidence


def read_line(octets: bytes, head: TreeHead) -> tuple[Entry, Mapping[int | str, Plain]]:
    """Return an entry of the ledger, and what happened, where the tree has it.

    Args:
        octets: an encoded LedgerLine.
        head: the tree, as an evidence paper names it.

    Raises:
        DecodeError: not a line.
        ChainError: the body is not the entry's, or the entry is not in the tree.
    """
    line = LEDGER_LINE.decode(octets)
    entry = ENTRY.decode(line.entry)
    if ledger.body_digest(line.body, line.salt) != entry.body:
        msg = f"the body of ledger entry {entry.index} was altered"
        raise ChainError(msg)
    leaf = ledger.entry_digest(line.entry)
    tree.check_inclusion(leaf, entry.index - 1, head.size, line.path, head.root)
    body = cbor.decode(line.body)
    if not isinstance(body, dict):
        msg = "the body of a ledger entry is no map"
        raise SchemaError(msg)
    return entry, body


def differences(evidence: Evidence, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return what is other than a paper says, as sentences; empty for nothing."""
    wanted = {one.name: one for one in evidence.files}
    there = {one.name: one for one in files_of(files)}
    return (
        *(f"{name} is missing" for name in wanted if name not in there),
        *(f"{name} was added" for name in there if name not in wanted),
        *(
            f"{name} was changed"
            for name, one in wanted.items()
            if name in there and there[name] != one
        ),
    )


def _check(evidence: Evidence) -> None:
    """Refuse what no package can be.

    Raises:
        SchemaError: its files are not in order, or one has no proper name.
    """
    names = [one.name for one in evidence.files]
    if any(one >= other for one, other in pairwise(names)):
        msg = "the files of a package of evidence are not in order"
        raise SchemaError(msg)
    if not all(_FILE.fullmatch(name) for name in names):
        msg = "a file of a package of evidence has a name that it may not have"
        raise SchemaError(msg)
