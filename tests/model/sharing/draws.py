# SPDX-License-Identifier: Apache-2.0
"""Draws a policy, a recipient, a grant, and records that a device sent.

Rules: all of it from one seed; each fault of a grant, a recipient or a policy comes up
often, and so does a grant that permits something; columns and values collide on
purpose, so that a wrong one would be seen.
Not here: what must come of it (`reference.py`).
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from server.keeper.sharing.permitted import Registered
from wire.body_head import Mode, Op
from wire.papers.grant import Grant
from wire.papers.recipient import Recipient, RecipientRole, recipient_digest
from wire.papers.scope import Comparison, DatasetScope, Rule, Scope
from wire.policy import ColumnRule, DatasetRule, Policy, PurposeRules
from wire.purposes import Purpose
from wire.values import Value

NOW = 1_800_000_000
COLUMNS = {
    "logins": ("timestamp", "user.name", "client.address", "type", "process.pid"),
    "services": ("name", "state", "exit_code"),
    "event_logs": ("timestamp", "message", "severity_number"),
}
"""Of each dataset some columns: times, numbers, texts and identities."""
OWN = ("device", "observed")
RECORDS = 8
"""Of one grant and one envelope."""
_TEXTS = ("running", "ann", "user_7f3k9q2m", "of <user_7f3k9q2m> and <host_00000000>")
_NUMBERS = (0, 1, 7, 40)
_NAMES = ("soc", "billing", "vendor")
_PURPOSES = (Purpose.SECURITY, Purpose.SUPPORT, Purpose.IMPROVEMENT)

Row = dict[str, Value]


@dataclass(frozen=True)
class Drawn:
    """One grant and the tables of one envelope.

    Attributes:
        grant: to be judged.
        registered: whom it is for.
        policy: in force.
        countries: to which data may go.
        revoked: the grant was revoked.
        device: whose envelope it is.
        created: when it was made.
        mode: of its tables.
        tables: rows by dataset; None for one that a change removes.
        ops: of each dataset's rows, where they are changes.
    """

    grant: Grant
    registered: Registered | None
    policy: Policy
    countries: tuple[str, ...]
    revoked: bool
    device: bytes
    created: int
    mode: Mode
    tables: Mapping[str, list[Row | None]]
    ops: Mapping[str, tuple[Op, ...]]


def draw(number: int, kinds: Mapping[str, Mapping[str, str]]) -> Drawn:
    """Return the grant and records of a number.

    Args:
        number: the seed.
        kinds: of each dataset's columns, "text" or "number".
    """
    chance = random.Random(number)  # noqa: S311 - a story, no secret
    recipient = _recipient(chance)
    grant = _grant(chance, recipient)
    registered = None if _rare(chance) else Registered(recipient, _rare(chance))
    mode = chance.choice((Mode.APPEND, Mode.APPEND, Mode.DELTA))
    names = chance.sample(sorted(COLUMNS), chance.randint(1, len(COLUMNS)))
    tables: dict[str, list[Row | None]] = {name: [] for name in names}
    for _ in range(RECORDS):
        name = chance.choice(names)
        tables[name].append(_row(chance, name, kinds[name]))
    ops: dict[str, tuple[Op, ...]] = {}
    for name, rows in tables.items():
        if mode is Mode.DELTA:
            ops[name] = tuple(chance.choice((Op.CHANGE, Op.REMOVE)) for _ in rows)
            for at, op in enumerate(ops[name]):
                rows[at] = None if op is Op.REMOVE else rows[at]
    return Drawn(
        grant,
        registered,
        _policy(chance),
        ("DE", "FR") if chance.random() < 7 / 8 else ("FR",),
        _rare(chance),
        chance.randbytes(16),
        NOW - chance.randint(0, 100),
        mode,
        {name: rows for name, rows in tables.items() if rows},
        ops,
    )


def _rare(chance: random.Random) -> bool:
    return chance.random() < 1 / 40


def _row(chance: random.Random, name: str, kinds: Mapping[str, str]) -> Row:
    row: Row = {}
    for column in COLUMNS[name]:
        values = _TEXTS if kinds[column] == "text" else _NUMBERS
        row[column] = None if _rare(chance) else chance.choice(values)
    return row


def _recipient(chance: random.Random) -> Recipient:
    role = RecipientRole.MONITORING
    if _rare(chance):
        role = chance.choice((RecipientRole.PAYMENT, RecipientRole.ACQUIRER))
    return Recipient(
        bytes(16),
        chance.choice(_NAMES),
        1,
        role,
        "agreement 1",
        NOW + chance.choice((-1, 0, 1, *[1000] * 12)),
        _PURPOSES if chance.random() < 7 / 8 else (chance.choice(_PURPOSES),),
        chance.choice(("DE", "FR")),
        chance.choice((None, "standard clauses")),
        "contact",
        bytes(1216),
        bytes(32),
    )


def _grant(chance: random.Random, recipient: Recipient) -> Grant:
    purpose = chance.choice(_PURPOSES[:2] * 8 + _PURPOSES[2:])
    datasets = tuple(
        DatasetScope(
            name,
            tuple(_some(chance, (*OWN, *COLUMNS[name]))),
            tuple(_rule(chance, name) for _ in range(chance.choice((0, 0, 0, 1, 2)))),
        )
        for name in _some(chance, sorted(COLUMNS))
    )
    digest = bytes(32) if _rare(chance) else recipient_digest(recipient)
    other = chance.choice(_NAMES)
    return Grant(
        bytes(16),
        bytes(16),
        other if _rare(chance) else recipient.name,
        digest,
        "watch",
        purpose,
        Scope((purpose,), (), datasets, 0, NOW),
        1000,
        "contract",
        NOW + chance.choice((*[-10] * 12, 0, 1)),
        NOW + chance.choice((-1, 0, *[10] * 12)),
        "jsonl",
        (),
    )


def _some(chance: random.Random, names: tuple[str, ...] | list[str]) -> list[str]:
    """Return at least one of some names, in no order."""
    return chance.sample(names, chance.randint(1, len(names)))


def _rule(chance: random.Random, name: str) -> Rule:
    column = chance.choice((*COLUMNS[name], "no.such"))
    test = chance.choice(list(Comparison))
    if test in {Comparison.AT_LEAST, Comparison.BELOW}:
        return Rule(column, test, (str(chance.choice(_NUMBERS)),))
    values = tuple(
        map(
            str, chance.sample(_TEXTS[:2] + _NUMBERS, 3 if test.value == "among" else 1)
        )
    )
    return Rule(column, test, values)


def _policy(chance: random.Random) -> Policy:
    rules = []
    for purpose in _PURPOSES:
        if _rare(chance):
            continue
        datasets = tuple(
            DatasetRule(
                name,
                "short",
                60,
                tuple(ColumnRule(one, "keep") for one in _some(chance, COLUMNS[name])),
            )
            for name in sorted(COLUMNS)
            if not _rare(chance)
        )
        named = _NAMES if chance.random() < 7 / 8 else tuple(_some(chance, _NAMES))
        rules.append(PurposeRules(purpose, "basis", (), named, (), datasets))
    return Policy("drawn", tuple(rules))
