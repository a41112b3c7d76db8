# SPDX-License-Identifier: Apache-2.0
"""Makes the certificate of a deletion from what was looked at.

Rules: one for each job, and one in place of each that is pending and no longer so; it
is in the register before the ledger names it; it is pending while a backup that is
known, or one of the whole machine, could still open a key.
Not here: its form (`wire/papers/certificate.py`), looking (`verifying.py`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.register import certificates
from server.register.certificates import Held
from wire import limits
from wire.papers.certificate import (
    Certificate,
    Check,
    Copy,
    CopyKind,
    Counts,
    Method,
    read_certificate,
    sign_certificate,
    state_of,
)
from wire.papers.tombstone import Tombstone

MACHINE = "machine"
NOT_CLAIMED = (
    "endpoint-pseudonym-keys",
    "exports",
    "free-disk-blocks",
    "unregistered-copies",
)
"""What no certificate of the keeper says anything of."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A deletion of which nothing is left.

    Attributes:
        job: its id, 16 bytes.
        reason: why it was due, as a slug.
        counts: what was deleted.
        begun: when, in seconds since the epoch.
        ledger: number of the ledger's newest entry before it.
    """

    job: bytes
    reason: str
    counts: Counts
    begun: int
    ledger: int


def copies_of(desk: Desk, keys: Sequence[Tombstone]) -> tuple[Copy, ...]:
    """Return the copies that could open any of some destroyed keys, and until when.

    Of more backups than a certificate has room for, those that end last are named.
    """
    backups = {one.id: one for key in keys for one in desk.keyring.could_open(key)}
    found = [
        Copy(CopyKind.KEYRING_BACKUP, one.id.hex(), one.until)
        for one in backups.values()
    ]
    machine = desk.settings().keyring.machine
    if machine is not None:
        last = max((key.destroyed for key in keys), default=0)
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
        keys: ids of the keys that it ended.
        checks: from `verifying.looked`.
    """
    wanted = set(keys)
    dead = tuple(one for one in desk.keyring.tombstones() if one.key_id in wanted)
    now = max(desk.clock.latest(), ended.begun)
    copies = copies_of(desk, dead)
    with desk.register.transaction() as connection:
        held = certificates.of_job(connection, ended.job)
        if held is None:
            number = certificates.next_number(connection)
            state, until = state_of(copies, now)
            certificate = Certificate(
                desk.tenant,
                number,
                ended.job,
                ended.reason,
                Method.PURGE,
                state,
                until,
                dead,
                ended.counts,
                checks,
                copies,
                (),
                NOT_CLAIMED,
                ended.begun,
                now,
                desk.ledger.head(),
            )
            octets = sign_certificate(certificate, desk.keyring.keeper_key())
            held = Held(number, ended.job, 0, octets, current=True)
            certificates.add(connection, held)
    tell(desk, held, ended.ledger)


def tell(desk: Desk, held: Held, after: int) -> None:
    """Name a certificate in the ledger, once.

    Args:
        desk: what the keeper works with.
        held: the certificate.
        after: number of an entry before that line.
    """
    certificate = read(desk, held)
    body: dict[str, bytes | int | str] = {
        "job": held.job,
        "number": held.number,
        "state": certificate.state.value,
        "digest": hashlib.sha256(held.octets).digest(),
    }
    if certificate.until is not None:
        body["until"] = certificate.until
    if certificate.replaces is not None:
        body["replaces"] = certificate.replaces
    add_once(desk, "certified", body, ("job", "number"), after)


def read(desk: Desk, held: Held) -> Certificate:
    """Return what a certificate of this keeper says.

    Raises:
        WireError: another key signed it, or it was altered.
    """
    return read_certificate(held.octets, desk.keyring.keeper_key().public)
