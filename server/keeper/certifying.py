# SPDX-License-Identifier: Apache-2.0
"""Makes the certificate of a deletion from what was looked at.

Rules: one for each job, and one in place of each that is pending and no longer so; it
is in the register before the ledger names it; it is pending while a backup that is
known, or one of the whole machine, could still open a key; what was erased under a key
that lives is cleared, and purged once the key is dead.
Not here: its form (`wire/papers/certificate.py`), looking (`verifying.py`).
"""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from server.keeper import ledger_ends, telling, verifying
from server.keeper.criteria import PurposeNeed
from server.keeper.desk import Desk
from server.keeper.keeping import Because, Facts
from server.keeper.ledger_lines import add_once
from server.keyring import LiveKey
from server.register import certificates
from server.register.certificates import Held
from wire import limits
from wire.cbor import Plain
from wire.papers.certificate import (
    Certificate,
    Check,
    Copy,
    CopyKind,
    Counts,
    Kept,
    Method,
    State,
    read_certificate,
    sign_certificate,
    state_of,
)
from wire.papers.decision import Decided
from wire.papers.tombstone import Tombstone

PENDING = "a backup that is known could still open what it names"
CERTIFIED = "certified"
"""The act of the ledger's line of each."""
MACHINE = "machine"
NOT_CLAIMED = (
    "endpoint-pseudonym-keys",
    "exports",
    "free-disk-blocks",
    "unregistered-copies",
)
"""What no certificate of the keeper says anything of; `whole-machine-restore` besides,
where nothing outside of the machine tells of the deletion."""
OF_SERVER = "database-server-files"
"""Besides, of a store in PostgreSQL: its log, standbys, archives, copies and what its
tables have freed are its own, and are not overwritten."""
OF_BUFFER = "intake-buffer"
"""Besides, where gates may queue: what waits in the buffer, or was in its files."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A deletion of which nothing is left.

    Attributes:
        job: its id, 16 bytes.
        reason: why it was due, as a slug.
        counts: what was deleted.
        begun: when, in seconds since the epoch.
        kept: holds and laws for which something was taken out before.
        decided: what people decided it by.
        unclaimed: what it does not say besides, as slugs.
    """

    job: bytes
    reason: str
    counts: Counts
    begun: int
    kept: tuple[Kept, ...] = ()
    decided: tuple[Decided, ...] = ()
    unclaimed: tuple[str, ...] = ()


def copies_of(
    desk: Desk, keys: Sequence[Tombstone], live: Sequence[LiveKey] = ()
) -> tuple[Copy, ...]:
    """Return what could open something under some keys, and until when.

    Of destroyed keys it is their backups, of live ones the keys themselves.

    Of more backups than a certificate has room for, those that end last are named.
    """
    backups = {one.id: one for key in keys for one in desk.keyring.could_open(key)}
    found = [
        Copy(CopyKind.KEYRING_BACKUP, one.id.hex(), one.until)
        for one in backups.values()
    ]
    found += [Copy(CopyKind.EPOCH_KEY, one.key_id.hex(), one.until) for one in live]
    machine = desk.settings().keyring.machine
    if machine is not None and keys:
        last = max(key.destroyed for key in keys)
        found.append(Copy(CopyKind.MACHINE_BACKUP, MACHINE, last + machine))
    found.sort(key=lambda copy: (-copy.until, copy.name))
    return tuple(found[: limits.COPIES])


def certify(
    desk: Desk, ended: Ended, keys: Sequence[bytes], checks: tuple[Check, ...]
) -> None:
    """Sign and keep a job's certificate, unless it has one; the ledger names it once.

    Args:
        desk: what the keeper works with.
        ended: the deletion.
        keys: ids of the keys that it ended, or to which it was sealed what it erased.
        checks: from `verifying`.
    """
    dead, live = _standing(desk, keys)
    now = max(desk.clock.latest(), ended.begun)
    copies = copies_of(desk, dead, live)
    with desk.register.transaction() as connection:
        if certificates.of_job(connection, ended.job) is None:
            state, until = state_of(copies, now)
            certificate = Certificate(
                tenant=desk.tenant,
                number=certificates.next_number(connection),
                job=ended.job,
                reason=ended.reason,
                method=Method.CLEAR if live else Method.PURGE,
                state=state,
                until=until,
                keys=dead,
                counts=ended.counts,
                checks=checks,
                copies=copies,
                kept=ended.kept,
                not_claimed=_not_claimed(desk, ended.job, ended.unclaimed),
                begun=ended.begun,
                ended=now,
                ledger=desk.ledger.head(),
                decisions=ended.decided,
            )
            _keep(desk, connection, certificate)
    tell(desk)


