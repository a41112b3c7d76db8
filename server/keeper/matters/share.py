# SPDX-License-Identifier: Apache-2.0
"""The matter `share`: a recipient may get what is in a scope, for a task and a time.

Rules: it names the very entry of the recipient, which must be the register's newest;
what the policy, the register or config.toml refuse now is refused before anybody is
asked; nothing is opened.
Not here: releases under the grant (`server/keeper/sharing/releasing.py`), who approves
(`server/keeper/people.py`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from policies import catalogue
from server.errors import DeniedError, UsageError
from server.formats import choosing
from server.keeper.bounds import GRANT_SECONDS
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.sharing import channels, granting
from server.keeper.sharing.projection import OWN
from server.keeper.terms import day_of, scope_of
from server.register import recipients
from server.register.recipients import Granted
from wire import limits
from wire.papers.decision import Decided
from wire.papers.grant import Delivery, Grant, grant_digest, sign_grant
from wire.papers.matter import Matter
from wire.papers.scope import Scope

if TYPE_CHECKING:
    from wire.cbor import Plain

RECIPIENT, ENTRY, TASK, REASON = "recipient", "entry", "task", "reason"
OCTETS, SINCE, UNTIL, FORMAT = "bytes", "from", "until", "format"
DELIVERY, CHANNEL = "delivery", "channel"
_DAY = 86_400


def check(desk: Desk, matter: Matter, now: int) -> dict[str, int]:
    """Refuse what could not be granted now; count what would be.

    Returns:
        `datasets` and `columns` that the grant would permit today, and the columns
        that it names and does not get (`left_out`).

    Raises:
        UsageError: it does not say what a grant must.
        DeniedError: nothing of it may be granted, and why.
    """
    grant = _drawn(desk, matter, ())
    if not now < grant.until <= now + GRANT_SECONDS:
        msg = "the last day of a grant lies ahead, within a year"
        raise UsageError(msg)
    for dataset in grant.scope.datasets:
        unfit = choosing.named(grant.format).unfit(catalogue().datasets[dataset.name])
        if unfit:
            msg = f"{dataset.name} has no form in {grant.format}: {unfit}"
            raise UsageError(msg)
    held, permission = granting.judged(desk, grant, max(now, grant.since))
    if grant.delivery is not None and held is not None:
        where = channels.require(held.recipient, grant.format)
        if matter.term(CHANNEL) != channels.words(where):
            msg = "the channel is not the one that the recipient's entry names"
            raise UsageError(msg)
    body = _body(grant)
    if permission.refused:
        body["denied"] = permission.refused
        desk.ledger.add("share-refused", body, now)
        raise DeniedError(permission.refused, permission.sentence)
    desk.ledger.add("share-asked", body, now)
    given = sum(map(len, permission.columns.values()))
    asked = sum(len(dataset.columns) for dataset in grant.scope.datasets)
    return {
        "datasets": len(permission.columns),
        "columns": given,
        "left_out": asked - given,
    }


def do(desk: Desk, matter: Matter, decided: Sequence[Decided], now: int) -> bool:
    """Sign the grant and register it; the case ends with it."""
    grant = _drawn(desk, matter, tuple(decided))
    paper, digest = sign_grant(grant, desk.keyring.keeper_key()), grant_digest(grant)
    add_once(desk, "share-approved", _body(grant) | {"digest": digest}, ("case",), 0)
    granted = Granted(matter.case, digest, grant.recipient, None, paper)
    with desk.register.transaction() as connection:
        recipients.add_grant(connection, granted)
    return True


def _drawn(desk: Desk, matter: Matter, decided: tuple[Decided, ...]) -> Grant:
    """Return the grant that a matter asks for.

    Raises:
        UsageError: it does not say what a grant must.
    """
    scope = _scope(desk, matter)
    if len(scope.purposes) != 1:
        msg = "a grant is for one purpose: give --purpose once"
        raise UsageError(msg)
    texts = {name: matter.term(name) for name in (RECIPIENT, ENTRY, TASK, REASON)}
    octets, form = matter.term(OCTETS) or "", matter.term(FORMAT) or ""
    if not all(texts.values()) or not octets.isdecimal() or not octets.isascii():
        msg = "say for whom (recipient), what for (task, reason) and how much (bytes)"
        raise UsageError(msg)
    if not 0 < int(octets) <= limits.RELEASE_BYTES:
        msg = f"a grant is for 1 to {limits.RELEASE_BYTES} bytes"
        raise UsageError(msg)
    choosing.named(form)
    since = day_of(matter, SINCE, "from which day the grant holds")
    until = day_of(matter, UNTIL, "through which day the grant holds") + _DAY - 1
    if since > until:
        msg = "the grant begins after its end"
        raise UsageError(msg)
    try:
        entry = bytes.fromhex(str(texts[ENTRY]))
    except ValueError:
        msg = "the recipient's entry is named by its digest"
        raise UsageError(msg) from None
    return Grant(
        desk.tenant,
        matter.case,
        str(texts[RECIPIENT]),
        entry,
        str(texts[TASK]),
        scope.purposes[0],
        scope,
        int(octets),
        str(texts[REASON]),
        since,
        until,
        form,
        decided,
        _delivery(matter),
    )


def _delivery(matter: Matter) -> Delivery | None:
    """Return how rows reach the recipient.

    Raises:
        UsageError: in a way that there is not.
    """
    word = matter.term(DELIVERY)
    if word is None:
        return None
    if word != Delivery.PUSH.value:
        msg = f"{DELIVERY} is {Delivery.PUSH.value}, or is left out"
        raise UsageError(msg)
    return Delivery.PUSH


def _scope(desk: Desk, matter: Matter) -> Scope:
    """Return the scope; of its names ours are known as well as declared ones.

    Raises:
        UsageError: there is none, or it names what there is not.
    """
    if matter.scope is not None:
        declared = tuple(
            replace(
                item, columns=tuple(name for name in item.columns if name not in OWN)
            )
            for item in matter.scope.datasets
        )
        scope_of(desk, replace(matter, scope=replace(matter.scope, datasets=declared)))
        return matter.scope
    return scope_of(desk, matter)


def _body(grant: Grant) -> "dict[str, Plain]":
    """Return what the ledger says of a grant: names and counts."""
    return {
        "case": grant.id,
        "recipient": grant.recipient,
        "purpose": grant.purpose.value,
        "datasets": [item.name for item in grant.scope.datasets],
        "columns": sum(len(item.columns) for item in grant.scope.datasets),
        "devices": list(grant.scope.devices),
        "until": grant.until,
    }
