# SPDX-License-Identifier: Apache-2.0
"""The tickets that are open, to choose from where something is read or asked.

Rules: the keeper says which are open, and looks again when one is named; without it a
page has no choice and no less.
Not here: the page of tickets (`tickets.py`), what is read under one
(`server/reader/tickets.py`).
"""

from server.access.actions import Action
from server.access.model import may
from server.console.listed import kept, lines
from server.console.site import Asked, Site
from server.errors import UnreachableError
from wire.purposes import Purpose


def open_tickets(site: Site, asked: Asked) -> list[str]:
    """Return the ids of open tickets, as the keeper lists them."""
    told = kept(site, asked, "ticket", do="list")
    return [str(one["ticket"]) for one in lines(told, "tickets") if one["open"]]


def to_read(site: Site, asked: Asked, purpose: str) -> list[str]:
    """Return under which tickets something may be read; none where none is needed.

    Args:
        site: whose keeper is asked.
        asked: by whom.
        purpose: for which is read.
    """
    person, tenant = asked.signed_in.entry.person, site.people.tenant
    sees = may(person, Action.TICKET_SEE, tenant, None, asked.now)
    if purpose != Purpose.SUPPORT.value or not sees.allowed:
        return []
    try:
        return open_tickets(site, asked)
    except UnreachableError:
        return []
