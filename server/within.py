# SPDX-License-Identifier: Apache-2.0
"""Whether a policy takes no more than another, and so may be bound under it.

Rules: the published policy is the most that any device gives: what the client was told
of stays true whatever is bound; who reads and who receives stands in it alone, for data
is read by purpose and not by device; a retention class has one age, so that its keys
end once; what neither takes more nor less is refused, too.
Not here: what may be published at all (`server/uses.py`), comparing
(`server/policy_changes.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from server.errors import UsageError
from server.policy_changes import Change, Sort, What, changes
from wire.policy import Policy, PurposeRules, RetentionClass
from wire.purposes import Purpose

_SHOWN = 3
"""More differences than that are seen with `policy publish --dry-run`."""


def require(roof: Policy, policy: Policy, others: Iterable[Policy] = ()) -> None:
    """Refuse a policy that takes more than the published one.

    Args:
        roof: the published one.
        policy: the one to be bound.
        others: those that are bound already.

    Raises:
        UsageError: it takes more, or keeps a class for another time.
    """
    more = [one for one in changes(roof, policy) if _is_more(one)]
    if more:
        named = "; ".join(_words(one) for one in more[:_SHOWN])
        left = f" and {len(more) - _SHOWN} more" if len(more) > _SHOWN else ""
        msg = (
            f"the policy {policy.name} takes more than the published one {roof.name}: "
            f"{named}{left}. Publish one that has it first, or take it out"
        )
        raise UsageError(msg)
    _require_readers(roof, policy)
    for other in (roof, *others):
        _require_ages(other, policy)
    _require_support(roof, policy)


def with_classes(roof: Policy, bound: Sequence[Policy]) -> Policy:
    """Return the published policy with the classes of those that are bound, too."""
    return replace(
        roof,
        purposes=tuple(
            replace(rules, retention=_classes(rules, bound)) for rules in roof.purposes
        ),
    )


def _classes(
    rules: PurposeRules, bound: Sequence[Policy]
) -> tuple[RetentionClass, ...]:
    found = {kept.name: kept for kept in rules.retention}
    for policy in bound:
        other = policy.rules(rules.purpose)
        for kept in other.retention if other else ():
            found.setdefault(kept.name, kept)
    return tuple(found[name] for name in sorted(found))


def _is_more(change: Change) -> bool:
    if change.sort is Sort.OTHER:
        return change.what is not What.BASIS
    return change.sort in {Sort.NEW, Sort.LOOSER}


def _words(change: Change) -> str:
    of = " ".join(filter(None, (change.dataset, change.name)))
    return f"{change.what.value} {of} for {change.purpose}".replace("  ", " ")


def _require_readers(roof: Policy, policy: Policy) -> None:
    for rules in policy.purposes:
        held = roof.rules(rules.purpose)
        who = rules.readers, rules.recipients
        if held is not None and who != (held.readers, held.recipients):
            msg = (
                f"who reads and who receives for {rules.purpose.value} is said by the "
                "published policy for all devices: name the same in this one"
            )
            raise UsageError(msg)


def _require_ages(one: Policy, other: Policy) -> None:
    for rules in other.purposes:
        held = one.rules(rules.purpose)
        for kept in rules.retention:
            age = None if held is None else held.maximum_age(kept.name)
            if age not in {None, kept.maximum_age}:
                msg = (
                    f"the policies {one.name} and {other.name} keep the class "
                    f"{kept.name} of {rules.purpose.value} for different times: give "
                    "it another name in one of them"
                )
                raise UsageError(msg)


def _require_support(roof: Policy, policy: Policy) -> None:
    """Require that tickets have a key for each class that a device seals to."""
    asked, held = policy.rules(Purpose.SUPPORT), roof.rules(Purpose.SUPPORT)
    for kept in asked.retention if asked else ():
        if held is None or held.maximum_age(kept.name) is None:
            msg = (
                f"the policy {policy.name} keeps support data in a class {kept.name} "
                "that the published one has not, so a ticket has no key for it: use "
                "its classes"
            )
            raise UsageError(msg)
