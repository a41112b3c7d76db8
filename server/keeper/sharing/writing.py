# SPDX-License-Identifier: Apache-2.0
"""Makes a release: sealed parts and a signed head in a directory of its own.

Rules: it is there whole or not at all, whenever the keeper is killed; what was made
once is not made again; its data key lies locked in the register alone.
Not here: what may be in it (`permitted.py`), giving out its key (`fetching.py`).
"""

import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from policies import catalogue
from server.errors import StateError, UsageError
from server.formats import choosing
from server.formats.tables import About, Column, Row, Table
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.proving import proof
from server.keeper.sharing.parts import Parts
from server.key_files import have_directory, make_directory, sync_directory, write_new
from server.keyring import KeyKind, case_scope
from server.register import releases
from server.register.releases import Made
from wire import limits
from wire.crypto.opening import WRAP_KEY_BYTES
from wire.crypto.sealing import key_id
from wire.errors import WireError
from wire.papers.decision import Decided
from wire.papers.recipient import Recipient
from wire.papers.release import (
    Custody,
    Release,
    ReleasedColumn,
    ReleasedFile,
    data_key_digest,
    head_digest,
    read_release,
    sign_release,
)
from wire.release import __version__

if TYPE_CHECKING:
    from wire.cbor import Plain

NOTE = b"data-key"
"""The name under which a release's data key is locked."""
ENDINGS = {
    "jsonl": "jsonl",
    "csv": "csv",
    "parquet": "parquet",
    "syslog": "log",
    "ocsf": "ocsf.jsonl",
    "cyclonedx": "cdx.json",
    "otlp-logs": "otlp.binpb",
    "otlp-metrics": "otlp.binpb",
}
"""How the files of each format are called after their dataset."""


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """Rows that somebody may get, already projected and under its own stand-ins.

    Attributes:
        dataset: whose rows they are; each dataset stands once.
        columns: name, DuckDB's word for the type, and what was done to the values.
        rows: plain values, in the order of the columns; gone through once.
    """

    dataset: str
    columns: tuple[ReleasedColumn, ...]
    rows: Iterable[Row]


def make(  # noqa: PLR0913 - what one release is
    desk: Desk,
    *,
    release: bytes,
    grant: bytes,
    recipient: Recipient,
    tables: Iterable[ReleasedTable],
    expires: int,
    form: str,
    purpose: str,
    decisions: Sequence[Decided],
    basis: str | None,
    now: int,
    cap: int = limits.RELEASE_BYTES,
    sources: Iterable[bytes] = (),
    custody: Callable[[], Custody] | None = None,
) -> Release:
    """Make a release, or return it as it was made; nothing ends meanwhile.

    Args:
        desk: what the keeper works with.
        release: its id, 16 bytes.
        grant: digest of the grant, or of the matter where there is none.
        recipient: whom it is for.
        tables: what is in it; at least one.
        expires: last second at which its data key is given out.
        form: format of the files, of `server.formats.choosing.NAMES`.
        purpose: for which the rows were opened.
        decisions: of the people who decided it.
        basis: on what legal basis; None where a grant says it.
        now: seconds since the epoch.
        cap: how many octets its files may have in all.
        sources: digests of the envelopes of which it has rows; asked for at the end.
        custody: what the head says of who had it made; likewise.

    Raises:
        LimitError: its files are larger than the cap; nothing of it is left.
        ServerError: it cannot be made; nothing of it is left.
        SchemaError: it breaks a bound of the format; likewise.
    """
    with desk.ending:
        held = find(desk, release)
        if held is not None:
            return head_of(desk, held)
        clear(desk, release, now)
        desk.keyring.cases.add(desk.tenant, KeyKind.RELEASE, release, now)
        try:
            key = secrets.token_bytes(WRAP_KEY_BYTES)
            parts = Parts(_begun(desk, release), release, key, cap)
            about = About(purpose, now, __version__)
            files = tuple(_written(table, form, about, parts) for table in tables)
            parts.finish()
            head = Release(
                *(desk.tenant, release, grant, recipient.name, now, expires, files),
                *(tuple(parts.parts), form, basis, tuple(decisions)),
                data_key_digest(key),
                custody() if custody else None,
            )
            paper = sign_release(head, desk.keyring.keeper_key())
            write_new(_unready(desk, release) / "head", proof(desk, paper))
            note = desk.keyring.cases.seal_note(_scope(release), NOTE, key)
            _into_place(desk, release)
        except BaseException:
            clear(desk, release, now)
            raise
        made = Made(
            *(release, grant, recipient.name, now, expires, parts.octets, paper, note)
        )
        _tell(desk, head)
        with desk.register.transaction() as connection:
            releases.add(connection, made, sources)
        return head


def find(desk: Desk, release: bytes) -> Made | None:
    """Return a release as the register has it, or None."""
    with desk.register.view() as connection:
        return releases.find(connection, release)


