# SPDX-License-Identifier: Apache-2.0
"""Whether a person may do an act, decided without I/O: the one place for every way.

Rules: what no rule allows is denied; who is suspended or removed has nothing; a role
counts for its tenant, its purposes and as long as its training is attested; a denial
has a stable slug that says what is lacking.
Not here: the table (`actions.py`), who people are (`register.py`), what a policy
narrows (`server/reader/grants.py`), how many must decide (`server/keeper/people.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from server.access.actions import (
    GIVES,
    PURPOSES,
    RULES,
    UNTRAINED,
    Action,
    Role,
    Rule,
)
from wire.purposes import Purpose

STEP_UP_SECONDS = 300
"""A person who proved to be there five minutes ago may have left the screen open."""


_NOBODY = Rule(frozenset())
_Step = tuple["Reason", Callable[["Held"], bool]]


class Standing(Enum):
    """Whether a person takes part at all."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


class Reason(Enum):
    """Why an act is denied; the value is the slug that people and ledger see."""

    SUSPENDED = "suspended"
    REMOVED = "removed"
    NO_ROLE = "no-role"
    OTHER_TENANT = "other-tenant"
    OTHER_PURPOSE = "other-purpose"
    NO_PURPOSE = "no-purpose"
    PURPOSE_NOT_TAKEN = "purpose-not-taken"
    NO_PERSON_MAY = "no-person-may"
    UNTRAINED = "untrained"
    STEP_UP = "step-up"


SENTENCES = {
    Reason.SUSPENDED: "you are suspended",
    Reason.REMOVED: "you are not registered any more",
    Reason.NO_ROLE: "none of your roles lets you do that",
    Reason.OTHER_TENANT: "your role is for another client",
    Reason.OTHER_PURPOSE: "your role is not for this purpose",
    Reason.NO_PURPOSE: "say for which purpose",
    Reason.PURPOSE_NOT_TAKEN: "that is not done for a purpose",
    Reason.NO_PERSON_MAY: "no person may do that for this purpose",
    Reason.UNTRAINED: "your training is not attested, or no longer: ask who leads you",
    Reason.STEP_UP: "prove first that it is you",
}
"""What a person is told of a denial."""


@dataclass(frozen=True, slots=True)
class Held:
    """A role that a person has.

    Attributes:
        role: the role.
        tenant: for which it counts, 16 bytes; None for every one.
        purposes: for which its acts over data count; never more than the role's own.
    """

    role: Role
    tenant: bytes | None
    purposes: frozenset[Purpose] = frozenset()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who wants to act.

    Attributes:
        name: by which the register knows the person.
        standing: whether the person takes part.
        held: the person's roles.
        trained_until: first second at which the training is no longer attested.
        verified: when the person last proved to be there; 0 for never.
    """

    name: str
    standing: Standing = Standing.ACTIVE
    held: tuple[Held, ...] = ()
    trained_until: int = 0
    verified: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it is allowed.

    Attributes:
        reason: why it is denied; None where it is allowed.
        role: in which role it is allowed, or would be after a step-up.
    """

    reason: Reason | None
    role: Role | None = None

    @property
    def allowed(self) -> bool:
        """Tell whether it is."""
        return self.reason is None


def may(
    person: Person, action: Action, tenant: bytes, purpose: Purpose | None, now: int
) -> Verdict:
    """Return whether a person may do an act.

    Args:
        person: who.
        action: what.
        tenant: whose data or devices it is about, 16 bytes.
        purpose: for which; None where the act takes none.
        now: seconds since the epoch.
    """
    if person.standing is not Standing.ACTIVE:
        return Verdict(Reason(person.standing.value))
    rule = RULES.get(action, _NOBODY)
    if (refusal := _refused_purpose(rule, purpose)) is not None:
        return Verdict(refusal)
    fresh = not rule.step_up or is_fresh(person.verified, now)
    if rule.own:
        return Verdict(None if fresh else Reason.STEP_UP)
    held = person.held
    steps: tuple[_Step, ...] = (
        (Reason.NO_ROLE, lambda one: one.role in rule.roles),
        (Reason.OTHER_TENANT, lambda one: one.tenant in {None, tenant}),
        (Reason.OTHER_PURPOSE, lambda one: _reaches(one, purpose)),
        (Reason.UNTRAINED, lambda one: _is_trained(one, person, now)),
    )
    for reason, counts in steps:
        held = tuple(one for one in held if counts(one))
        if not held:
            return Verdict(reason)
    if not fresh:
        return Verdict(Reason.STEP_UP, held[0].role)
    return Verdict(None, held[0].role)


def is_fresh(verified: int, now: int) -> bool:
    """Tell whether a person has just proved to be there; a later time is not now."""
    return 0 <= now - verified <= STEP_UP_SECONDS


def may_give(giver: Person, role: Role, tenant: bytes | None) -> bool:
    """Tell whether a person may give a role, or take it, once they may change people.

    Args:
        giver: who gives.
        role: what.
        tenant: for which it would count; None for every one.
    """
    return any(
        role in GIVES.get(one.role, ()) and one.tenant in {None, tenant}
        for one in giver.held
    )


def capacities(action: Action) -> frozenset[str]:
    """Return the names of the roles that may do an act."""
    return frozenset(role.value for role in RULES[action].roles)


def _reaches(held: Held, purpose: Purpose | None) -> bool:
    return purpose is None or purpose in held.purposes & PURPOSES.get(
        held.role, frozenset()
    )


def _is_trained(held: Held, person: Person, now: int) -> bool:
    return held.role in UNTRAINED or now < person.trained_until


def _refused_purpose(rule: Rule, purpose: Purpose | None) -> Reason | None:
    if rule.purposes is None:
        return None if purpose is None else Reason.PURPOSE_NOT_TAKEN
    if purpose is None:
        return Reason.NO_PURPOSE
    return None if purpose in rule.purposes else Reason.NO_PERSON_MAY
