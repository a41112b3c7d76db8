# SPDX-License-Identifier: Apache-2.0
"""Answers with what persons asked for, and how long there is to answer them.

Rules: a case has its kind and its clock, and no name of anybody; it is decided by a
signature at the command line.
Not here: the clocks (`server/keeper/rights/clocks.py`), looking for a person.
"""

from starlette.responses import Response

from server.access.actions import Action
from server.console.listed import (
    Cell,
    Command,
    Row,
    kept,
    lines,
    section,
    short,
    when,
    word,
)
from server.console.route import GET, Route
from server.console.site import Asked, Site, Tab
from server.health import number

FEW = 7
"""Days in which somebody should look."""


def page(site: Site, asked: Asked) -> Response:
    """Show each request with its clock, the first that is due first."""
    found = lines(kept(site, asked, "subject", step="list"), "rights")
    rows: list[Row] = [
        (
            short(one, "case"),
            word(site, asked, "right", one["kind"]),
            when(one, "asked"),
            when(one, "due"),
            _days(one.get("days")),
            word(site, asked, "case", one["state"]),
        )
        for one in sorted(found, key=lambda one: number(one, "due"))
    ]
    names = ("case", "right", "asked", "due", "days", "state")
    heads = [f"subjects.head.{name}" for name in names]
    command = Command("discreet-server case show ID", Action.CASE_SEE)
    listed = section(asked, "subjects.requests", heads, rows, command)
    return site.page(asked, "listed", page="subjects", sections=[listed])


def _days(left: object) -> Cell:
    """Return the days that are left; a dash once it is done."""
    if not isinstance(left, int):
        return Cell("-")
    return Cell(str(left), "bad" if left <= FEW else "")


ROUTES = (Route(GET, "/subjects", page, Action.SUBJECT_SEE),)
TAB = Tab("subjects", Action.SUBJECT_SEE)
