# SPDX-License-Identifier: Apache-2.0
"""Pushes rows to a recipient's channel, batch by batch, under a grant that says so.

Rules: the grant is judged before each batch; ledger, register and a signed head name
what is about to leave before it leaves; an envelope counts as pushed once the receiver
took its batch, so after a break none is missing, and no more than that batch comes
twice; no octet leaves beyond the grant's, and what was tried counts.
Not here: where to (`channels.py`), opening (`batches.py`), what may leave
(`permitted.py`, `projection.py`), releases that are opened (`releasing.py`).
Source: docs/adr/0035-what-leaves-by-a-channel.md.
"""

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from server.errors import DeniedError, LimitError, UsageError
from server.formats.pushing import Prepared, prepared, send
from server.formats.sending import Target
from server.formats.tables import About
from server.keeper.bounds import PUSH_WAIT_SECONDS
from server.keeper.desk import Desk
from server.keeper.proving import proof
from server.keeper.sharing import channels, granting, releasing, writing
from server.keeper.sharing.batches import Opened, open_next
from server.keeper.sharing.projection import narrowed
from server.key_files import have_directory, replace_file
from server.register import recipients, releases
from server.register.recipients import Granted
from server.register.releases import Made
from wire import limits
from wire.papers.grant import Grant
from wire.papers.recipient import Recipient
from wire.papers.release import (
    NO_DATA_KEY,
    Custody,
    Release,
    ReleasedColumn,
    ReleasedFile,
    head_digest,
    sign_release,
)
from wire.release import __version__

if TYPE_CHECKING:
    from wire.cbor import Plain

_ID_BYTES = 16
_NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one batch.

    Attributes:
        head: what was pushed with it and before it, under one id; None where nothing
            waited.
        rows: how many went with this batch.
        refused: how many of them the receiver says that it did not take.
        more: whether more may wait.
    """

    head: Release | None = None
    rows: int = 0
    refused: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows that are written down and ready to leave."""

    target: Target
    parts: tuple[Prepared, ...]
    head: Release
    opened: Opened


def push(
    desk: Desk, granted: Granted, release: bytes | None, user: str, now: int
) -> Pushed:
    """Push the next batch of what a grant permits and was not pushed yet.

    Args:
        desk: what the keeper works with.
        granted: the grant.
        release: id under which a push goes on; None to begin one.
        user: who asks.
        now: seconds since the epoch.

    Raises:
        DeniedError: the grant permits nothing, or another push is under way.
        LimitError: the batch would have more octets than the grant leaves.
        ServerError: the channel cannot be reached or does not take it.
    """
    if not desk.pushing.acquire(timeout=PUSH_WAIT_SECONDS):
        reason, msg = "busy", "another push is under way: push again later"
        raise DeniedError(reason, msg)
    try:
        with desk.ending:
            batch = _next(desk, granted, release, user, now)
        if batch is None:
            return Pushed()
        refused = send(batch.parts, batch.target)
        with desk.register.transaction() as connection:
            releases.note_pushed(connection, granted.digest, batch.opened.sources)
        rows = sum(len(rows) for rows in batch.opened.rows.values())
        return Pushed(batch.head, rows, refused, batch.opened.more)
    finally:
        desk.pushing.release()


def sweep(desk: Desk, now: int) -> None:
    """Forget what was pushed under grants that are over.

    Args:
        desk: what the keeper works with; `ending` is held.
        now: the time that grants end by.
    """
    for granted in granting.every(desk):
        if granted.revoked is not None or granting.opened(desk, granted).until < now:
            with desk.register.transaction() as connection:
                releases.forget_pushed(connection, granted.digest)


def _next(
    desk: Desk, granted: Granted, release: bytes | None, user: str, now: int
) -> _Batch | None:
    """Open, project and write down the next batch; None where nothing waits."""
    moment = max(now, desk.clock.latest())
    grant, revoked = granting.opened(desk, granted), _is_revoked(desk, granted)
    held, permission = granting.require(desk, grant, moment, revoked=revoked)
    if grant.delivery is None:
        msg = "this grant's rows are released, not pushed: use share make"
        raise UsageError(msg)
    target = channels.target_of(desk, held.recipient, grant.format)
    before = None if release is None else _begun(desk, granted, release)
    number = secrets.token_bytes(_ID_BYTES) if before is None else before.id
    if before is None:
        scope = narrowed(grant.scope, permission.columns)
        releasing.tell_opening(desk, grant, scope, number, user, now)
    opened = open_next(desk, granted.digest, grant, permission.columns, moment)
    if not opened.sources:
        return None
    about = About(grant.purpose.value, now, __version__)
    parts = {
        name: prepared(grant.format, table, about)
        for name, table in opened.tables().items()
    }
    _require_octets(desk, granted, grant, parts)
    head = _head(
        _begin(desk, granted, grant, held.recipient, number, now)
        if before is None
        else writing.head_of(desk, before),
        {
            name: releasing.columns_of(desk, name, permission.columns, grant, now)
            for name in parts
        },
        parts,
        opened,
        user,
    )
    _write_down(desk, grant, head, opened, user, now)
    return _Batch(target, tuple(parts.values()), head, opened)


