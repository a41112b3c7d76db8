# SPDX-License-Identifier: Apache-2.0
"""Hands the records of a disclosure over, and writes the client's notice.

Rules: sealed to the authority where the matter names one of the register, else as an
archive that a password opens; either has a head that the keeper signs, which verifies
offline; one table a file, its columns those of the scope; the digest of head or archive
is in the ledger before anybody has it; the client is told, at once or from the day that
people decided.
Not here: which records (`records.py`), the archive's form
(`server/keeper/rights/archive.py`).
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from server.errors import LimitError
from server.keeper import notices
from server.keeper.bounds import DISCLOSURE_NOTICE_SECONDS, EXPORT_KEEP_SECONDS
from server.keeper.desk import Desk
from server.keeper.disclosing import counting, sealing
from server.keeper.disclosing.naming import BASIS, delay_of
from server.keeper.disclosing.records import Found, Piece, pieces
from server.keeper.disclosing.rows import OWN, rows_of
from server.keeper.ledger_lines import add_once
from server.keeper.notices import CLIENT, Telling
from server.keeper.proving import proof
from server.keeper.rights import about, archive, exporting
from server.keeper.rights.archive import Member
from server.key_files import have_directory, replace_file
from server.query import render
from server.register.notices import NoticeKind
from wire import limits
from wire.papers.decision import Decided
from wire.papers.matter import MATTER, Matter, matter_digest
from wire.papers.release import (
    NO_DATA_KEY,
    Archive,
    Release,
    ReleasedFile,
    sign_release,
)
from wire.papers.scope import DatasetScope, Scope

if TYPE_CHECKING:
    from wire.cbor import Plain

MANIFEST = "manifest.json"
ARCHIVE = "production.zip"
"""What an archive is called beside its head."""


class _File:
    """One dataset's rows as CSV, and the digest of it."""

    def __init__(self, dataset: DatasetScope) -> None:
        """Write the head."""
        self.dataset, self.rows = dataset, 0
        self.member, self.digest = Member(), hashlib.sha256()
        self._write(next(render.csv([*OWN, *dataset.columns], [])))

    def take(self, piece: Piece) -> None:
        """Write the rows of a piece."""
        names = [*OWN, *self.dataset.columns]
        lines = render.csv(names, rows_of(piece, self.dataset))
        next(lines)
        for line in lines:
            self._write(line)
        self.rows += len(piece.chosen.rows)

    @property
    def name(self) -> str:
        """Return what it is called."""
        return f"{self.dataset.name}.csv"

    def told(self) -> ReleasedFile:
        """Return what a head says of it.

        Raises:
            LimitError: more than one archive may hold.
        """
        columns, octets = sealing.columns_of(self.dataset), self.member.size
        if octets > limits.RELEASE_BYTES:
            msg = "more than one archive may hold: ask for less in one disclosure"
            raise LimitError(msg)
        return ReleasedFile(self.dataset.name, columns, self.rows, self.name, octets)

    def _write(self, line: str) -> None:
        text = f"{line}\r\n"
        self.digest.update(text.encode())
        self.member.write(text)


def produce(
    desk: Desk, matter: Matter, scope: Scope, decided: Sequence[Decided], now: int
) -> Found:
    """Hand a disclosure over, sealed or locked; may be called again after a crash.

    Args:
        desk: what the keeper works with; `ending` is held.
        matter: approved.
        scope: of the matter, checked.
        decided: the decisions that approved it.
        now: seconds since the epoch.

    Returns:
        What is in it.

    Raises:
        LimitError: more than one archive may hold.
        StateError: the disk or the ledger refuses.
    """
    recipient = sealing.recipient_of(desk, matter, scope, now)
    if recipient is None:
        found, digest = _lock(desk, matter, scope, decided, now)
    else:
        found, digest = sealing.seal(desk, matter, scope, decided, recipient, now)
    body: dict[str, Plain] = {
        "case": matter.case,
        "kind": matter.kind.value,
        "datasets": [*sorted(one.name for one in scope.datasets)],
        "rows": found.rows.total(),
        "envelopes": found.envelopes + found.extracts,
        "digest": digest,
    }
    if recipient is not None:
        body |= {"recipient": recipient.name, "release": matter.case}
    add_once(desk, "disclosed", body, ("case", "digest"), 0)
    _tell_client(desk, matter, scope, found, now)
    return found


