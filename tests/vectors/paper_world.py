# SPDX-License-Identifier: Apache-2.0
"""The fixed people, matters and papers that vectors and tests share.

Rules: as in `world.py`: names give keys, times are constants.
Not here: the vectors (`families_papers.py`).
"""

from collections.abc import Sequence
from dataclasses import replace

from tests.vectors import world
from wire.crypto.signing import SigningKey
from wire.ledger import Head
from wire.papers.certificate import (
    Certificate,
    Check,
    Copy,
    CopyKind,
    Counts,
    Kept,
    KeptFor,
    Method,
    Result,
    State,
    sign_certificate,
)
from wire.papers.decision import Act, Decided, Decision, Role, sign_decision
from wire.papers.journal import (
    FIRST,
    ErasedRows,
    ErasureTold,
    JournalLine,
    packed_places,
)
from wire.papers.keeper import PROOF, KeeperStatement, Proof, sign_keeper
from wire.papers.law import From, LawPack, LawRule, LawStatement
from wire.papers.matter import MATTER, Matter, MatterKind, Term, matter_digest
from wire.papers.scope import Comparison, DatasetScope, Rule, Scope
from wire.papers.tombstone import KeyKind, Tombstone
from wire.policy import Criterion
from wire.purposes import Purpose

CASE = world.octets("case", 16)
KEEPER = "keeper"


def scope(**changes: object) -> Scope:
    """Return a scope: large packages of two devices on one day, with changes."""
    rules = (
        Rule("package.name", Comparison.AMONG, ("zürich-tools", "")),
        Rule("package.size", Comparison.AT_LEAST, ("-1.5",)),
    )
    whole = Scope(
        (Purpose.SUPPORT,),
        (world.octets("device 1", 16), world.octets("device 2", 16)),
        (DatasetScope("software", ("package.name",), rules),),
        world.NOW - world.DAY,
        world.NOW,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def matter(**changes: object) -> Matter:
    """Return a matter: a hold that a court asks for, with changes."""
    whole = Matter(
        world.TENANT,
        CASE,
        MatterKind.HOLD,
        world.octets("salt", 16),
        scope(),
        (Term("authority", "Court of Examples"), Term("review", "2027-06-30")),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def decision(**changes: object) -> Decision:
    """Return counsel's approval of the matter, with changes."""
    whole = Decision(
        world.TENANT,
        CASE,
        Act.APPROVE,
        "amelie",
        Role.COUNSEL,
        matter_digest(MATTER.encode(matter())),
        world.NOW - 60,
        "The order is valid.",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def decided(key: SigningKey | None = None, **changes: object) -> Decided:
    """Return a decision as papers carry it, beside the key that stands for Amelie."""
    amelie = world.signing("amelie")
    return Decided(sign_decision(decision(**changes), key or amelie), amelie.public)


def journal_line(**changes: object) -> JournalLine:
    """Return the first line of the journal of what ended, with changes."""
    whole = JournalLine(
        world.TENANT,
        1,
        FIRST,
        world.octets("job", 16),
        world.NOW,
        (tombstone(),),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def erasure_told(*places: int) -> ErasureTold:
    """Return what an erasure took of two tables of one envelope."""
    source, key = world.octets("source", 32), world.octets("key", 16)
    tables = {"event_logs": places or (1,), "logins": (0,)}
    return ErasureTold(
        world.NOW - 60,
        tuple(
            ErasedRows(source, name, key, packed_places(of))
            for name, of in tables.items()
        ),
    )


def erasure_line(*places: int, **changes: object) -> JournalLine:
    """Return the second line of the journal: of an erasure, with changes."""
    more = {"index": 2, "tombstones": (), "erasure": erasure_told(*places)}
    return journal_line(**{**more, **changes})


def law_pack() -> LawPack:
    """Return a pack of two made-up laws."""
    return LawPack(
        "XX",
        (
            LawRule(
                "claims",
                "Example Act, section 2",
                "Who logged in, for claims",
                Criterion.LIMITATION,
                (Purpose.SECURITY, Purpose.SUPPORT),
                "logins",
                ("time", "user.name"),
                1_096,
                From.CONTRACT_END,
            ),
            LawRule(
                "inventory",
                "Example Act, section 1",
                "Which software there was",
                Criterion.LEGAL_OBLIGATION,
                (Purpose.SECURITY,),
                "software",
                ("package.name",),
                400,
            ),
        ),
    )


def law_statement(**changes: object) -> LawStatement:
    """Return the pack as it was published, with changes."""
    whole = LawStatement(world.TENANT, 3, world.NOW - world.DAY, law_pack())
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def tombstone(**changes: object) -> Tombstone:
    """Return what is left of an epoch's key, with changes."""
    epoch = world.keys().keys[0]
    whole = Tombstone(
        epoch.id,
        world.NOW - 30,
        "maximum-age",
        4,
        world.NOW - 30 * world.DAY,
        world.TENANT,
        Purpose.SUPPORT,
        "short",
        epoch.epoch,
        epoch.start,
        epoch.end,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def hold_tombstone() -> Tombstone:
    """Return what is left of a hold's key."""
    number = world.octets("hold key", 16)
    made = world.NOW - world.DAY
    return Tombstone(
        number, world.NOW - 30, "hold-released", 4, made, kind=KeyKind.HOLD
    )


def backup(until: int) -> Copy:
    """Return a keyring backup that is kept until a moment."""
    return Copy(CopyKind.KEYRING_BACKUP, world.octets("backup", 16).hex(), until)


def certificate(**changes: object) -> Certificate:
    """Return a final certificate over one epoch's key, with changes."""
    whole = Certificate(
        world.TENANT,
        7,
        world.octets("job", 16),
        "maximum-age",
        Method.PURGE,
        State.FINAL,
        None,
        (tombstone(),),
        Counts(40, 1_200, 81_920, 3, 2),
        (
            Check("key-gone", Result.PASSED, 1),
            Check("samples-not-in-exports", Result.NOT_COVERED, 0),
        ),
        (backup(world.NOW - world.DAY),),
        (Kept(CASE, KeptFor.HOLD),),
        ("free-disk-blocks", "unregistered-copies"),
        world.NOW - 60,
        world.NOW,
        Head(12, world.octets("ledger", 32)),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def statement(**changes: object) -> KeeperStatement:
    """Return what the keys role says of the keeper, with changes."""
    whole = KeeperStatement(
        world.TENANT,
        2,
        world.NOW - world.DAY,
        world.NOW + 30 * world.DAY,
        world.signing(KEEPER).public,
        world.NOW - 300 * world.DAY,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def proof(
    paper: bytes | None = None,
    stated: KeeperStatement | None = None,
    *,
    signer: str = "keys",
    roots: Sequence[bytes] | None = None,
) -> bytes:
    """Return a certificate with what verifies it; the usual parts where None."""
    return PROOF.encode(
        Proof(
            tuple(roots) if roots is not None else (world.signed_root(world.root()),),
            sign_keeper(stated or statement(), world.signing(signer)),
            paper or sign_certificate(certificate(), world.signing(KEEPER)),
        )
    )