def named(
    desk: Desk, octets: bytes, which: Callable[[bytes], bytes], what: str
) -> Made:
    """Return the release that a recipient's message is about.

    Args:
        desk: what the keeper works with.
        octets: the message.
        which: reads the release's id out of it.
        what: what it should be, for the sentence.

    Raises:
        UsageError: it is not that, or of no release of this collector.
    """
    try:
        made = find(desk, which(octets))
    except WireError as error:
        msg = f"this is not {what}: {error}"
        raise UsageError(msg) from None
    if made is None:
        msg = "this is about a release that is not of this collector"
        raise UsageError(msg)
    return made


def head_of(desk: Desk, made: Made) -> Release:
    """Return the head of a release."""
    return read_release(made.head, desk.keyring.keeper_key().public)


def directory_of(desk: Desk, release: bytes) -> Path:
    """Return where the head and parts of a release are."""
    return desk.layout.releases / release.hex()


def clear(desk: Desk, release: bytes, now: int) -> None:
    """Remove the files of a release and destroy the key that locks its data key.

    Args:
        desk: what the keeper works with; `ending` is held.
        release: one that is over, or was never whole.
        now: seconds since the epoch.

    Raises:
        StateError: the disk or the keyring refuses.
    """
    end_key(desk, release, now)
    remove_files(desk, release)


def end_key(desk: Desk, release: bytes, now: int) -> None:
    """Destroy the key that locks the data key of a release, unless that was done.

    Raises:
        StateError: the keyring refuses.
    """
    key = desk.keyring.cases.opening(desk.tenant, KeyKind.RELEASE, release)
    if key is not None:
        desk.keyring.destroy([key_id(key.public)], "release-over", now)


def end_strange_keys(desk: Desk, now: int) -> None:
    """Destroy the keys of releases that have no locked data key.

    Raises:
        StateError: the keyring refuses.
    """
    with desk.register.view() as connection:
        locked = {made.id for made in releases.every(connection) if made.note}
    named = desk.keyring.cases.names(desk.tenant, KeyKind.RELEASE)
    dead = [number for number, name in named.items() if name not in locked]
    if dead:
        desk.keyring.destroy(dead, "release-over", now)


def remove_files(desk: Desk, release: bytes) -> None:
    """Remove the files of a release, whole or not.

    Raises:
        StateError: the disk refuses.
    """
    for path in (_unready(desk, release), directory_of(desk, release)):
        if path.exists():
            remove(path)


def remove(path: Path) -> None:
    """Remove a directory of a release, for which nobody gets a key any more.

    Raises:
        StateError: the disk refuses.
    """
    try:
        shutil.rmtree(path)
    except OSError as error:
        msg = f"cannot remove {path}: {error.strerror}"
        raise StateError(msg) from None


def _scope(release: bytes) -> str:
    return case_scope(KeyKind.RELEASE, release)


def locked_key(desk: Desk, made: Made) -> bytes | None:
    """Return the data key of a release; None once it is given out or over."""
    if made.note is None:
        return None
    return desk.keyring.cases.open_note(_scope(made.id), NOTE, made.note)


def _unready(desk: Desk, release: bytes) -> Path:
    return desk.layout.releases / f".tmp-{release.hex()}"


def _begun(desk: Desk, release: bytes) -> Path:
    have_directory(desk.layout.releases)
    make_directory(_unready(desk, release))
    return _unready(desk, release)


def _into_place(desk: Desk, release: bytes) -> None:
    sync_directory(_unready(desk, release))
    try:
        _unready(desk, release).rename(directory_of(desk, release))
    except OSError as error:
        msg = f"cannot put a release into its place: {error.strerror}"
        raise StateError(msg) from None
    sync_directory(desk.layout.releases)


def _written(
    table: ReleasedTable, form: str, about: About, parts: Parts
) -> ReleasedFile:
    """Write one table as one file; returns what the head says of it."""
    rows = _Counted(table.rows)
    columns = tuple(Column(one.name, one.type) for one in table.columns)
    dataset = catalogue().datasets.get(table.dataset)
    begun = parts.octets
    # it takes what a binary file takes, as far as the formats write
    out = cast("BinaryIO", parts)
    choosing.named(form).write(
        [Table(table.dataset, columns, rows, dataset)], about, out
    )
    name = f"{table.dataset}.{ENDINGS[form]}"
    octets = parts.octets - begun
    return ReleasedFile(table.dataset, table.columns, rows.count, name, octets)


class _Counted:
    """Rows, counted as they are gone through."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.count += 1
            yield row


def _tell(desk: Desk, head: Release) -> None:
    body: dict[str, Plain] = {
        "grant": head.grant,
        "release": head.id,
        "recipient": head.recipient,
        "datasets": [table.dataset for table in head.tables],
        "columns": sum(len(table.columns) for table in head.tables),
        "rows": sum(table.rows for table in head.tables),
        "until": head.expires,
        "digest": head_digest(head),
    }
    add_once(desk, "release-made", body, ("release", "digest"), 0)