def _lock(
    desk: Desk, matter: Matter, scope: Scope, decided: Sequence[Decided], now: int
) -> tuple[Found, bytes]:
    """Write the archive of a disclosure; returns what is in it, and its digest."""
    password = exporting.password_for(desk, matter.case, now)
    found, files = Found(), {one.name: _File(one) for one in scope.datasets}
    for piece in pieces(desk, matter, scope, found):
        files[piece.chosen.table.dataset].take(piece)
    members = {file.name: file.member for file in files.values()}
    members[MANIFEST] = Member()
    members[MANIFEST].write(_manifest(desk, matter, decided, found, files, now))
    octets = archive.locked(members, password, now)
    digest = hashlib.sha256(octets).digest()
    head = Release(
        desk.tenant,
        matter.case,
        matter_digest(MATTER.encode(matter)),
        _receiver(matter)[: limits.NAME_CHARS],
        now,
        now + EXPORT_KEEP_SECONDS,
        tuple(file.told() for file in files.values()),
        (),
        sealing.FORM,
        matter.term(BASIS),
        tuple(decided),
        NO_DATA_KEY,
        sealing.custody_of(desk, matter, found),
        Archive(ARCHIVE, digest, len(octets)),
    )
    paper = proof(desk, sign_release(head, desk.keyring.keeper_key()))
    path = exporting.path_of(desk, matter.case)
    have_directory(path.parent)
    replace_file(path, octets)
    replace_file(head_path(desk, matter.case), paper)
    return found, digest


def head_path(desk: Desk, case: bytes) -> Path:
    """Return where the head of a case's archive waits, beside it."""
    return exporting.path_of(desk, case).with_suffix(".head")


def _receiver(matter: Matter) -> str:
    return matter.term("authority") or "whoever protects our rights"


def _manifest(
    desk: Desk,
    matter: Matter,
    decided: Sequence[Decided],
    found: Found,
    files: dict[str, _File],
    now: int,
) -> str:
    octets = MATTER.encode(matter)
    named = {
        "tenant": desk.tenant.hex(),
        "case": matter.case.hex(),
        "kind": matter.kind.value,
        "made": about.moment(now),
        "counted": about.moment(counting.counted(desk, matter.case)),
        "matter": octets.hex(),
        "matter_digest": matter_digest(octets).hex(),
        "terms": {item.name: item.text for item in matter.terms},
        "files": [
            {
                "name": file.name,
                "columns": [*OWN, *file.dataset.columns],
                "rows": file.rows,
                "sha256": file.digest.hexdigest(),
            }
            for file in files.values()
        ],
        "verified": {
            "envelopes, by their devices' signatures": found.envelopes,
            "extracts, by the keeper's signature": found.extracts,
            "left out, for they did not open or verify": found.shut,
        },
        "decisions": [
            {"decision": one.decision.hex(), "public": one.public.hex()}
            for one in decided
        ],
    }
    return json.dumps(named, indent=1) + "\n"


def _tell_client(
    desk: Desk, matter: Matter, scope: Scope, found: Found, now: int
) -> None:
    days = [(about.moment(one) or "")[:10] for one in (scope.since, scope.until)]
    title = f"case {matter.case.hex()[:12]}, {matter.kind.value}"
    words = [
        f"We gave data of your machines away: {title}.",
        "",
        f"To: {_receiver(matter)}",
        f"Basis: {matter.term(BASIS)}",
        f"Made from {days[0]} to {days[1]}:",
        *(f"  {name}: {rows} rows" for name, rows in sorted(found.rows.items())),
    ]
    told = Telling(NoticeKind.DISCLOSURE, CLIENT, matter.case, "\n".join(words))
    notices.due(desk, told, now + DISCLOSURE_NOTICE_SECONDS, now, delay_of(matter))
