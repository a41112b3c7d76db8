# SPDX-License-Identifier: Apache-2.0
"""The compiled policy: per purpose, which columns, how, how often, how long, for whom.

Rules: what is not named is not collected; a policy is a value: the same on both ends,
compared by the digest of its signed payload; transforms are in canonical text form.
Not here: the TOML that people write (`wire/policy_source.py`), narrowing
(`wire/narrowing.py`), signatures and expiry (`wire/trust.py`).
"""

from dataclasses import dataclass
from enum import StrEnum

from wire import limits
from wire.codec import Choice, Field, ListOf, Message, Text, Uint, fixed
from wire.purposes import Purpose
from wire.updates import UPDATES, Updates

_NAME = Text(limits.NAME_CHARS, 1)
_TEXT = Text(limits.TEXT_CHARS, 1)


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """One column that a purpose gets, and its transform ("keep", "truncate(8)")."""

    column: str
    transform: str


@dataclass(frozen=True, slots=True)
class DatasetRule:
    """One dataset that a purpose gets.

    Attributes:
        dataset: declared dataset name.
        retention: name of a retention class of the same purpose.
        every: seconds between two passes; None for what is read on request only.
        columns: sorted by column name.
        networks: the only networks on which it is read, as `wire/networks.py` writes
            them; None for anywhere.
        events: the only events that are read, as `wire/events.py` writes them; None
            for all.
    """

    dataset: str
    retention: str
    every: int | None
    columns: tuple[ColumnRule, ...]
    networks: tuple[str, ...] | None = None
    events: tuple[str, ...] | None = None


class Criterion(StrEnum):
    """Why data is kept longer than its purpose needs it, in the statement's words."""

    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal-obligation"
    LIMITATION = "limitation"
    BUSINESS_NEED = "business-need"


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """One retention class, and who or what stands for its length.

    Attributes:
        name: within the purpose.
        maximum_age: seconds after the epoch's end that data may still be opened.
        criterion: why so long; None for as long as the purpose needs it.
        citation: the law, where the criterion is one.
        jurisdiction: where that law holds, such as "DE".
        owner: who stands for a business need.
        reason: what a business need is.
        review: first second of the day after which a business need lapses.
    """

    name: str
    maximum_age: int
    criterion: Criterion | None = None
    citation: str | None = None
    jurisdiction: str | None = None
    owner: str | None = None
    reason: str | None = None
    review: int | None = None


@dataclass(frozen=True, slots=True)
class PurposeRules:
    """All that one purpose gets.

    Attributes:
        purpose: which of the eight.
        basis: lawful basis or instruction, as text with its reference.
        readers: roles that may open it.
        recipients: names of recipients it may be shared with.
        retention: its retention classes, sorted by name.
        datasets: what it gets, sorted by dataset.
    """

    purpose: Purpose
    basis: str
    readers: tuple[str, ...]
    recipients: tuple[str, ...]
    retention: tuple[RetentionClass, ...]
    datasets: tuple[DatasetRule, ...]

    def kept(self, retention: str) -> RetentionClass | None:
        """Return the retention class of a name, or None."""
        return next((item for item in self.retention if item.name == retention), None)

    def maximum_age(self, retention: str) -> int | None:
        """Return the maximum age of a retention class in seconds, or None."""
        kept = self.kept(retention)
        return None if kept is None else kept.maximum_age


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled policy.

    Attributes:
        name: e.g. "standard".
        purposes: sorted by purpose slug.
        updates: which release of the agent is taken; None for no updates.
    """

    name: str
    purposes: tuple[PurposeRules, ...]
    updates: Updates | None = None

    def rules(self, purpose: Purpose) -> PurposeRules | None:
        """Return the rules of a purpose, or None where it gets nothing."""
        for item in self.purposes:
            if item.purpose is purpose:
                return item
        return None


@dataclass(frozen=True, slots=True)
class PolicyStatement:
    """The payload that the policy role signs.

    Attributes:
        tenant: 16 bytes.
        version: goes up with each change; a lower one is refused.
        issued: seconds since the epoch.
        not_after: after this the agent stops collecting.
        policy: the compiled policy.
        target: for which devices, as `wire/placement.py` writes it; such a policy is
            obeyed only by whom a placement names. None: by every device.
    """

    tenant: bytes
    version: int
    issued: int
    not_after: int
    policy: Policy
    target: str | None = None


COLUMN_RULE = Message(
    "column-rule",
    ColumnRule,
    (Field(1, "column", _NAME), Field(2, "transform", _NAME)),
)
DATASET_RULE = Message(
    "dataset-rule",
    DatasetRule,
    (
        Field(1, "dataset", _NAME),
        Field(2, "retention", _NAME),
        Field(3, "every", Uint(minimum=1), optional=True),
        Field(4, "columns", ListOf(COLUMN_RULE, limits.BODY_COLUMNS)),
        Field(5, "networks", ListOf(_NAME, limits.NETWORKS, 1), optional=True),
        Field(6, "events", ListOf(_NAME, limits.EVENTS, 1), optional=True),
    ),
)
RETENTION_CLASS = Message(
    "retention-class",
    RetentionClass,
    (
        Field(1, "name", _NAME),
        Field(2, "maximum_age", Uint(minimum=1)),
        Field(3, "criterion", Choice(Criterion), optional=True),
        Field(4, "citation", _TEXT, optional=True),
        Field(5, "jurisdiction", _NAME, optional=True),
        Field(6, "owner", _TEXT, optional=True),
        Field(7, "reason", _TEXT, optional=True),
        Field(8, "review", Uint(), optional=True),
    ),
)
PURPOSE_RULES = Message(
    "purpose-rules",
    PurposeRules,
    (
        Field(1, "purpose", Choice(Purpose)),
        Field(2, "basis", _TEXT),
        Field(3, "readers", ListOf(_NAME, limits.CLASSES)),
        Field(4, "recipients", ListOf(_NAME, limits.CLASSES)),
        Field(5, "retention", ListOf(RETENTION_CLASS, limits.CLASSES)),
        Field(6, "datasets", ListOf(DATASET_RULE, limits.BODY_TABLES)),
    ),
)
POLICY = Message(
    "policy",
    Policy,
    (
        Field(1, "name", _NAME),
        Field(2, "purposes", ListOf(PURPOSE_RULES, limits.PURPOSES)),
        Field(3, "updates", UPDATES, optional=True),
    ),
)
POLICY_STATEMENT = Message(
    "policy-statement",
    PolicyStatement,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "version", Uint(minimum=1)),
        Field(3, "issued", Uint()),
        Field(4, "not_after", Uint()),
        Field(5, "policy", POLICY),
        Field(6, "target", _NAME, optional=True),
    ),
)
