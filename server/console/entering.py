# SPDX-License-Identifier: Apache-2.0
"""Answers of sign-in, sign-up, step-up and sign-out.

Rules: who is refused learns that, and not why; whoever signs in gets another secret,
and what the browser had before is worth nothing then.
Not here: what counts (`server/access/entering.py`).
"""

import base64
import binascii
import json
import re
from collections.abc import Callable

from starlette.responses import JSONResponse, Response

from server.access import sessions
from server.access.actions import Action
from server.access.refusals import RefusedError
from server.console.route import GET, POST, Route
from server.console.site import Asked, Site, go, with_session, without_session

PAGES_TO = re.compile(r"[a-z][a-z/-]*(\?[a-z]+=[\w-]*(&[a-z]+=[\w-]*)*)?", re.ASCII)
"""Where a proof of who one is may lead, after the slash: nobody is sent elsewhere."""
_REFUSED = 403


def sign_in_page(site: Site, asked: Asked) -> Response:
    """Show how to sign in, and lead on to where the person wanted to go."""
    to = _wanted(asked, "/")
    if asked.session is not None:
        return go(to)
    elsewhere = site.provider is not None
    return site.page(
        asked, "proving", what="sign-in", to=to, here="", elsewhere=elsewhere
    )


def join_page(site: Site, asked: Asked) -> Response:
    """Show how to make a passkey; the invitation stays in the browser's address.

    It leads to one's own page: who is new sees there what they may do.
    """
    return site.page(asked, "proving", what="join", to="/me", here="")


def step_up_page(site: Site, asked: Asked) -> Response:
    """Show how to prove that one is there."""
    to = _wanted(asked, "/me")
    return site.page(asked, "proving", what="step-up", to=to, here="")


def begin_sign_in(site: Site, asked: Asked) -> Response:
    """Give a challenge for any passkey."""
    del asked
    return _options(site.entrance.begin())


def sign_in(site: Site, asked: Asked) -> Response:
    """Sign in with the answer of a passkey."""
    return _entered(
        site, asked, lambda: site.entrance.sign_in(_answer(asked), asked.now)
    )


def begin_join(site: Site, asked: Asked) -> Response:
    """Give a challenge for who was invited."""
    try:
        return _options(site.entrance.begin_join(_text(asked, "invitation"), asked.now))
    except RefusedError as error:
        return _refused(site, error, asked.now)


def join(site: Site, asked: Asked) -> Response:
    """Add a passkey by an invitation, and sign in."""
    invitation = _text(asked, "invitation")
    return _entered(
        site, asked, lambda: site.entrance.join(invitation, _answer(asked), asked.now)
    )


def begin_step_up(site: Site, asked: Asked) -> Response:
    """Give a challenge for who is signed in."""
    return _options(site.entrance.begin_step_up(asked.signed_in))


def step_up(site: Site, asked: Asked) -> Response:
    """Take the proof that the person is there."""
    return _entered(
        site,
        asked,
        lambda: site.entrance.step_up(asked.signed_in, _answer(asked), asked.now),
    )


def begin_key(site: Site, asked: Asked) -> Response:
    """Give a challenge for a key file."""
    del asked
    challenge = base64.b64encode(site.entrance.begin_key()).decode()
    return JSONResponse({"challenge": challenge}, headers={"cache-control": "no-store"})


def sign_in_by_key(site: Site, asked: Asked) -> Response:
    """Sign in with the signature of a key file."""
    try:
        public, challenge, signature = (
            base64.b64decode(_text(asked, name), validate=True)
            for name in ("key", "challenge", "signature")
        )
    except binascii.Error:
        public = challenge = signature = b""
    return _entered(
        site,
        asked,
        lambda: site.entrance.sign_in_by_key(public, challenge, signature, asked.now),
    )


def sign_out(site: Site, asked: Asked) -> Response:
    """End the session."""
    session = asked.signed_in
    with site.people.register.writing() as connection:
        sessions.end(
            connection, session.entry.person.name, sessions.number_of(session.digest)
        )
    return without_session(go("/sign-in"))


def _wanted(asked: Asked, usual: str) -> str:
    """Return the page that the person wanted, or the usual one."""
    wanted = asked.query.get("to", "")
    return f"/{wanted}" if PAGES_TO.fullmatch(wanted) else usual


def _entered(site: Site, asked: Asked, enter: Callable[[], str]) -> Response:
    try:
        secret = enter()
    except RefusedError as error:
        return _refused(site, error, asked.now)
    if asked.session is not None:  # another one takes its place, or it was exchanged
        with site.people.register.writing() as connection:
            number = sessions.number_of(asked.session.digest)
            sessions.end(connection, asked.session.entry.person.name, number)
    done = JSONResponse({"done": True}, headers={"cache-control": "no-store"})
    return with_session(done, secret)


def _refused(site: Site, error: RefusedError, now: int) -> Response:
    site.refusals.count(error.why)
    site.refusals.tell(now)
    return JSONResponse({"refused": True}, _REFUSED, {"cache-control": "no-store"})


def _options(options: str) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(options, headers=headers, media_type="application/json")


def _text(asked: Asked, name: str) -> str:
    value = asked.given.get(name)
    return value if isinstance(value, str) and value.isascii() else ""


def _answer(asked: Asked) -> str:
    return json.dumps(asked.given.get("answer"))


SELF_SEE, SELF_CHANGE = Action.SELF_SEE, Action.SELF_CHANGE
ROUTES = (
    Route(GET, "/sign-in", sign_in_page),
    Route(POST, "/sign-in/begin", begin_sign_in, json=True),
    Route(POST, "/sign-in", sign_in, json=True),
    Route(GET, "/join", join_page),
    Route(POST, "/join/begin", begin_join, json=True),
    Route(POST, "/join", join, json=True),
    Route(POST, "/key/begin", begin_key, json=True),
    Route(POST, "/key", sign_in_by_key, json=True),
    Route(GET, "/step-up", step_up_page, SELF_SEE),
    Route(POST, "/step-up/begin", begin_step_up, SELF_CHANGE, json=True),
    Route(POST, "/step-up", step_up, SELF_CHANGE, json=True),
    Route(POST, "/sign-out", sign_out, SELF_CHANGE),
)
