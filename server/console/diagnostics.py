# SPDX-License-Identifier: Apache-2.0
"""Answers about diagnostics: what can be asked, drafts, and what comes back signed.

Rules: what is asked is shown in words before it is signed, and is signed elsewhere; a
signed order that comes from the technician's own program is put beside its draft, and
does nothing else.
Not here: one request or order (`diagnostic.py`), the rules (`server/orders`).
Source: docs/adr/0045-an-order-travels-by-the-technicians-browser.md.
"""

import base64
import binascii
import datetime as dt
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from server.access.actions import SUPPORT, Action
from server.access.model import Reason, may
from server.console.bounds import SIGN_AT
from server.console.choosing import choice
from server.console.desks import ended
from server.console.drafts import Draft
from server.console.listed import lines
from server.console.open_tickets import open_tickets
from server.console.route import GET, POST, Route, support
from server.console.site import Asked, Site, Tab, go
from server.errors import UsageError
from wire.diagnostics import ParameterType
from wire.purposes import Purpose

SECONDS = (3_600, 28_800, 86_400)
"""For how long a request may wait for its device, to choose from."""
_MOMENT = ParameterType.MOMENT.value
Told = Mapping[str, object]


def page(site: Site, asked: Asked) -> Response:
    """Show what can be asked, what waits to be signed, and what was asked."""
    known = catalogue(site, asked)
    named = asked.query.get("about", "")
    permitted = [one for one in lines(known, "diagnostics") if one["permitted"]]
    about = _about(permitted, named)
    person = asked.signed_in.entry.person
    tenant = site.people.tenant
    asks = may(person, Action.DIAGNOSE_ASK, tenant, Purpose.SUPPORT, asked.now)
    may_ask = asks.allowed or asks.reason is Reason.STEP_UP
    device = asked.query.get("device", "")
    return site.page(
        asked,
        "diagnostics",
        diagnostics=lines(known, "diagnostics"),
        about=about,
        signers=[one for one in lines(known, "technicians") if one["asks"]],
        choice=choice(site, asked, device) if about and may_ask else None,
        device=device,
        tickets=open_tickets(site, asked),
        ticket=asked.query.get("ticket", ""),
        orders=lines(_office(site, asked, {"act": "orders"}), "orders"),
        drafts=[
            (name, one)
            for name, one in site.drafts.waiting(asked.now)
            if one.person == person.name or one.waits
        ],
        asks=may_ask,
        step_up=asks.reason is Reason.STEP_UP,
        seconds=SECONDS,
    )


def draft(site: Site, asked: Asked) -> Response:
    """Draft what is asked, to be signed."""
    known = catalogue(site, asked)
    name, asked_by = asked.one("diagnostic"), asked.one("asked-by")
    about = _about(lines(known, "diagnostics"), name)
    if about is None or about["name"] != name:
        msg = "there is no such diagnostic: open the page again"
        raise UsageError(msg)
    wish = {
        "act": "draft",
        "device": asked.one("device"),
        "diagnostic": name,
        "parameters": _parameters(asked, about),
        "ticket": asked.one("ticket"),
        "reason": " ".join(asked.one("reason").split()),
        "asked_by": asked_by,
        "seconds": _seconds(asked.one("seconds")),
    }
    told = _office(site, asked, wish)
    origins = {one["name"]: one["origin"] for one in lines(known, "technicians")}
    made = Draft(
        bytes.fromhex(str(told["request"])),
        asked.signed_in.entry.person.name,
        str(told["title"]),
        bool(told["sensitive"]),
        tuple((str(a), str(b), str(c)) for a, b, c in _rows(told.get("lines"))),
        str(origins.get(asked_by) or SIGN_AT),
    )
    return go(f"/diagnostic?order={site.drafts.keep(made, asked.now)}")


def signed(site: Site, asked: Asked) -> Response:
    """Put what a technician's program brings beside its draft, and lead on."""
    text = asked.one("order")
    try:
        padded = (text + "=" * (-len(text) % 4)).encode("ascii")
        name = site.drafts.put(base64.b64decode(padded, b"-_", validate=True))
    except (UnicodeEncodeError, binascii.Error):
        name = ""
    return site.page(asked, "diagnostics_signed", order=name)


def catalogue(site: Site, asked: Asked) -> Told:
    """Return what can be asked, and by whom."""
    return _office(site, asked, {"act": "diagnostics"})


def _rows(found: object) -> list[list[object]]:
    return [list(one) for one in found] if isinstance(found, list) else []


def _office(site: Site, asked: Asked, question: Told) -> Told:
    return ended(site.desks.office(asked.secret, question))


def _about(known: Sequence[Told], named: str) -> Told | None:
    """Return the diagnostic that the person chose, or one that is soon asked."""
    for one in known:
        if one["name"] == named:
            return one
    for one in known:
        wanted = [item for item in lines(one, "parameters") if item["default"] is None]
        if not wanted and not one["sensitive"]:
            return one
    return next(iter(known), None)


def _parameters(asked: Asked, about: Told) -> list[str]:
    """Return what was filled in; what was left empty has its default."""
    return [
        f"{item['name']}={in_utc(value) if item['type'] == _MOMENT else value}"
        for item in lines(about, "parameters")
        if (value := asked.one(f"with-{item['name']}").strip())
    ]


def in_utc(typed: str) -> str:
    """Return a time with the offset that a field of a page cannot say."""
    try:
        found = dt.datetime.fromisoformat(typed)
    except ValueError:
        return typed
    return typed if found.tzinfo else f"{found.isoformat()}Z"


def _seconds(text: str) -> int:
    return next((one for one in SECONDS if str(one) == text), SECONDS[0])


ROUTES = (
    Route(GET, "/diagnostics", page, Action.DIAGNOSE_SEE, purpose=support),
    Route(POST, "/diagnostics/draft", draft, Action.DIAGNOSE_ASK, purpose=support),
    Route(POST, "/diagnostics/signed", signed, elsewhere=True),
)
TAB = Tab("diagnostics", Action.DIAGNOSE_SEE, SUPPORT)