def _is_revoked(desk: Desk, granted: Granted) -> bool:
    """Tell whether a grant was revoked, maybe since the batch before."""
    with desk.register.view() as connection:
        newest = recipients.grant(connection, granted.id)
    return newest is None or newest.revoked is not None


def _begun(desk: Desk, granted: Granted, release: bytes) -> Made:
    """Return the push that goes on.

    Raises:
        UsageError: there is none of this id under this grant.
        DeniedError: it was revoked.
    """
    made = writing.find(desk, release)
    if made is None or made.granted != granted.digest:
        msg = "there is no such push under this grant: begin a new one"
        raise UsageError(msg)
    if made.revoked is not None:
        reason, msg = "revoked", "this push was revoked: begin a new one"
        raise DeniedError(reason, msg)
    return made


def _require_octets(
    desk: Desk, granted: Granted, grant: Grant, parts: dict[str, Prepared]
) -> None:
    """Refuse a batch that is more than a grant leaves; what was tried counts.

    Raises:
        LimitError: it is.
    """
    with desk.register.view() as connection:
        spent = releases.octets_of(connection, granted.digest)
    wanted = sum(part.octets for part in parts.values())
    if spent + wanted > grant.octets:
        msg = (
            f"the next rows have {wanted:,} bytes, and of the {grant.octets:,} that "
            f"the grant allows {spent:,} are used up: ask for a new grant"
        )
        raise LimitError(msg)


def _begin(
    desk: Desk,
    granted: Granted,
    grant: Grant,
    recipient: Recipient,
    number: bytes,
    now: int,
) -> Release:
    """Return the head of a push of which nothing has left yet."""
    return Release(
        *(desk.tenant, number, granted.digest, recipient.name, now),
        min(grant.until, recipient.agreement_until),
        (),
        (),
        grant.format,
        None,
        grant.decisions,
        NO_DATA_KEY,
    )


def _head(
    before: Release,
    columns: dict[str, tuple[ReleasedColumn, ...]],
    parts: dict[str, Prepared],
    opened: Opened,
    user: str,
) -> Release:
    """Return a head that counts a batch as well as what left before it."""
    tables = {table.dataset: table for table in before.tables}
    for name, part in parts.items():
        known = tables.get(name)
        file = f"{name}.{writing.ENDINGS[before.format]}"
        rows = len(opened.rows[name]) + (known.rows if known else 0)
        octets = part.octets + (known.octets if known else 0)
        tables[name] = ReleasedFile(name, columns[name], rows, file, octets)
    held = before.custody
    custody = Custody(
        user[: limits.NAME_CHARS] or _NOBODY,
        None,
        len(opened.sources) + (held.verified if held else 0),
        0,
        max(opened.shut, held.left_out if held else 0),
    )
    return replace(before, tables=tuple(tables.values()), custody=custody)


def _write_down(
    desk: Desk, grant: Grant, head: Release, opened: Opened, user: str, now: int
) -> None:
    """Let ledger, register and the head's file name what is about to leave."""
    paper = sign_release(head, desk.keyring.keeper_key())
    body: dict[str, Plain] = {
        "by": user,
        "case": grant.id,
        "grant": head.grant,
        "release": head.id,
        "recipient": head.recipient,
        "purpose": grant.purpose.value,
        "datasets": [*opened.rows],
        "rows": sum(len(rows) for rows in opened.rows.values()),
        "until": head.expires,
        "digest": head_digest(head),
    }
    desk.ledger.add("release-pushed", body, now)
    octets = sum(table.octets for table in head.tables)
    made = Made(
        *(head.id, head.grant, head.recipient, head.made, head.expires, octets),
        *(paper, None),
        fetched=now,
    )
    with desk.register.transaction() as connection:
        releases.note_leaving(connection, made, opened.sources)
    directory = writing.directory_of(desk, head.id)
    for place in (directory.parent, directory):
        have_directory(place)
    replace_file(directory / "head", proof(desk, paper))