def certify_anew(desk: Desk, held: Held) -> bool:
    """Replace a pending certificate when what is known of copies says otherwise now.

    What was deleted is looked for again, but for octets, which nobody has any more.

    Args:
        desk: what the keeper works with.
        held: it is current.

    Returns:
        Whether it was replaced.

    Raises:
        StateError: something is there again.
    """
    before = read(desk, held)
    named = [one.name for one in before.copies if one.kind is CopyKind.EPOCH_KEY]
    numbers = [*(one.key_id for one in before.keys), *map(bytes.fromhex, named)]
    dead, live = _standing(desk, numbers)
    copies = copies_of(desk, dead, live)
    now = max(desk.clock.now(), before.begun)
    state, until = state_of(copies, now)
    if (state, until) == (before.state, before.until):
        return False
    if live:
        checks = verifying.cleared(desk, before.counts.envelopes, ())
    else:
        checks = verifying.looked(desk, numbers, ())
    ours = {*NOT_CLAIMED, OF_SERVER, OF_BUFFER, telling.UNCLAIMED}
    more = set(before.not_claimed) - ours
    with desk.register.transaction() as connection:
        certificate = replace(
            before,
            number=certificates.next_number(connection),
            method=Method.CLEAR if live else Method.PURGE,
            state=state,
            until=until,
            keys=dead,
            checks=checks,
            copies=copies,
            not_claimed=_not_claimed(desk, before.job, sorted(more)),
            ended=now,
            ledger=desk.ledger.head(),
            replaces=before.number,
        )
        _keep(desk, connection, certificate)
    tell(desk)
    return True


def _standing(
    desk: Desk, keys: Sequence[bytes]
) -> tuple[tuple[Tombstone, ...], list[LiveKey]]:
    """Return what is left of those keys that are dead, and those that live."""
    wanted = set(keys)
    dead = tuple(one for one in desk.keyring.tombstones() if one.key_id in wanted)
    every = desk.keyring.live(desk.tenant)
    return dead, [one for one in every if one.key_id in wanted]


def _not_claimed(desk: Desk, job: bytes, more: Sequence[str]) -> tuple[str, ...]:
    """Return what a job's certificate says nothing of, in order."""
    settings = desk.settings()
    server = () if settings.store is None else (OF_SERVER,)
    buffer = () if settings.intake is None else (OF_BUFFER,)
    outside = () if telling.is_told(desk, job) else (telling.UNCLAIMED,)
    return (*NOT_CLAIMED, *server, *buffer, *more, *outside)


def _keep(desk: Desk, connection: sqlite3.Connection, certificate: Certificate) -> None:
    """Sign a certificate and put it into the register."""
    held = Held(
        certificate.number,
        certificate.job,
        certificate.replaces or 0,
        certificate.state is State.PENDING,
        sign_certificate(certificate, desk.keyring.keeper_key()),
        current=True,
    )
    certificates.add(connection, held)


def tell(desk: Desk) -> None:
    """Name in the ledger the certificates that it does not name yet, each once."""
    with desk.register.view() as connection:
        untold = certificates.untold(connection)
    for held in untold:
        certificate = read(desk, held)
        body: dict[str, Plain] = {
            "job": held.job,
            "number": held.number,
            "state": certificate.state.value,
            "digest": hashlib.sha256(held.octets).digest(),
        }
        if certificate.until is not None:
            body["until"] = certificate.until
        if certificate.replaces is not None:
            body["replaces"] = certificate.replaces
        _write(desk, body, certificate.ledger.index)
        with desk.register.transaction() as connection:
            certificates.mark_told(connection, held.number)


def kept(desk: Desk, held: Held, known: Facts) -> tuple[Because, ...]:
    """Return why a certificate is kept: as its line in the ledger, and while pending.

    Args:
        desk: what the keeper works with.
        held: the certificate.
        known: what is so now.
    """
    paper = read(desk, held)
    found = ledger_ends.reasons(CERTIFIED, paper.ended, known)
    if paper.until is None:
        return found
    told = "pending", paper.until, PENDING, PurposeNeed.clause
    return (*found, Because(*told, least=True))


def _write(desk: Desk, body: Mapping[str, Plain], after: int) -> None:
    add_once(desk, CERTIFIED, body, ("job", "number"), after)


def read(desk: Desk, held: Held) -> Certificate:
    """Return what a certificate of this keeper says.

    Raises:
        WireError: another key signed it, or it was altered.
    """
    return read_certificate(held.octets, desk.keyring.keeper_key().public)
