# SPDX-License-Identifier: Apache-2.0
"""Answers about one diagnostic: its words, its signatures, its course, its result.

Rules: who asked sees the result for the purpose, ticket and reason that the request
has; everybody else says why first; each reading is the reader's, and in the ledger
before it is shown.
Not here: what can be asked (`diagnostics.py`), who may read (`server/reader`).
"""

import base64
import io
from collections.abc import Mapping, Sequence
from functools import partial

from markupsafe import Markup, escape
from starlette.responses import JSONResponse, Response

from server.access.actions import Action
from server.commands import printing
from server.console import drawing, reading, tables
from server.console.bounds import SIGN_AT
from server.console.desks import ended
from server.console.device import said
from server.console.diagnostics import catalogue
from server.console.drafts import Draft
from server.console.listed import lines
from server.console.route import GET, POST, Route, support
from server.console.site import Asked, Site, go
from server.console.typed import for_page
from server.errors import DeniedError, UsageError
from server.formats import pcap
from server.formats.tables import About, Column, Table
from wire.purposes import Purpose
from wire.refusals import Refusal
from wire.release import __version__

_NAME = frozenset("0123456789abcdefghijklmnopqrstuvwxyz_")
_DONE = "done"
_CAPTURE = "application/vnd.tcpdump.pcap"
_PROGRAM = "discreet-authorise serve --passkey FILE --console"
_WORTHLESS = frozenset(
    refusal.value
    for refusal in (
        Refusal.UNKNOWN_TECHNICIAN,
        Refusal.TECHNICIAN_REMOVED,
        Refusal.BAD_PROOF,
        Refusal.NOT_BY_WHO_ASKS,
        Refusal.MAY_NOT_ASK,
        Refusal.SAME_PERSON,
        Refusal.MAY_NOT_APPROVE,
        Refusal.NOT_APPROVED,
    )
)
"""Why signatures do not count; whatever else is wrong, they wait for another try."""
Told = Mapping[str, object]


def page(site: Site, asked: Asked) -> Response:
    """Show a request that waits to be signed, or what became of an order."""
    name = asked.query.get("order", "")
    draft = site.drafts.find(name)
    if draft is not None and not draft.sent:
        return _drafted(site, asked, name, draft)
    order = _order(site, asked, name)
    mine = draft is not None and draft.person == asked.signed_in.entry.person.name
    if draft is None or not mine or order["state"] != _DONE or not order["arrived"]:
        return _followed(site, asked, order, draft)
    why = draft.request.reason, draft.request.ticket
    try:
        found = _read(site, asked, order, why)
    except DeniedError as error:
        return _followed(site, asked, order, draft, denied=for_page(str(error)))
    return _followed(site, asked, order, draft, found)


def state(site: Site, asked: Asked) -> Response:
    """Tell how far an order is, for a page that follows it."""
    order = _order(site, asked, asked.query.get("order", ""), brief=True)
    told = {
        "words": words(site, asked, order).striptags(),
        "waiting": order["state"] == "waiting",
        "done": order["done"],
        "of": order["of"],
        "over": bool(order["over"]) and (order["state"] != _DONE or order["arrived"]),
    }
    return JSONResponse(told, headers={"cache-control": "no-store"})


def request(site: Site, asked: Asked) -> Response:
    """Give the file of a request, or of an order that lacks a signature."""
    name = asked.query.get("order", "")
    draft = _draft(site, name)
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="request-{name[:8]}"',
    }
    octets = draft.order or draft.octets
    return Response(octets, headers=headers, media_type="application/octet-stream")


def send(site: Site, asked: Asked) -> Response:
    """Send what its asker has signed."""
    return _send(site, asked, "send")


def approve(site: Site, asked: Asked) -> Response:
    """Send what a second technician has signed, too."""
    return _send(site, asked, "approve")


def discard(site: Site, asked: Asked) -> Response:
    """Forget a request of one's own that was not sent."""
    name = asked.one("order")
    if _draft(site, name).person != asked.signed_in.entry.person.name:
        msg = "this request is somebody else's: it ends by itself"
        raise UsageError(msg)
    site.drafts.drop(name)
    return go("/diagnostics")


