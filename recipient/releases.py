# SPDX-License-Identifier: Apache-2.0
"""Verifies and opens a release, and writes what the recipient signs about it.

Rules: nothing of a directory is believed before its head verifies along the pinned root
digest, and no part before its digest does; files appear all together or not at all.
Not here: the formats (`wire/papers`), files of keys (`keys.py`).
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from recipient import files
from recipient.errors import STATE, RecipientError
from recipient.keys import Keys
from wire import limits
from wire.errors import OpenError
from wire.papers.fetch import (
    NONCE_BYTES,
    RELEASE_KEY,
    Fetch,
    Received,
    Said,
    sign_fetch,
    sign_received,
)
from wire.papers.release import (
    Release,
    check_part,
    head_digest,
    open_data_key,
    open_part,
    verify_release,
)

_ANSWER_BYTES = 2 * limits.KIB


def head_of(directory: Path, digest: bytes) -> Release:
    """Return the head of a release.

    Args:
        directory: with the head and the parts.
        digest: root digest of the collector, from elsewhere.

    Raises:
        RecipientError: there is no head.
        WireError: it does not verify.
    """
    octets = files.read(directory / "head", limits.PROOF_BYTES)
    return verify_release(octets, digest)


def check_files(directory: Path, head: Release) -> None:
    """Require that all parts, or the archive, are as the head names; opens nothing.

    Raises:
        RecipientError: one is not there.
        OpenError: one is another.
    """
    if head.archive is not None:
        found = files.measured(directory / head.archive.file)
        if found != (head.archive.octets, head.archive.digest):
            msg = "the archive is not the one that the head names: get it again"
            raise OpenError(msg)
    for number, octets in _parts(directory, head):
        check_part(head, number, octets)


def open_release(
    directory: Path, head: Release, answer: bytes, keys: Keys, to: Path
) -> None:
    """Write the files of a release into a new directory.

    Args:
        directory: with the parts.
        head: verified.
        answer: encoded ReleaseKey that the provider gave.
        keys: the recipient's.
        to: to be made.

    Raises:
        RecipientError: a file cannot be read or written.
        WireError: the answer or a part does not open.
    """
    found = RELEASE_KEY.decode(answer)
    key = open_data_key(found.sealed, head, found.nonce, keys.opening)
    beside = to.with_name(f".{to.name}.new")
    if to.exists() or beside.exists():
        msg = f"{to} or {beside} is there already: remove it, or choose another"
        raise RecipientError(STATE, msg)
    try:
        beside.mkdir(mode=0o700)
        _write_files(beside, head, _pieces(directory, head, key))
        beside.rename(to)
    except OSError as error:
        raise files.refused(to, error) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def request(head: Release, keys: Keys, now: int) -> bytes:
    """Return the signed request for the key of a release."""
    nonce = os.urandom(NONCE_BYTES)
    return sign_fetch(Fetch(head.id, head.recipient, now, nonce), keys.signing)


def receipt(head: Release, keys: Keys, said: Said, now: int) -> bytes:
    """Return a signed receipt, or attestation that all of it was deleted."""
    received = Received(head.id, head.recipient, head_digest(head), said, now)
    return sign_received(received, keys.signing)


def read_answer(path: Path) -> bytes:
    """Return the provider's answer.

    Raises:
        RecipientError: it cannot be read.
    """
    return files.read(path, _ANSWER_BYTES)


def _parts(directory: Path, head: Release) -> Iterator[tuple[int, bytes]]:
    for number in range(len(head.parts)):
        path = directory / f"part-{number + 1:04}"
        yield number, files.read(path, limits.PART_BYTES)


def _pieces(directory: Path, head: Release, key: bytes) -> Iterator[bytes]:
    for number, octets in _parts(directory, head):
        yield open_part(key, head, number, octets)


def _write_files(directory: Path, head: Release, pieces: Iterator[bytes]) -> None:
    """Cut the pieces into the files that the head names."""
    held = b""
    for table in head.tables:
        left = table.octets
        with (directory / table.file).open("xb") as file:
            while left:
                held = held or next(pieces)
                file.write(held[:left])
                held, left = held[left:], left - len(held[:left])
    for piece in pieces:  # the last part has its seal, even where it is empty
        held += piece
