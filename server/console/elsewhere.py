# SPDX-License-Identifier: Apache-2.0
"""Answers of the sign-in by another provider's word, where config.toml has one.

Rules: who comes back has to be who went, by a secret of this browser; a session that
begins so has proved nothing of who is there now, so acts that want it ask for a
passkey; who is refused learns that, and not why.
Not here: what counts (`server/access/oidc.py`), who it is (`server/access/links.py`).
"""

import secrets

from starlette.responses import Response

from server.access.bounds import SECRET_BYTES
from server.access.refusals import RefusedError
from server.console.route import GET, Route
from server.console.site import Asked, Site, go, with_session

GOING = "__Host-discreet-going"
"""What a browser has that was sent to the provider; it comes back from another site."""
_SECONDS = 600
_REFUSED = 403


def leave(site: Site, asked: Asked) -> Response:
    """Send the browser to the provider."""
    del asked
    if site.provider is None:
        return go("/sign-in")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    answer = go(site.provider.begin(secret))
    answer.set_cookie(
        GOING,
        secret,
        max_age=_SECONDS,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return answer


def back(site: Site, asked: Asked) -> Response:
    """Sign in who comes back, by the provider's word."""
    if site.provider is None:
        return go("/sign-in")
    try:
        subject = site.provider.end(asked.going, asked.query, asked.now)
        issuer = site.provider.settings.issuer
        secret = site.entrance.sign_in_elsewhere(issuer, subject, asked.now)
    except RefusedError as error:
        site.refusals.count(error.why)
        site.refusals.tell(asked.now)
        sentence = site.text(asked, "elsewhere.refused")
        answer = site.failed(asked, _REFUSED, sentence)
    else:
        answer = with_session(site.page(asked, "elsewhere"), secret)
    answer.delete_cookie(GOING, path="/", secure=True, httponly=True, samesite="lax")
    return answer


ROUTES = (
    Route(GET, "/elsewhere", leave, costly=True),
    Route(GET, "/elsewhere/back", back, costly=True),
)
