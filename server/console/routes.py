# SPDX-License-Identifier: Apache-2.0
"""What the console answers: each route, what it wants, and the act that it is.

Rules: a route that changes something is a POST; one that is for nobody signed in is
listed as open; every other one is an act of the table, asked for each request.
Not here: guards (`app.py`), answers (`entering.py`, `me.py`, `people.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from server.access.actions import Action
from server.console import entering, me, people
from server.console.site import Asked, Site, go

GET, POST = "GET", "POST"
Answer = Callable[[Site, Asked], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    Attributes:
        method: of HTTP.
        path: without parameters.
        answer: what makes the answer.
        action: the act that it is; None for who need not be signed in.
        json: whether its body is JSON and no form.
    """

    method: str
    path: str
    answer: Answer
    action: Action | None = None
    json: bool = False


def _home(site: Site, asked: Asked) -> Response:
    del site, asked
    return go("/me")


def _privacy(site: Site, asked: Asked) -> Response:
    return site.page(asked, "privacy")


def _gpc(site: Site, asked: Asked) -> Response:
    del site, asked
    return JSONResponse({"gpc": True, "lastUpdate": "2026-11-29"})


SELF_SEE, SELF_CHANGE = Action.SELF_SEE, Action.SELF_CHANGE
ROUTES = (
    Route(GET, "/", _home),
    Route(GET, "/privacy", _privacy),
    Route(GET, "/.well-known/gpc.json", _gpc),
    Route(GET, "/sign-in", entering.sign_in_page),
    Route(POST, "/sign-in/begin", entering.begin_sign_in, json=True),
    Route(POST, "/sign-in", entering.sign_in, json=True),
    Route(GET, "/join", entering.join_page),
    Route(POST, "/join/begin", entering.begin_join, json=True),
    Route(POST, "/join", entering.join, json=True),
    Route(POST, "/key/begin", entering.begin_key, json=True),
    Route(POST, "/key", entering.sign_in_by_key, json=True),
    Route(GET, "/step-up", entering.step_up_page, SELF_SEE),
    Route(POST, "/step-up/begin", entering.begin_step_up, SELF_CHANGE, json=True),
    Route(POST, "/step-up", entering.step_up, SELF_CHANGE, json=True),
    Route(POST, "/sign-out", entering.sign_out, SELF_CHANGE),
    Route(GET, "/me", me.page, SELF_SEE),
    Route(GET, "/me/taken", me.taken, SELF_SEE),
    Route(POST, "/me/preferences", me.prefer, SELF_CHANGE),
    Route(POST, "/me/forget", me.forget, SELF_CHANGE),
    Route(POST, "/me/sessions/end", me.end_session, SELF_CHANGE),
    Route(GET, "/people", people.page, Action.PEOPLE_SEE),
    Route(POST, "/people/invite", people.invite, Action.PEOPLE_INVITE),
    Route(POST, "/people/again", people.again, Action.PEOPLE_INVITE),
    Route(POST, "/people/suspend", people.suspend, Action.PEOPLE_CHANGE),
    Route(POST, "/people/resume", people.resume, Action.PEOPLE_CHANGE),
    Route(POST, "/people/remove", people.remove, Action.PEOPLE_CHANGE),
    Route(POST, "/people/attest", people.attest, Action.PEOPLE_ATTEST),
)
