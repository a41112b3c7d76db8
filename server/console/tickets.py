# SPDX-License-Identifier: Apache-2.0
"""Answers about tickets: which are open, opening, closing, and their devices.

Rules: a ticket is an id and no words; every change is the keeper's, in the name of the
person, and in the ledger; a ticket's end brings that of its keys nearer, so who ends it
proves to be there.
Not here: what tickets are (`server/keeper/tickets.py`), what they allow.
"""

from collections.abc import Mapping

from starlette.responses import Response

from server.access.actions import Action
from server.access.model import Reason, may
from server.console.bounds import DAY_SECONDS
from server.console.choosing import choice, named
from server.console.listed import kept, lines
from server.console.route import GET, POST, Route
from server.console.site import Asked, Site, Tab, go

DAYS = (1, 7, 30)
"""How long a ticket may be open, to choose from."""


def page(site: Site, asked: Asked) -> Response:
    """Show all tickets that are kept."""
    person, tenant = asked.signed_in.entry.person, site.people.tenant
    verdicts = {
        action: may(person, action, tenant, None, asked.now)
        for action in (Action.TICKET_OPEN, Action.TICKET_CLOSE, Action.DEVICE_SEE)
    }
    told = kept(site, asked, "ticket", do="list")
    tickets = lines(told, "tickets")
    sees = verdicts[Action.DEVICE_SEE].allowed
    bound = {device for one in tickets for device in _ids(one)}
    return site.page(
        asked,
        "tickets",
        tickets=tickets,
        devices=named(site, asked, bound) if sees else {},
        choice=choice(site, asked) if sees else None,
        opens=verdicts[Action.TICKET_OPEN].allowed,
        closes=verdicts[Action.TICKET_CLOSE].allowed,
        step_up=verdicts[Action.TICKET_CLOSE].reason is Reason.STEP_UP,
        days=DAYS,
    )


def _ids(ticket: Mapping[str, object]) -> list[str]:
    """Return the ids of a ticket's devices."""
    found = ticket.get("devices")
    return [str(one) for one in found] if isinstance(found, list) else []


def open_ticket(site: Site, asked: Asked) -> Response:
    """Open a ticket."""
    days = next((one for one in DAYS if str(one) == asked.one("days")), DAYS[0])
    devices = [one for one in asked.form.get("device", ()) if one]
    seconds = days * DAY_SECONDS
    return _do(site, asked, "open", {"seconds": seconds, "devices": devices})


def attach(site: Site, asked: Asked) -> Response:
    """Add a device to a ticket that is bound to devices."""
    return _do(site, asked, "attach", {"device": asked.one("device"), "age": 0})


def detach(site: Site, asked: Asked) -> Response:
    """Take a device from a ticket."""
    return _do(site, asked, "detach", {"device": asked.one("device")})


def close(site: Site, asked: Asked) -> Response:
    """Close a ticket."""
    return _do(site, asked, "close", {})


def _do(site: Site, asked: Asked, do: str, more: Mapping[str, object]) -> Response:
    kept(site, asked, "ticket", do=do, ticket=asked.one("ticket"), **more)
    return go("/tickets")


ROUTES = (
    Route(GET, "/tickets", page, Action.TICKET_SEE),
    Route(POST, "/tickets/open", open_ticket, Action.TICKET_OPEN),
    Route(POST, "/tickets/attach", attach, Action.TICKET_OPEN),
    Route(POST, "/tickets/detach", detach, Action.TICKET_CLOSE),
    Route(POST, "/tickets/close", close, Action.TICKET_CLOSE),
)
TAB = Tab("tickets", Action.TICKET_SEE)
