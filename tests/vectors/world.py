# SPDX-License-Identifier: Apache-2.0
"""The fixed tenant, keys, records and statements that vectors and tests share.

Rules: every key comes from a seed that a name gives, every time is a constant, so
what is made of them is the same on each run; only HPKE's randomness is not.
Not here: the vectors (`generate.py`), what may be done with them (`first_opener.py`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from wire import envelope, messages, signed, trust
from wire.body import Mode, Note, Op, Table
from wire.catalogue import Column, Dataset, Kind, Sensitivity, ValueType
from wire.crypto.opening import OpeningKey
from wire.crypto.sealing import SUITE_NONE, SUITE_XWING, key_id
from wire.crypto.signing import SigningKey, identity
from wire.envelope import EnvelopeKind, Gap, Header
from wire.keys import KEY_STATEMENT, KeyStatement, PurposeKey
from wire.mint import mint_record
from wire.placement import Placement
from wire.policy import (
    POLICY_STATEMENT,
    ColumnRule,
    Criterion,
    DatasetRule,
    Policy,
    PolicyStatement,
    PurposeRules,
    RetentionClass,
)
from wire.purposes import Purpose
from wire.record import Record
from wire.signed import SignedKind
from wire.technicians import KeyKind, May, Technician
from wire.updates import Updates
from wire.values import Value, Withheld

NOW = 1_800_000_000
"""The time of every vector: 2027-01-15T08:00:00Z, a whole quarter of an hour."""
DAY = 86_400
POLICY_DIGEST = hashlib.sha256(b"discreet vectors policy").digest()


def octets(name: str, length: int) -> bytes:
    """Return fixed bytes that a name gives."""
    return hashlib.shake_256(b"discreet vectors " + name.encode()).digest(length)


@cache
def signing(name: str) -> SigningKey:
    """Return the signing key of a name."""
    return SigningKey(octets("signing " + name, 32))


@cache
def opening(name: str) -> OpeningKey:
    """Return the opening key of a name."""
    return OpeningKey(octets("opening " + name, 96))


TENANT = octets("tenant", 16)
INCARNATION = octets("incarnation", 16)
NONCE = octets("nonce", 16)
SOFTWARE = Dataset(
    "software",
    Kind.SNAPSHOT,
    "What is installed.",
    ("package.name",),
    tuple(
        Column(name, kind, Sensitivity.HARMLESS, "Shows it.", "keep")
        for name, kind in (
            ("package.name", ValueType.TEXT),
            ("package.size", ValueType.BYTES),
            ("package.signed", ValueType.BOOLEAN),
            ("package.share", ValueType.RATIO),
        )
    ),
)
LOAD = Dataset(
    "load",
    Kind.METRIC,
    "How busy it is.",
    (),
    (
        Column("time", ValueType.TIMESTAMP, Sensitivity.HARMLESS, "When.", "keep"),
        Column("load", ValueType.REAL, Sensitivity.HARMLESS, "How much.", "keep"),
    ),
)
ROWS: tuple[Mapping[str, Value], ...] = (
    {
        "package.name": "zürich-tools",
        "package.size": 2**40,
        "package.signed": True,
        "package.share": 0.25,
    },
    {"package.name": "", "package.size": -1, "package.signed": False},
    {"package.name": None, "package.share": 1.0},
)


def record(dataset: Dataset, values: Mapping[str, Value]) -> Record:
    """Return a record for support."""
    return mint_record(dataset.name, "support", values)


def software(mode: Mode = Mode.FULL, ops: tuple[Op, ...] = ()) -> Table:
    """Return a table of three packages with every type and nulls."""
    records = tuple(record(SOFTWARE, row) for row in ROWS)
    state = octets("state", 32) if mode is not Mode.APPEND else None
    return Table(SOFTWARE, SOFTWARE.columns, records, mode, ops, state)


def changes() -> Table:
    """Return a delta: the second row changed, the fifth gone, two rows new."""
    first, second, third = (record(SOFTWARE, row) for row in ROWS)
    ops = (Op.CHANGE, Op.REMOVE, Op.ADD, Op.ADD)
    return replace(
        software(Mode.DELTA, ops),
        records=(first, None, second, third),
        numbers=(1, 4, 7, 8),
    )


def load(rows: int = 9) -> Table:
    """Return a table of a metric."""
    records = tuple(
        record(LOAD, {"time": NOW + 60 * row, "load": row / 8}) for row in range(rows)
    )
    return Table(LOAD, LOAD.columns, records, Mode.APPEND)


NOTES = (Note("software", "package.path", Withheld.BY_POLICY, 3),)


def header(**changes: object) -> Header:
    """Return the header of a first data envelope, with changes."""
    public = opening("support").public
    whole = Header(
        envelope.VERSION,
        EnvelopeKind.DATA,
        SUITE_XWING,
        TENANT,
        identity(signing("device").public),
        Purpose.SUPPORT,
        "short",
        key_id(public),
        POLICY_DIGEST,
        INCARNATION,
        1,
        envelope.NO_PREVIOUS,
        NOW,
        3,
        NOW,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def gap_header(**changes: object) -> Header:
    """Return the header of a gap record, second of its chain, with changes."""
    gap = Gap(17, NOW - 3600, NOW, "spool-full")
    fields: dict[str, object] = {
        "kind": EnvelopeKind.GAP,
        "suite": SUITE_NONE,
        "key_id": envelope.NO_KEY,
        "sequence": 2,
        "previous": octets("previous", 32),
        "records": 0,
        "gap": gap,
    }
    return header(**fields | changes)


def void_header(**changes: object) -> Header:
    """Return the header of a void, second of its chain, with changes."""
    gap = Gap(5, NOW - 3600, NOW, "damaged")
    fields: dict[str, object] = {
        "kind": EnvelopeKind.VOID,
        "gap": gap,
        "instead": octets("instead", 32),
    }
    return gap_header(**fields | changes)


def sealed(tables: Sequence[Table] = (), **changes: object) -> bytes:
    """Return a data envelope; its seal differs each time."""
    public = opening("support").public
    made = header(records=sum(len(table.records) for table in tables))
    made = replace(made, **changes)  # type: ignore[arg-type]  # names of its fields
    return envelope.seal(made, tables, NOTES, public, signing("device"))


def root(**changes: object) -> trust.Root:
    """Return the payload of the first root: two of three keys, with changes."""
    whole = trust.Root(
        TENANT,
        1,
        NOW - DAY,
        NOW + 365 * DAY,
        2,
        tuple(signing(f"root {number}").public for number in (1, 2, 3)),
        *((signing(role).public,) for role in ("policy", "keys", "revocation")),
        (signing("gate").public, signing("next gate").public),
        (signing("store").public,),
        (octets("authority", 32),),
        (Technician("t-1", signing("technician").public, KeyKind.KEY_FILE, May.ASK),),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def signed_root(
    payload: trust.Root, signers: Sequence[str] = ("root 1", "root 2")
) -> bytes:
    """Return a root signed by these names."""
    keys = [signing(name) for name in signers]
    return signed.sign(SignedKind.ROOT, trust.ROOT.encode(payload), keys)


def on_site() -> Policy:
    """Return a policy whose one dataset is read on two networks only."""
    (rules,) = policy().policy.purposes
    (rule,) = rules.datasets
    networks = ("10.1.0.0/24 via 02:00:00:00:00:01", "192.0.2.0/25")
    site = replace(rule, networks=networks)
    return Policy("site", (replace(rules, datasets=(site,)),))


def of_events() -> Policy:
    """Return a policy whose one dataset is read of three kinds of events only."""
    (rules,) = policy().policy.purposes
    columns = (ColumnRule("message", "scrub"),)
    message = "39f53479d3a045ac8e11786248231fbf"
    events = ("System/7036", "sshd/*", f"systemd/{message}")
    rule = DatasetRule("event_logs", "short", 900, columns, events=events)
    return Policy("events", (replace(rules, datasets=(rule,)),))


def on_request() -> Policy:
    """Return a policy whose one dataset is read on request only."""
    (rules,) = policy().policy.purposes
    (rule,) = rules.datasets
    asked = replace(rule, every=None)
    return Policy("asked", (replace(rules, datasets=(asked,)),))


def of_criteria() -> Policy:
    """Return a policy with a class for each criterion."""
    (rules,) = policy().policy.purposes
    law = {"citation": "Example Act, 3", "jurisdiction": "DE"}
    need = {"owner": "head of support", "reason": "slow vendor"}
    classes = (
        RetentionClass("contract", DAY, Criterion.CONTRACT),
        RetentionClass("law", DAY, Criterion.LEGAL_OBLIGATION, **law),
        RetentionClass("claims", DAY, Criterion.LIMITATION, **law),
        RetentionClass(
            "need", DAY, Criterion.BUSINESS_NEED, **need, review=NOW + 100 * DAY
        ),
        *rules.retention,
    )
    return Policy("criteria", (replace(rules, retention=classes),))


def of_updates() -> Policy:
    """Return a policy that says which release of the agent is taken."""
    return replace(
        of_criteria(), name="updates", updates=Updates("stable", 25, "0.2.1")
    )


def policy(**changes: object) -> PolicyStatement:
    """Return a policy statement: software for support, kept 30 days."""
    rule = DatasetRule("software", "short", 900, (ColumnRule("package.name", "keep"),))
    rules = PurposeRules(
        Purpose.SUPPORT,
        "contract",
        ("technician",),
        (),
        (RetentionClass("short", 30 * DAY),),
        (rule,),
    )
    whole = PolicyStatement(
        TENANT, 3, NOW - DAY, NOW + 30 * DAY, Policy("small", (rules,))
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def keys(**changes: object) -> KeyStatement:
    """Return a key statement with one purpose key."""
    length = 30 * DAY // 12
    epoch = NOW // length
    start = epoch * length
    public = opening("support").public
    key = PurposeKey(Purpose.SUPPORT, "short", epoch, start, start + length, public)
    whole = KeyStatement(TENANT, 5, NOW - DAY, NOW + 30 * DAY, (key,))
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def placement(stated: PolicyStatement, **changes: object) -> Placement:
    """Return the device's placement under a policy."""
    digest = signed.digest(POLICY_STATEMENT.encode(stated))
    device = identity(signing("device").public)
    whole = Placement(TENANT, device, 40, digest)
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def bundle(
    roots: Sequence[bytes] | None = None,
    stated: PolicyStatement | None = None,
    published: KeyStatement | None = None,
    signers: tuple[str, str] = ("policy", "keys"),
    placed: bytes | None = None,
) -> bytes:
    """Return a bundle of these parts; the usual ones where None."""
    return trust.BUNDLE.encode(
        trust.Bundle(
            tuple(roots) if roots is not None else (signed_root(root()),),
            signed.sign(
                SignedKind.POLICY,
                POLICY_STATEMENT.encode(stated or policy()),
                [signing(signers[0])],
            ),
            signed.sign(
                SignedKind.KEYS,
                KEY_STATEMENT.encode(published or keys()),
                [signing(signers[1])],
            ),
            (octets("certificate", 300),),
            placed,
        )
    )


def resync() -> bytes:
    """Return the payload of a resync of software for support."""
    device = identity(signing("device").public)
    asked = messages.Resync(
        TENANT, device, INCARNATION, Purpose.SUPPORT, "software", NOW
    )
    return messages.RESYNC.encode(asked)


def manifest(envelopes: Sequence[bytes]) -> bytes:
    """Return the signed manifest of envelopes."""
    payload = messages.MANIFEST.encode(
        messages.Manifest(
            TENANT,
            identity(signing("device").public),
            INCARNATION,
            NOW,
            NONCE,
            tuple(map(envelope.digest, envelopes)),
        )
    )
    return signed.sign(SignedKind.SHIPMENT, payload, [signing("device")])
