# SPDX-License-Identifier: Apache-2.0
"""Who may read what, decided without I/O: what the signed policy makes of it.

Rules: a person reads for one purpose, with a reason, for at most an hour, and has a
role that the signed policy names as a reader of that purpose and the table lets do what
is done with it; what is not allowed here is refused with a stable slug, and the refusal
is written down as well.
Not here: the table of who may (`server/access`), writing it down
(`server/reader/requests.py`), where policy and roles come from
(`server/reader/standing.py`, `server/configuration.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.access.actions import Action
from server.access.actions import Role as AccessRole
from server.access.model import SENTENCES, Held, Person, Reason, may
from server.errors import DeniedError
from wire.policy import Policy, PurposeRules
from wire.policy_source import AGGREGATOR
from wire.purposes import RULES, Purpose

MINUTES_MAXIMUM = 60
"""DESIGN, invariant 11: a grant lasts an hour at most."""
REASON_CHARS = 300
"""A sentence or two; a line of the ledger stays readable."""
TICKET_CHARS = 64
"""Longest ticket number of the common desks, with room."""
ONE_TENANT = b""
"""An installation has one tenant, and the reader no other's keys."""
_DROP = "drop"
"""The transform of a column that a policy names to say that it does not leave."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for.

    Attributes:
        user: the operating system's name of the person, from the socket.
        purpose: slug.
        reason: why, in the person's words.
        ticket: its number, or empty.
        minutes: how long the grant may last.
        action: what is done with it: shown, taken away or counted.
        session: of a person who asks through the console; empty for a user of this
            machine.
    """

    user: str
    purpose: str
    reason: str
    ticket: str
    minutes: int
    action: Action
    session: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """A reading grant.

    Attributes:
        user: who reads.
        role: the role of the policy under which.
        purpose: for what.
        reason: why.
        ticket: its number, or empty.
        until: first second after it.
        columns: what the policy in force names for the purpose, by dataset; nothing
            else is shown, even where an older envelope holds it.
        policy: version of that policy; 0 for none that was published.
        devices: those to which its ticket is bound; none for all.
        begins: of these, from which second on what they made is shown; 0 for all.
        matter: the digest of its ticket, where the keeper knows that as open: what was
            brought under it is opened, and under no other; empty for none.
    """

    user: str
    role: str
    purpose: Purpose
    reason: str
    ticket: str
    until: int
    columns: Mapping[str, frozenset[str]]
    policy: int = 0
    devices: tuple[bytes, ...] = ()
    begins: Mapping[bytes, int] = field(default_factory=dict)
    matter: bytes = b""


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who is signed in to the console.

    Attributes:
        person: by the register of people.
        tenant: of the installation, 16 bytes.
    """

    person: Person
    tenant: bytes

    def roles(self, purpose: str) -> tuple[str, ...]:
        """Return the person's roles for a purpose, as policies name readers."""
        return tuple(
            held.role.value
            for held in self.person.held
            if held.tenant in {None, self.tenant}
            and purpose in {item.value for item in held.purposes}
        )


def decide(
    wish: Wish,
    roles: Sequence[str],
    policy: Policy,
    now: int,
    asker: Asker | None = None,
) -> Grant:
    """Return the grant of a wish.

    Args:
        wish: what is asked for.
        roles: the person's roles in this installation, as the policy names readers.
        policy: the policy in force, its signature checked.
        now: seconds since the epoch.
        asker: who is signed in; None for a user of this machine.

    Raises:
        DeniedError: with the slug of the rule that it breaks.
    """
    purpose = _purpose(wish.purpose)
    _check_words(wish)
    rules = policy.rules(purpose)
    if rules is None:
        reason = "purpose-not-in-policy"
        msg = f"the policy in force collects nothing for {purpose.value}"
        raise DeniedError(reason, msg)
    readers = sorted({role for role in rules.readers if role != AGGREGATOR})
    mine = sorted(set(readers) & set(roles))
    known = asker or Asker(_person(wish.user, roles, policy), ONE_TENANT)
    verdict = may(known.person, wish.action, known.tenant, purpose, now)
    if verdict.reason is Reason.NO_PERSON_MAY or not readers:
        reason = "no-person-may-read"
        msg = f"no person may open {purpose.value}: only aggregates leave it"
        raise DeniedError(reason, msg)
    if verdict.reason is not None and (mine or asker is not None):
        raise DeniedError(verdict.reason.value, SENTENCES[verdict.reason])
    if not mine:
        reason = "no-reader-role"
        msg = (
            f"reading for {purpose.value} needs one of the roles "
            f"{', '.join(readers)}: an operator gives roles in config.toml"
        )
        raise DeniedError(reason, msg)
    until = now + wish.minutes * 60
    return Grant(
        wish.user, mine[0], purpose, wish.reason, wish.ticket, until, columns_of(rules)
    )


def _person(user: str, roles: Sequence[str], policy: Policy) -> Person:
    """Return a user with what the policy lets the roles of config.toml read for."""
    purposes = frozenset(
        rules.purpose
        for rules in policy.purposes
        if (set(rules.readers) - {AGGREGATOR}) & set(roles)
    )
    held = (Held(AccessRole.READER, None, purposes),) if purposes else ()
    return Person(user, held=held)


def columns_of(rules: PurposeRules) -> dict[str, frozenset[str]]:
    """Return the columns that a purpose's rules name, by dataset."""
    return {
        rule.dataset: frozenset(
            item.column for item in rule.columns if item.transform != _DROP
        )
        for rule in rules.datasets
    }


def _purpose(slug: str) -> Purpose:
    for purpose in Purpose:
        if purpose.value == slug:
            if not RULES[purpose].collects:
                reason = "purpose-collects-nothing"
                raise DeniedError(reason, f"{slug}: {RULES[purpose].refusal}")
            return purpose
    known = ", ".join(item.value for item in Purpose if RULES[item].collects)
    reason = "unknown-purpose"
    msg = f"there is no such purpose: use one of {known}"
    raise DeniedError(reason, msg)


def _check_words(wish: Wish) -> None:
    if not wish.reason.strip():
        reason = "no-reason"
        msg = "say for what reason you read: --reason, which goes into the ledger"
        raise DeniedError(reason, msg)
    if (
        len(wish.reason) > REASON_CHARS
        or len(wish.ticket) > TICKET_CHARS
        or not (wish.reason + wish.ticket).isprintable()
    ):
        reason = "reason-not-readable"
        msg = (
            f"a reason has at most {REASON_CHARS} printable characters, "
            f"a ticket {TICKET_CHARS}"
        )
        raise DeniedError(reason, msg)
    if not 1 <= wish.minutes <= MINUTES_MAXIMUM:
        reason = "too-long"
        msg = f"a grant lasts 1 to {MINUTES_MAXIMUM} minutes"
        raise DeniedError(reason, msg)
