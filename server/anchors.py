# SPDX-License-Identifier: Apache-2.0
"""Anchors: signed checkpoints of the ledger, kept where the ledger is not.

Rules: an anchor is signed only for a ledger that is whole and goes on from the last
anchor; one that was written is never written again; each names by its file how many
entries it stands for and when it was made.
Not here: the note's form (`wire/papers/note.py`), what an anchor shows of a ledger
(`server/ledger_checks.py`), when one is due for the keeper (`server/keeper/rounds`).
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from server.errors import StateError, TrustError, UsageError
from server.key_files import have_directory, read_open, replace_file
from server.layout import Layout
from server.ledger import SqliteLedger
from server.ledger_acts import ANCHORED
from wire import anchored, limits
from wire.anchored import Anchored
from wire.crypto.signing import SigningKey, verify
from wire.errors import SignatureError, WireError
from wire.papers import note
from wire.papers.note import Checkpoint

HOUR, DAY = 3_600, 86_400
"""What was done is anchored within the first; that nothing was, within the second."""
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(\d{12})-(\d{8}T\d{6}Z)\.note\Z", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """An anchor's file, as its name has it.

    Attributes:
        size: number of entries that it stands for.
        made: seconds since the epoch.
        path: the file.
    """

    size: int
    made: int
    path: Path


def place(layout: Layout) -> Path:
    """Return the directory where an installation keeps its own anchors."""
    return layout.ledger.parent / "anchors"


def origin_of(tenant: bytes) -> str:
    """Return the first line of a tenant's anchors, which also names their key."""
    return f"discreet-ledger/{tenant.hex()}"


def kept(directory: Path) -> list[Kept]:
    """Return the anchors of a directory, the smallest first; other files are not seen.

    Raises:
        UsageError: it is no directory that this user can read.
    """
    found = []
    try:
        for path in directory.iterdir():
            match = _NAME.match(path.name)
            if match is not None:
                made = datetime.strptime(match[2], _STAMP).replace(tzinfo=UTC)
                found.append(Kept(int(match[1]), int(made.timestamp()), path))
    except (OSError, ValueError):
        msg = f"{directory} is no directory of anchors that this user can read"
        raise UsageError(msg) from None
    return sorted(found)


def read(directory: Path, origin: str, publics: Collection[bytes]) -> list[Checkpoint]:
    """Return a directory's checkpoints, each signature checked, the smallest first.

    Args:
        directory: where they lie.
        origin: whose ledger, from `origin_of`, or from `origin_in` where only the key
            is known.
        publics: keys that may have signed them.

    Raises:
        UsageError: there is none, or it cannot be read.
        TrustError: one is not signed by these keys or not what its name says, or two
            of them contradict each other.
    """
    found = [_checked(one, origin, publics) for one in _some(directory)]
    for one, other in pairwise(found):
        if one.size == other.size and one.root != other.root:
            msg = (
                f"two anchors of {directory} say different things of {one.size} "
                "entries: there were two ledgers; keep both, and find out who could "
                "sign them"
            )
            raise TrustError(msg)
    return found


