# SPDX-License-Identifier: Apache-2.0
"""The act `transfer`: tells the client, shows how far transfers are, makes releases.

Rules: what is refused is in the ledger; an export says after each release how far it
is.
Not here: asking and deciding (`case.py`, `server/keeper/matters/transfer.py`), giving
out the keys of releases (`share.py`).
"""

from collections.abc import Generator, Iterator, Mapping

from server.errors import StateError, UsageError
from server.keeper import case_words, casework, notices
from server.keeper.desk import Desk
from server.keeper.ledger_lines import noting_denials
from server.keeper.questions import text_of
from server.keeper.sharing import granting
from server.keeper.transferring import exporting, judging, notice
from server.keeper.transferring.exporting import Order, Went
from server.register import cases, releases
from server.register import notices as register
from server.register.cases import Case
from server.register.notices import Notice, NoticeKind
from server.register.releases import Made
from wire.papers.matter import MatterKind, matter_digest
from wire.papers.recipient import recipient_digest
from wire.purposes import Purpose

NAME = "transfer"
Answer = dict[str, object]


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Answer, None, None]:
    """Yield the answer; of an export, one message for each portion before it.

    Args:
        desk: what the keeper works with.
        message: "step" is "status", "notice" with "recipient" and "deal", "draft" with
            "notice", or "export" with "case".
        user: who asks.
        now: the system's time.

    Raises:
        UsageError: the question is none.
        DeniedError: it is refused, and why and until when.
    """
    with noting_denials(desk, user, now):
        match text_of(message, "step"):
            case "status":
                yield {"end": _status(desk)}
            case "notice":
                yield {"end": _notice(desk, message, user, now)}
            case "draft":
                yield {"end": _draft(desk, text_of(message, "notice"))}
            case "export":
                casework.present_people(desk, now)  # a change is written down first
                number = casework.numbered(desk, text_of(message, "case"))
                for went in exporting.export(desk, Order(number, user, now)):
                    yield {"portion": _portion(desk, went)}
                yield {"end": {"directory": str(desk.layout.releases)}}
            case _:
                msg = "ask for a notice, a draft, the status or an export"
                raise UsageError(msg)


def _notice(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    name, deal = text_of(message, "recipient"), text_of(message, "deal")
    number, before = notice.write(desk, name, deal, user, now)
    return _told(desk, notices.held(desk, number)) | {"before": before}


def _draft(desk: Desk, digits: str) -> Answer:
    """Tell which acquirer, entry and purposes a notice is of."""
    held = notices.held(desk, notices.numbered(desk, digits))
    if held.kind is not NoticeKind.TRANSFER:
        msg = "this notice is of no transfer: discreet-server transfer status shows all"
        raise UsageError(msg)
    name, *purposes = held.about
    found = granting.registered(desk, name)
    entry = "" if found is None else recipient_digest(found.recipient).hex()
    return {"recipient": name, "entry": entry, "purposes": " ".join(purposes)}


def _portion(desk: Desk, went: Went) -> Answer:
    head = went.release
    return {
        "purpose": went.purpose.value,
        "done": went.done,
        "of": went.of,
        "release": "" if head is None else head.id.hex(),
        "rows": 0 if head is None else sum(table.rows for table in head.tables),
        "bytes": 0 if head is None else sum(table.octets for table in head.tables),
        "expires": 0 if head is None else head.expires,
        "envelopes": went.envelopes,
        "held": went.held,
        "hidden": went.hidden,
        "directory": str(desk.layout.releases),
    }


def _status(desk: Desk) -> Answer:
    with desk.register.view() as connection:
        told = [
            one for one in register.every(connection) if one.kind is NoticeKind.TRANSFER
        ]
        asked = [
            one
            for one in cases.every(connection)
            if one.kind == MatterKind.TRANSFER.value
        ]
        made = releases.every(connection)
    return {
        "window": judging.window(desk),
        "behind": desk.clock.behind(),
        "notices": [_told(desk, one) for one in told],
        "transfers": [*_transfers(desk, asked, made)],
    }


def _told(desk: Desk, one: Notice) -> Answer:
    name, *names = one.about
    found = granting.registered(desk, name)
    purposes = tuple(map(Purpose, names))
    counts = (
        found is not None and judging.told_of(found.recipient, purposes).id == one.id
    )
    first = judging.opens(desk, one)
    return {
        "notice": one.id.hex(),
        "recipient": name,
        "purposes": names,
        "written": one.written,
        "delivered": one.delivered or 0,
        "opens": first or 0,
        "open": counts and first is not None and first <= desk.clock.now(),
        "counts": counts,
    }


def _transfers(desk: Desk, asked: list[Case], made: list[Made]) -> Iterator[Answer]:
    for case in asked:
        try:
            held = case_words.open_case(desk, case.id)
        except StateError:
            continue  # its words have ended, three years after it
        granted = matter_digest(held.octets)
        yield {
            "case": case.id.hex(),
            "state": case.state.value,
            "recipient": held.matter.term(judging.RECIPIENT) or "",
            "purposes": (held.matter.term(judging.PURPOSES) or "").split(),
            "until": held.matter.term(judging.UNTIL) or "",
            "releases": [
                {
                    "release": one.id.hex(),
                    "made": one.made,
                    "expires": one.expires,
                    "bytes": one.octets,
                    "fetched": one.fetched or 0,
                    "received": one.received or 0,
                    "deleted": one.deleted or 0,
                    "revoked": one.revoked or 0,
                }
                for one in made
                if one.granted == granted
            ],
        }
