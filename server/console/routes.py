# SPDX-License-Identifier: Apache-2.0
"""What the console answers: the routes and tabs of its pages, in their order.

Rules: a page's routes and its tab are in its own module; every route that is not open
is an act of the table, asked for each request.
Not here: what a route is (`route.py`), guards (`app.py`), answers.
"""

from collections.abc import Sequence

from starlette.responses import JSONResponse, Response

from server.console import (
    alerts,
    device,
    diagnostic,
    diagnostics,
    elsewhere,
    entering,
    evidence,
    explore,
    fleet,
    home,
    ledger,
    me,
    people,
    policy,
    retention,
    roles,
    sharing,
    subjects,
    tickets,
)
from server.console.route import GET, Route
from server.console.site import Asked, Site, Tab


def _privacy(site: Site, asked: Asked) -> Response:
    return site.page(asked, "privacy")


def _gpc(site: Site, asked: Asked) -> Response:
    del site, asked
    return JSONResponse({"gpc": True, "lastUpdate": "2026-11-29"})


OWN = (
    Route(GET, "/privacy", _privacy),
    Route(GET, "/.well-known/gpc.json", _gpc, gives="application/json"),
)
ROUTES: Sequence[Route] = (
    *OWN,
    *home.ROUTES,
    *entering.ROUTES,
    *alerts.ROUTES,
    *elsewhere.ROUTES,
    *fleet.ROUTES,
    *device.ROUTES,
    *explore.ROUTES,
    *diagnostics.ROUTES,
    *diagnostic.ROUTES,
    *tickets.ROUTES,
    *policy.ROUTES,
    *retention.ROUTES,
    *sharing.ROUTES,
    *subjects.ROUTES,
    *ledger.ROUTES,
    *evidence.ROUTES,
    *me.ROUTES,
    *people.ROUTES,
    *roles.ROUTES,
)
TABS: Sequence[Tab] = (
    fleet.TAB,
    explore.TAB,
    diagnostics.TAB,
    tickets.TAB,
    alerts.TAB,
    policy.TAB,
    retention.TAB,
    sharing.TAB,
    subjects.TAB,
    ledger.TAB,
    evidence.TAB,
    me.TAB,
    people.TAB,
)
