# SPDX-License-Identifier: Apache-2.0
"""Answers with what an auditor looks for first: findings and incidents.

Rules: it is what the register says now; the signed package is built at the command
line, for it takes the keeper's key, which no page has.
Not here: the package (`server/evidence`), what is overdue of all sorts (`home.py`).
"""

from collections.abc import Sequence

from starlette.responses import Response

from server.access.actions import Action
from server.console.desks import Message
from server.console.listed import (
    Cell,
    Row,
    Section,
    kept,
    lines,
    section,
    when,
    word,
)
from server.console.route import GET, Route
from server.console.site import Asked, Site, Tab

_LOOKS = {"overdue": "bad", "closed": "good"}


def page(site: Site, asked: Asked) -> Response:
    """Show findings and incidents, and how a package is built and verified."""
    found = lines(kept(site, asked, "finding", step="list"), "findings")
    sections = [_findings(site, asked, found)]
    if site.may(asked, Action.INCIDENT_SEE):
        held = lines(kept(site, asked, "incident", step="list"), "incidents")
        sections.append(_incidents(held))
    return site.page(asked, "evidence", page="evidence", sections=sections)


def _findings(site: Site, asked: Asked, found: Sequence[Message]) -> Section:
    rows: list[Row] = [
        (
            str(one["id"]),
            str(one["title"]),
            str(one["severity"]),
            when(one, "due"),
            Cell(
                word(site, asked, "finding", one["state"]),
                _LOOKS.get(str(one["state"]), ""),
            ),
        )
        for one in found
    ]
    names = ("finding", "title", "severity", "due", "state")
    command = "discreet-server finding list"
    return section("evidence.findings", _heads(names), rows, command)


def _incidents(found: Sequence[Message]) -> Section:
    rows: list[Row] = [
        (
            str(one["name"]),
            when(one, "known"),
            when(one, "closed"),
            duties(lines(one, "told")),
        )
        for one in found
    ]
    names = ("incident", "known", "closed", "duties")
    command = "discreet-server incident show NAME"
    return section("evidence.incidents", _heads(names), rows, command)


def duties(told: Sequence[Message]) -> Cell:
    """Return whom an incident is to be told, how that stands, and until when."""
    said = [
        f"{one['whom']}: {one['state']}"
        + (f", {when(one, 'due')}" if one["due"] else "")
        for one in told
    ]
    is_late = any(one["state"] == "overdue" for one in told)
    return Cell("; ".join(said) or "-", "bad" if is_late else "")


def _heads(names: Sequence[str]) -> list[str]:
    return [f"evidence.head.{name}" for name in names]


ROUTES = (Route(GET, "/evidence", page, Action.FINDING_SEE),)
TAB = Tab("evidence", Action.FINDING_SEE)
