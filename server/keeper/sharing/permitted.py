# SPDX-License-Identifier: Apache-2.0
"""What a grant permits on a day: columns by dataset, or why nothing.

Rules: pure; whatever is not named by the grant, by the recipient's entry and by the
policy in force is not permitted; a payment processor gets nothing by any policy, and an
acquirer nothing by a grant; what changed since people approved, refuses.
Not here: who approves (`server/keeper/people.py`), rows (`projection.py`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from server.keeper.sharing.countries import may_go
from server.keeper.sharing.projection import OWN
from wire.papers.grant import Grant
from wire.papers.recipient import Recipient, RecipientRole, recipient_digest
from wire.policy import Policy, PurposeRules
from wire.purposes import RULES

_SENTENCES = {
    "no-recipient": "nobody of this name is registered: add the recipient first",
    "other-recipient": "the recipient's entry changed since this was approved: ask "
    "for a new grant",
    "recipient-suspended": "the recipient is suspended: add it anew to go on",
    "recipient-expired": "the agreement with the recipient ended: renew it, and "
    "add the recipient with its new end",
    "payment-gets-nothing": "a payment processor gets no telemetry: no policy and no "
    "approval changes that",
    "acquirer": "an acquirer gets nothing by a grant: what it takes over it gets by a "
    "transfer, once the client had its time",
    "country": "data may not go to the recipient's country: list it in [transfers] of "
    "config.toml, or register what makes the transfer lawful",
    "purpose-not-granted": "the recipient is not registered for this purpose, or data "
    "of this purpose is shared with nobody",
    "not-in-policy-recipients": "the policy in force does not name the recipient for "
    "this purpose: publish one that does",
    "grant-revoked": "the grant was revoked",
    "grant-early": "the grant has not begun",
    "grant-over": "the grant is over: ask for a new one",
    "no-columns": "nothing of what is asked for is in the policy in force",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A recipient as the register has it now.

    Attributes:
        recipient: its newest entry.
        suspended: it gets nothing until another entry is added.
    """

    recipient: Recipient
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Permission:
    """What a grant permits.

    Attributes:
        columns: by dataset, with those of ours that are granted; empty for nothing.
        refused: why nothing, as a slug; empty where something is permitted.
    """

    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    refused: str = ""

    @property
    def sentence(self) -> str:
        """Return what to tell whoever asked."""
        return _SENTENCES[self.refused] if self.refused else ""


def permitted(
    grant: Grant,
    registered: Registered | None,
    policy: Policy,
    countries: Collection[str],
    now: int,
    *,
    revoked: bool = False,
) -> Permission:
    """Return what a grant permits now.

    Args:
        grant: as people approved it.
        registered: whom it is for, as the register has it; None where nobody is.
        policy: in force.
        countries: to which data may go.
        now: seconds since the epoch.
        revoked: the grant was revoked.
    """
    if registered is None or registered.recipient.name != grant.recipient:
        return Permission(refused="no-recipient")
    refused = (
        unfit(registered, countries, now)
        or _of_grant(grant, registered.recipient)
        or _of_time(grant, now, revoked=revoked)
        or _of_policy(grant, policy.rules(grant.purpose))
    )
    if refused:
        return Permission(refused=refused)
    rules = policy.rules(grant.purpose)
    columns = _columns(grant, rules) if rules else {}
    return Permission(columns) if columns else Permission(refused="no-columns")


def unfit(registered: Registered | None, countries: Collection[str], now: int) -> str:
    """Return why a recipient gets nothing at all now, as a slug; empty where it may.

    Args:
        registered: as the register has it; None where nobody is.
        countries: to which data may go.
        now: seconds since the epoch.
    """
    if registered is None:
        return "no-recipient"
    recipient = registered.recipient
    reasons = {
        "payment-gets-nothing": recipient.role is RecipientRole.PAYMENT,
        "recipient-suspended": registered.suspended,
        "recipient-expired": now > recipient.agreement_until,
        "country": not may_go(recipient, countries),
    }
    return next((slug for slug, holds in reasons.items() if holds), "")


def _of_grant(grant: Grant, recipient: Recipient) -> str:
    purpose = grant.purpose
    reasons = {
        "acquirer": recipient.role is RecipientRole.ACQUIRER,
        "purpose-not-granted": purpose not in recipient.purposes
        or not RULES[purpose].identifiers,
        "other-recipient": recipient_digest(recipient) != grant.recipient_digest,
    }
    return next((slug for slug, holds in reasons.items() if holds), "")


def _of_time(grant: Grant, now: int, *, revoked: bool) -> str:
    if revoked:
        return "grant-revoked"
    if now < grant.since:
        return "grant-early"
    return "grant-over" if now > grant.until else ""


def _of_policy(grant: Grant, rules: PurposeRules | None) -> str:
    if rules is None or grant.recipient not in rules.recipients:
        return "not-in-policy-recipients"
    return ""


def _columns(grant: Grant, rules: PurposeRules) -> dict[str, frozenset[str]]:
    """Return what both name; ours come along with others, never alone."""
    known = {
        rule.dataset: frozenset(column.column for column in rule.columns)
        for rule in rules.datasets
    }
    found = {}
    for dataset in grant.scope.datasets:
        both = known.get(dataset.name, frozenset()) & frozenset(dataset.columns)
        if both:
            found[dataset.name] = both | frozenset(OWN) & frozenset(dataset.columns)
    return found
