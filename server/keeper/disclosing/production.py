# SPDX-License-Identifier: Apache-2.0
"""Hands the records of a disclosure over, and writes the client's notice.

Rules: sealed to the authority where the matter names one of the register, else as an
archive that a password opens; one table a file, its columns those of the scope; the
digest of head or archive is in the ledger before anybody has it; the client is told, at
once or from the day that people decided.
Not here: which records (`records.py`), the archive's form
(`server/keeper/rights/archive.py`).
"""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.keeper import notices
from server.keeper.bounds import DISCLOSURE_NOTICE_SECONDS
from server.keeper.desk import Desk
from server.keeper.disclosing import counting, sealing
from server.keeper.disclosing.naming import delay_of
from server.keeper.disclosing.records import Found, Piece, pieces
from server.keeper.disclosing.rows import OWN, rows_of
from server.keeper.ledger_lines import add_once
from server.keeper.notices import CLIENT, Telling
from server.keeper.rights import about, archive, exporting
from server.keeper.rights.archive import Member
from server.key_files import make_directory, replace_file
from server.query import render
from server.register.notices import NoticeKind
from wire.papers.decision import Decided
from wire.papers.matter import MATTER, Matter, matter_digest
from wire.papers.scope import DatasetScope, Scope

if TYPE_CHECKING:
    from wire.cbor import Plain

MANIFEST = "manifest.json"


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
    members = {f"{name}.csv": file.member for name, file in files.items()}
    members[MANIFEST] = Member()
    members[MANIFEST].write(_manifest(desk, matter, decided, found, files, now))
    octets = archive.locked(members, password, now)
    path = exporting.path_of(desk, matter.case)
    if not path.parent.exists():
        make_directory(path.parent)
    replace_file(path, octets)
    return found, hashlib.sha256(octets).digest()


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
                "name": f"{name}.csv",
                "columns": [*OWN, *file.dataset.columns],
                "rows": file.rows,
                "sha256": file.digest.hexdigest(),
            }
            for name, file in files.items()
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
        f"To: {matter.term('authority') or 'whoever protects our rights'}",
        f"Basis: {matter.term('basis')}",
        f"Made from {days[0]} to {days[1]}:",
        *(f"  {name}: {rows} rows" for name, rows in sorted(found.rows.items())),
    ]
    told = Telling(NoticeKind.DISCLOSURE, CLIENT, matter.case, "\n".join(words))
    notices.due(desk, told, now + DISCLOSURE_NOTICE_SECONDS, now, delay_of(matter))