def origin_in(directory: Path) -> str:
    """Return whose ledger the anchors of a directory say they are of; checks nothing.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    text = _octets(_some(directory)[0].path).decode("utf-8", "replace")
    return text.partition("\n")[0]


def signers(ledger: SqliteLedger) -> set[bytes]:
    """Return the public keys that a ledger says signed its anchors."""
    named = (entry.body for entry in ledger.entries() if entry.act == ANCHORED)
    keys = (body.get("key") for body in named if body is not None)
    return {key for key in keys if isinstance(key, bytes)}


def is_due(ledger: SqliteLedger, directory: Path, now: int) -> bool:
    """Tell whether an anchor is due: after an hour with an act, or after a day.

    Args:
        ledger: the collector's.
        directory: the installation's own anchors.
        now: seconds since the epoch.
    """
    last = _last(directory)
    if last is None or last.made > now:
        return True  # the first, or a clock that was set back
    age = now - last.made
    return age >= DAY or (age >= HOUR and ledger.head().index != last.size)


def anchor(
    ledger: SqliteLedger, key: SigningKey, tenant: bytes, directory: Path, now: int
) -> Kept:
    """Write an anchor of all entries so far, with its own, and return it.

    Args:
        ledger: the collector's.
        key: the keeper's, which the entry names.
        tenant: whose ledger, 16 bytes.
        directory: the installation's own anchors.
        now: seconds since the epoch.

    Raises:
        StateError: ledger or directory cannot be written.
        TrustError: the ledger is not whole, or does not go on from the last anchor.
    """
    have_directory(directory)
    last = _last(directory)
    publics = signers(ledger) | {key.public}
    whose = origin_of(tenant)
    ledger.verify([] if last is None else [_checked(last, whose, publics)])
    ledger.add(ANCHORED, {"key": key.public}, now)
    held = ledger.tree()
    text = note.sign(whose, held.size, held.root(), key)
    stamp = datetime.fromtimestamp(now, UTC).strftime(_STAMP)
    path = directory / f"{held.size:012d}-{stamp}.note"
    replace_file(path, text.encode())
    return Kept(held.size, now, path)


def for_devices(
    one: Kept, tenant: bytes, publics: Collection[bytes], key: SigningKey
) -> bytes:
    """Return an anchor as devices are told it.

    Args:
        one: an anchor of the installation.
        tenant: whose ledger, 16 bytes.
        publics: keys that may have signed it.
        key: the keeper's, which signs it for them.

    Raises:
        TrustError: it is not what it was.
    """
    origin = origin_of(tenant)
    found = _checked(one, origin, publics)
    text = note.text_of(origin, found.size, found.root)
    said = Anchored(found.size, found.root, key.public, key.sign(text.encode()))
    return anchored.ANCHORED.encode(said)


def told(said: Anchored, tenant: bytes, publics: Collection[bytes]) -> Checkpoint:
    """Return the checkpoint that a device was told.

    Args:
        said: as its ledger has it.
        tenant: whose ledger, 16 bytes.
        publics: keys that may have signed it.

    Raises:
        TrustError: none of these keys signed it.
    """
    origin = origin_of(tenant)
    text = note.text_of(origin, said.size, said.root)
    if said.public not in publics or not _signed(said, text):
        msg = (
            f"a device was told an anchor of {said.size} entries that no key of this "
            "ledger signed: there were two ledgers, or it is of another collector"
        )
        raise TrustError(msg)
    return Checkpoint(origin, said.size, said.root, said.public)


def of_endpoint(
    path: Path, tenant: bytes, publics: Collection[bytes]
) -> list[Checkpoint]:
    """Return what a machine was told of the ledger, as its own ledger has it.

    Args:
        path: what `discreet-agent ledger --last 0 --json` printed there.
        tenant: whose ledger, 16 bytes.
        publics: keys that may have signed it.

    Raises:
        UsageError: it is no such file, or the machine was told nothing.
        TrustError: none of these keys signed an anchor of it.
    """
    try:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        found = [_said(line["body"]) for line in lines if line["act"] == anchored.ACT]
    except (OSError, ValueError, LookupError, TypeError):
        msg = f"{path} is not what discreet-agent ledger --last 0 --json prints"
        raise UsageError(msg) from None
    if not found:
        msg = f"{path} has no anchor: that machine was told none, or --last 0 is amiss"
        raise UsageError(msg)
    return [told(one, tenant, publics) for one in found]


def _said(body: Mapping[str, object]) -> Anchored:
    """Return what a machine's ledger has of an anchor, in JSON."""
    size = body["size"]
    if not isinstance(size, int):
        raise TypeError
    octets = [bytes.fromhex(str(body[name])) for name in ("root", "key", "signature")]
    return Anchored(size, *octets)


def _signed(said: Anchored, text: str) -> bool:
    try:
        verify(said.public, said.signature, text.encode())
    except SignatureError:
        return False
    return True


def hand_out(directory: Path, outside: Path) -> int:
    """Copy the anchors that a place outside lacks; returns how many.

    Args:
        directory: the installation's own anchors.
        outside: a directory that another machine, or another user, keeps.

    Raises:
        StateError: it cannot be read or written.
        TrustError: it has anchors of another history.
    """
    try:
        there = {one.path.name for one in kept(outside)}
    except UsageError:
        msg = f"{outside} cannot be read: mount it, or let this user read it"
        raise StateError(msg) from None
    here = {one.path.name: one for one in kept(directory)}
    if there - here.keys():
        msg = (
            f"{outside} has anchors that this ledger never made: this machine was set "
            "back, or the place is another's; keep it, and name a new [anchors] "
            "directory once a keeper has started with the old one"
        )
        raise TrustError(msg)
    missing = [one for name, one in here.items() if name not in there]
    for one in missing:
        replace_file(outside / one.path.name, _octets(one.path))
    return len(missing)


def _last(directory: Path) -> Kept | None:
    found = kept(directory) if directory.exists() else []
    return found[-1] if found else None


def _some(directory: Path) -> list[Kept]:
    found = kept(directory)
    if not found:
        msg = f"{directory} has no anchor: give the directory that they are written to"
        raise UsageError(msg)
    return found


def _checked(one: Kept, origin: str, publics: Collection[bytes]) -> Checkpoint:
    try:
        found = note.read(_octets(one.path).decode(), origin, publics)
    except (WireError, UnicodeDecodeError) as error:
        why = error if isinstance(error, WireError) else "it is no text"
        msg = f"anchor {one.path.name} does not hold: {why}"
        raise TrustError(msg) from None
    if found.size != one.size:
        msg = f"anchor {one.path.name} stands for {found.size} entries: it was renamed"
        raise TrustError(msg)
    return found


def _octets(path: Path) -> bytes:
    return read_open(path, 4 * limits.NOTE_CHARS + 1)
