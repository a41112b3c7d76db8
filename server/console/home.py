# SPDX-License-Identifier: Apache-2.0
"""Answers with the first page: what is overdue, and where a person may go.

Rules: what is overdue is asked of the keeper by who may see cases; a keeper that does
not answer leaves the rest of the page.
Not here: what counts as overdue (`server/keeper/overdue.py`).
"""

from starlette.responses import Response

from server.access.actions import Action
from server.console.desks import Message
from server.console.listed import kept, lines
from server.console.route import GET, Route
from server.console.site import Asked, Site
from server.errors import UnreachableError

_SHOWN = {
    "evidence build": "evidence",
    "finding list": "evidence",
    "incident list": "evidence",
    "subject list": "subjects",
    "hold list": "retention",
    "retention show": "retention",
    "recipient list": "sharing",
}
"""The command that shows what is overdue > the tab that does; of some there is none."""


def page(site: Site, asked: Asked) -> Response:
    """Show what is overdue, and each page that the person may open."""
    sees = site.may(asked, Action.CASE_SEE)
    late = _late(site, asked) if sees else None
    known = site.pages.words[asked.language]
    mine = site.look(asked).tabs
    tabs = [(tab, known.get(f"home.{tab}", "")) for tab in mine]
    shown = {name: tab for name, tab in _SHOWN.items() if tab in mine}
    return site.page(asked, "home", sees=sees, late=late, tabs=tabs, shown=shown)


def _late(site: Site, asked: Asked) -> list[Message] | None:
    """Return what is overdue; None where the keeper does not answer."""
    try:
        return lines(kept(site, asked, "overdue"), "overdue")
    except UnreachableError:
        return None


ROUTES = (Route(GET, "/", page, Action.SELF_SEE),)