def cancel(site: Site, asked: Asked) -> Response:
    """Take an order back."""
    question = {"act": "cancel", "order": asked.one("order")}
    told = ended(site.desks.office(asked.secret, question))
    return go(f"/diagnostic?order={told['order']}")


def read(site: Site, asked: Asked) -> Response:
    """Show what was found, for a reason."""
    order, found = _asked_for(site, asked)
    draft = site.drafts.find(str(order["order"]))
    return _followed(site, asked, order, draft, found)


def export(site: Site, asked: Asked) -> Response:
    """Give what was found as a file, for a reason."""
    order, found = _asked_for(site, asked, file=True)
    name = f"{order['diagnostic']}-{str(order['order'])[:8]}".replace("_", "-")
    return tables.download(name, found.names, found.rows)


def capture(site: Site, asked: Asked) -> Response:
    """Give the packets that were found as a file that programs for captures open.

    Raises:
        UsageError: what was asked for is no capture.
    """
    order, found = _asked_for(site, asked, file=True)
    if order["diagnostic"] != pcap.DATASET:
        msg = "only packet headers are a capture: take this as CSV"
        raise UsageError(msg)
    about = About(Purpose.SUPPORT.value, asked.now, __version__)
    columns = tuple(Column(name, "") for name in found.names)
    out = io.BytesIO()
    pcap.write([Table(pcap.DATASET, columns, found.rows)], about, out)
    name = f"capture-{str(order['order'])[:8]}{pcap.ENDING}"
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="{name}"',
    }
    return Response(out.getvalue(), headers=headers, media_type=_CAPTURE)


def words(site: Site, asked: Asked, order: Told) -> Markup:
    """Return in words what became of an order; what is still English is marked so."""
    said = escape(site.text(asked, f"diagnostic.state.{order['state']}"))
    if order["reason"]:
        why = printing.safe(str(order["reason"]))
        said += ": "
        said += site.pages.marked(asked.language, why)
    elif order["state"] == "running" and order["of"]:
        told = site.text(asked, "diagnostic.progress")
        said += f" ({told.format(done=order['done'], of=order['of'])})"
    if order["taken"] and not order["over"]:
        said += f"; {site.text(asked, 'diagnostic.taken')}"
    return said


def _drafted(site: Site, asked: Asked, name: str, draft: Draft) -> Response:
    person = asked.signed_in.entry
    mine = draft.person == person.person.name
    octets = draft.order if draft.waits else draft.octets
    at = draft.sign_at
    if not mine:
        known = lines(catalogue(site, asked), "technicians")
        at = next((str(o["origin"]) for o in known if o["name"] == person.shown), "")
    text = base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
    return site.page(
        asked,
        "diagnostic_draft",
        order=name,
        draft=draft,
        mine=mine,
        link=f"{at or SIGN_AT}/ask?request={text}",
        program=f"{_PROGRAM} {site.settings.origin}",
    )


def _followed(
    site: Site,
    asked: Asked,
    order: Told,
    draft: Draft | None,
    found: tables.Read | None = None,
    denied: str = "",
) -> Response:
    name = str(order.get("diagnostic", ""))
    declared = next((one for one in _known(site, asked) if one["name"] == name), {})
    table = tables.shown(name, found) if found else None
    types = declared.get("columns")
    over = bool(order["over"]) and (order["state"] != _DONE or bool(order["arrived"]))
    return site.page(
        asked,
        "diagnostic",
        order=order,
        title=declared.get("title", name),
        lines=draft.lines if draft else (),
        words=words(site, asked, order),
        over=over,
        done=order["state"] == _DONE,
        found=table,
        charts=drawing.charts(name, table, partial(said, site, asked)) if table else [],
        types={k: (v, "") for k, v in types.items()} if isinstance(types, dict) else {},
        beside=reading.notes(found.end, partial(said, site, asked)) if found else [],
        cells=reading.cells,
        reason=asked.one("reason") or (draft.request.reason if draft else ""),
        ticket=order.get("ticket", ""),
        exports=site.may(asked, Action.EXPORT_TABLES, Purpose.SUPPORT),
        captures=name == pcap.DATASET,
        denied=denied,
    )


