# SPDX-License-Identifier: Apache-2.0
"""The act `share`: shows grants and releases, makes, gives out, ends and traces them.

Rules: what is refused is in the ledger; of a leaked file only its stand-ins come here,
and nothing of them is kept.
Not here: asking for a grant (`case.py`, `server/keeper/matters/share.py`).
"""

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING

from server.errors import DeniedError
from server.keeper import casework
from server.keeper.desk import Desk
from server.keeper.ledger_lines import noting_denials
from server.keeper.questions import octets_of, step_of, text_of
from server.keeper.sharing import (
    channels,
    fetching,
    granting,
    letters,
    pushing,
    releasing,
    resolving,
    watermark,
)
from server.register import recipients, releases
from server.register.recipients import Granted
from server.register.releases import Made
from wire.papers.recipient import recipient_digest

if TYPE_CHECKING:
    from wire.cbor import Plain

NAME = "share"
Answer = dict[str, object]


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Answer, None, None]:
    """Yield the one answer.

    Raises:
        UsageError: the question is none.
        DeniedError: it is refused, and why.
    """
    step = step_of(message, _STEPS)
    with noting_denials(desk, user, now):
        yield {"end": step(desk, message, user, now)}


def _entry(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    """Tell by which digest a grant names a recipient's newest entry."""
    held = granting.registered(desk, text_of(message, "recipient"))
    if held is None:
        reason = "no-recipient"
        msg = "nobody of this name is registered: add the recipient first"
        raise DeniedError(reason, msg)
    channel = held.recipient.channel
    return {
        "entry": recipient_digest(held.recipient).hex(),
        "channel": channels.words(channel) if channel else "",
    }


def _list(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    with desk.register.view() as connection:
        made = releases.every(connection)
    moment = max(now, desk.clock.latest())
    return {
        "grants": [_grant(desk, one, made, moment) for one in granting.every(desk)],
        "releases": [_release(one) for one in made],
    }


def _grant(desk: Desk, granted: Granted, made: list[Made], now: int) -> Answer:
    grant = granting.opened(desk, granted)
    revoked = granted.revoked is not None
    _, permission = granting.judged(desk, grant, now, revoked=revoked)
    spent = sum(one.octets for one in made if one.granted == granted.digest)
    return {
        "grant": grant.id.hex(),
        "recipient": grant.recipient,
        "purpose": grant.purpose.value,
        "task": grant.task,
        "since": grant.since,
        "until": grant.until,
        "bytes": grant.octets,
        "spent": spent,
        "format": grant.format,
        "delivery": grant.delivery.value if grant.delivery else "release",
        "refused": permission.refused,
        "columns": {
            name: sorted(columns) for name, columns in permission.columns.items()
        },
    }


def _release(made: Made) -> Answer:
    return {
        "release": made.id.hex(),
        "recipient": made.recipient,
        "made": made.made,
        "expires": made.expires,
        "bytes": made.octets,
        "fetched": made.fetched or 0,
        "received": made.received or 0,
        "deleted": made.deleted or 0,
        "revoked": made.revoked or 0,
    }


def _make(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    granted = granting.begun(desk, text_of(message, "grant"))
    head = releasing.release(desk, granted, user, now)
    return {
        "release": head.id.hex(),
        "path": str(desk.layout.releases / head.id.hex()),
        "rows": {table.dataset: table.rows for table in head.tables},
        "bytes": sum(table.octets for table in head.tables),
        "expires": head.expires,
    }


def _push(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    """Push the next batch; who asks goes on under the id that it is told."""
    granted = granting.begun(desk, text_of(message, "grant"))
    before = octets_of(message, "release") or None
    done = pushing.push(desk, granted, before, user, now)
    told = done.head
    return {
        "grant": granted.id.hex(),
        "release": told.id.hex() if told else "",
        "head": str(desk.layout.releases / told.id.hex() / "head") if told else "",
        "rows": done.rows,
        "refused": done.refused,
        "more": done.more,
    }


def _fetch(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    return {"answer": fetching.give(desk, octets_of(message, "request"), now).hex()}


def _receipt(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    return {"said": fetching.take(desk, octets_of(message, "receipt"), now).value}


def _revoke(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    """End a grant with all of its releases, or one release."""
    digits = text_of(message, "id").lower()
    with desk.register.view() as connection:
        made = releases.every(connection)
    named = [one for one in made if digits and one.id.hex().startswith(digits)]
    begun = [one for one in granting.every(desk) if one.id.hex().startswith(digits)]
    if len(named) == 1 and not begun:
        fetching.revoke(desk, named[0].id, user, now)
        return {"releases": 1}
    granted = granting.begun(desk, "" if named else digits)
    body: dict[str, Plain] = {"by": user, "case": granted.id}
    body["recipient"] = granted.recipient
    with desk.ending:
        desk.ledger.add("share-revoked", body, now)
        with desk.register.transaction() as connection:
            recipients.revoke_grant(connection, granted.id, now)
        ended = [
            one for one in made if one.granted == granted.digest and one.revoked is None
        ]
        for one in ended:
            fetching.revoke(desk, one.id, user, now)
    return {"releases": len(ended)}


def _meaning(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    """Hand out the sealed answer to a recipient's question, by its case."""
    number = casework.numbered(desk, text_of(message, "case"))
    return {"answer": resolving.hand_out(desk, number, user, now).hex()}


def _trace(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    """Tell of which grants stand-ins of a leaked file are."""
    granted = {one.id: one for one in granting.every(desk)}
    secrets = letters.grant_secrets(desk, granted)
    found = watermark.whose([text_of(message, "stand_ins")], secrets)
    return {
        "traces": [
            {
                "grant": trace.grant.hex(),
                "recipient": granted[trace.grant].recipient,
                "hits": trace.hits,
                "tried": trace.tried,
            }
            for trace in found
            if trace.named
        ]
    }


_STEPS: Mapping[str, Callable[[Desk, Mapping[str, object], str, int], Answer]] = {
    "entry": _entry,
    "list": _list,
    "make": _make,
    "push": _push,
    "fetch": _fetch,
    "receipt": _receipt,
    "revoke": _revoke,
    "meaning": _meaning,
    "trace": _trace,
}