def _known(site: Site, asked: Asked) -> Sequence[Told]:
    return lines(catalogue(site, asked), "diagnostics")


def _send(site: Site, asked: Asked, act: str) -> Response:
    name = asked.one("order")
    draft = _draft(site, name)
    if draft.sent:
        return go(f"/diagnostic?order={name}")
    if not draft.whole:
        msg = "it is not signed by everybody who must: sign it first"
        raise UsageError(msg)
    try:
        ended(site.desks.office(asked.secret, {"act": act, "order": draft.order.hex()}))
    except DeniedError as error:
        if error.reason in _WORTHLESS:
            site.drafts.unsign(name)
        raise
    site.drafts.note_sent(name)
    return go(f"/diagnostic?order={name}")


def _draft(site: Site, name: str) -> Draft:
    draft = site.drafts.find(name)
    if draft is None:
        msg = "this request waits no more: ask again"
        raise UsageError(msg)
    return draft


def _order(site: Site, asked: Asked, name: str, *, brief: bool = False) -> Told:
    """Return what became of one order.

    Raises:
        UsageError: there is none.
    """
    question = {"act": "orders", "order": name or "-", "brief": brief}
    found = lines(ended(site.desks.office(asked.secret, question)), "orders")
    if len(found) != 1:
        msg = (
            "there is no such order any more: they are kept for a day after their time"
        )
        raise UsageError(msg)
    return found[0]


def _asked_for(
    site: Site, asked: Asked, *, file: bool = False
) -> tuple[Told, tables.Read]:
    order = _order(site, asked, asked.one("order"))
    why = asked.one("reason"), asked.one("ticket")
    return order, _read(site, asked, order, why, file=file)


def _read(
    site: Site, asked: Asked, order: Told, why: tuple[str, str], *, file: bool = False
) -> tables.Read:
    """Read what an order found, under reason and ticket; to be shown, or as a file."""
    dataset = str(order.get("diagnostic", ""))
    if not dataset or not _NAME.issuperset(dataset):
        msg = "the ledger does not say any more what was asked: read it under Explore"
        raise UsageError(msg)
    reason, ticket = why
    # one device answered one request, so these would say the same in each row
    columns = "* EXCLUDE (device, device_label, request, observed), observed"
    which = f"{dataset} WHERE request = '{order['order']}'"
    question = {
        "purpose": Purpose.SUPPORT.value,
        "reason": reason,
        "ticket": ticket,
        "file": file,
        "devices": [order["device"]],
        "datasets": [dataset],
        "sql": f"SELECT {columns} FROM {which}",  # noqa: S608 - a declared name and digits
    }
    return tables.read(site.desks.reader(asked.secret, question))


SEE = Action.DIAGNOSE_SEE
ROUTES = (
    Route(GET, "/diagnostic", page, SEE, purpose=support),
    Route(GET, "/diagnostic/state", state, SEE, json=True, purpose=support),
    Route(
        *(GET, "/diagnostic/request", request, SEE),
        purpose=support,
        gives="application/octet-stream",
    ),
    Route(POST, "/diagnostic/send", send, Action.DIAGNOSE_ASK, purpose=support),
    Route(
        POST, "/diagnostic/approve", approve, Action.DIAGNOSE_APPROVE, purpose=support
    ),
    Route(POST, "/diagnostic/discard", discard, SEE, purpose=support),
    Route(POST, "/diagnostic/cancel", cancel, Action.DIAGNOSE_CANCEL, purpose=support),
    Route(POST, "/diagnostic/read", read, Action.READ, purpose=support),
    Route(
        *(POST, "/diagnostic/export", export, Action.EXPORT_TABLES),
        purpose=support,
        gives=tables.CSV,
    ),
    Route(
        *(POST, "/diagnostic/capture", capture, Action.EXPORT_TABLES),
        purpose=support,
        gives=_CAPTURE,
    ),
)
