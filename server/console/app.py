# SPDX-License-Identifier: Apache-2.0
"""The console as an ASGI application: guards first, then who may, then the answer.

Rules: in this order: the pinned host, the origin of a change, its size and form, the
session, the session's token, the act; each of them refuses before the next is looked
at; who may is asked anew for each request, so a revocation counts at the next one; a
log line names the route and the class of a failure, never a byte of the request.
Not here: routes (`routes.py`), answers, sockets and TLS (`process.py`).
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as StarletteRoute

from policies.saying import language_of
from server.access import preferences, sessions
from server.access.impossible import ImpossibleError
from server.access.model import Reason, may
from server.access.sessions import Session
from server.console import guarding
from server.console.bounds import (
    BODY_BYTES,
    BODY_SECONDS,
    STATIC_SECONDS,
    STRANGER_ACTS,
    STRANGER_ACTS_A_SECOND,
)
from server.console.elsewhere import GOING
from server.console.entering import PAGES_TO
from server.console.pages import HERE
from server.console.route import POST, Route
from server.console.routes import ROUTES
from server.console.site import COOKIE, Asked, Site, go
from server.console.typed import for_page
from server.console.visits import Visit
from server.errors import (
    DeniedError,
    LimitError,
    QueryError,
    ServerError,
    UnreachableError,
    UsageError,
)
from server.gate.door import address_of
from server.gate.pace import Pace
from server.logs import log_failure

STATIC: Mapping[str, str] = {
    "console.css": "text/css",
    "diagnostic.js": "text/javascript",
    "passkeys.js": "text/javascript",
    "reading.js": "text/javascript",
    "mark.svg": "image/svg+xml",
}
TOKEN = "x-token"  # noqa: S105 - a header's name
_ABOVE = {"diagnostic": "diagnostics", "device": "fleet"}
"""Pages of one thing, and the tab that lists them all."""
_SAID = (LimitError, QueryError, UsageError)
"""Of what a person asked; the sentence says what to do."""
_MISDIRECTED, _UNAUTHORISED, _FORBIDDEN, _AWAY = 421, 401, 403, 503


class _RefusedError(Exception):
    """A request that a guard refuses.

    Attributes:
        status: of HTTP.
        text: name of what the person is told.
    """

    def __init__(self, status: int, text: str) -> None:
        """Keep both."""
        super().__init__(text)
        self.status, self.text = status, text


@dataclass(frozen=True, slots=True)
class Console:
    """Answers requests.

    Attributes:
        site: what answers need.
        clock: the time, seconds since the epoch.
        pace: of what an address does that nobody signed in vouches for.
    """

    site: Site
    clock: Callable[[], int]
    pace: Pace

    def application(self) -> Starlette:
        """Return the application."""
        routes = [
            StarletteRoute(route.path, self._endpoint(route), methods=[route.method])
            for route in ROUTES
        ]
        routes += [
            StarletteRoute(f"/static/{name}", self._static(name), methods=["GET"])
            for name in STATIC
        ]
        made = Starlette(
            routes=routes, exception_handlers={HTTPException: self._unrouted}
        )
        made.router.redirect_slashes = False
        return made

    def _endpoint(self, route: Route) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            now = self.clock()
            program = guarding.is_program(request.headers)
            plain = Asked(now, None, _language(request, None), program=program)
            try:
                answer = await self._answer(route, request, now)
            except _RefusedError as error:
                sentence = self.site.text(plain, error.text)
                answer = self._told(route, plain, error.status, sentence)
            except ClientDisconnect:
                answer = Response(status_code=400)
            except ServerError as error:
                log_failure("console-failed", error, route=route.path)
                sentence = self.site.text(plain, "error.busy")
                answer = self._told(route, plain, 503, sentence)
            except Exception as error:  # noqa: BLE001 - boundary: the request handler
                log_failure("request-failed", error, route=route.path)
                sentence = self.site.text(plain, "error.internal")
                answer = self._told(route, plain, 500, sentence)
            return await self._left(request, route.path, answer, now)

        return serve

    async def _answer(self, route: Route, request: Request, now: int) -> Response:
        headers, origin = request.headers, self.site.settings.origin
        if not guarding.is_ours(headers, origin):
            raise _RefusedError(_MISDIRECTED, "error.not-found")
        body, sends = b"", route.method == POST
        ours = not sends or route.elsewhere or guarding.is_from_here(headers, origin)
        if not ours:
            raise _RefusedError(_FORBIDDEN, "error.not-from-here")
        if route.action is None and (sends or route.costly):
            await asyncio.sleep(
                self.pace.delay(address_of(_address(request)), time.monotonic())
            )
        if sends:
            body = await _body(request)
        return await run_in_threadpool(self._decided, route, request, body, now)

    def _decided(
        self, route: Route, request: Request, body: bytes, now: int
    ) -> Response:
        """Answer, once the person may; runs beside the others."""
        session, preferred = self._session(request, now)
        language = _language(request, preferred.get(preferences.LANGUAGE))
        theme = preferred.get(preferences.THEME, "")
        form, given = _read(route, request, body)
        query = dict(request.query_params)
        secret = request.cookies.get(COOKIE, "")
        going = request.cookies.get(GOING, "")
        program = guarding.is_program(request.headers)
        asked = Asked(
            *(now, session, language, theme, form, given, query, secret, going), program
        )
        if (denial := self._denied(route, request, asked)) is not None:
            return denial
        try:
            return route.answer(self.site, asked)
        except DeniedError as error:
            return self._denied_later(route, asked, error)
        except ImpossibleError as error:
            sentence = self.site.text(asked, f"impossible.{error.what.value}")
            return self._told(route, asked, 400, sentence)
        except UnreachableError as error:
            log_failure("desk-away", error, route=route.path)
            return self._away(route, asked)
        except _SAID as error:
            sentence = self.site.text(asked, "error.said")
            return self._told(route, asked, 400, sentence, said=str(error))

    def _denied(self, route: Route, request: Request, asked: Asked) -> Response | None:
        """Return why the person may not; None where they may."""
        if route.action is None:
            return None
        if asked.session is None:
            if route.method == POST or route.json or asked.program:
                return Response(status_code=_UNAUTHORISED)
            back = _back(route, asked)
            return go(f"/sign-in?to={quote(back)}" if back else "/sign-in")
        sent = request.headers.get(TOKEN, "") if route.json else asked.one("token")
        if route.method == POST and not sessions.is_token(asked.session, sent):
            raise _RefusedError(_FORBIDDEN, "error.not-from-here")
        person, tenant = asked.session.entry.person, self.site.people.tenant
        verdict = may(person, route.action, tenant, route.purpose(asked), asked.now)
        if verdict.reason is None:
            return None
        if verdict.reason is not Reason.STEP_UP:
            self._write_denial(asked, route, verdict.reason.value)
        return self._no(route, asked, verdict.reason.value)

    def _session(
        self, request: Request, now: int
    ) -> tuple[Session | None, Mapping[str, str]]:
        """Return the session of a request, and what its person prefers."""
        secret, register = request.cookies.get(COOKIE, ""), self.site.people.register
        if not secret:
            return None, {}
        with register.reading() as connection:
            session = sessions.find(connection, secret, now)
            if session is None:
                return None, {}
            person = session.entry.person.name
            preferred = preferences.of(connection, person)
        if sessions.is_old(session, now):
            with register.writing() as connection:
                sessions.note(connection, session, now)
        return session, preferred

    def _denied_later(self, route: Route, asked: Asked, error: DeniedError) -> Response:
        """Tell what was denied after the guard, once it is written down."""
        if not error.written:
            self._write_denial(asked, route, error.reason)
        if f"denied.{error.reason}" in self.site.pages.words[asked.language]:
            return self._no(route, asked, error.reason)
        sentence = self.site.text(asked, "error.said")
        title = "error.denied.title"
        return self._told(route, asked, _FORBIDDEN, sentence, title, str(error))

    def _no(self, route: Route, asked: Asked, reason: str) -> Response:
        sentence = self.site.text(asked, f"denied.{reason}")
        if reason != Reason.STEP_UP.value:
            return self._told(route, asked, _FORBIDDEN, sentence, "error.denied.title")
        if asked.program:
            return self._told(route, asked, _FORBIDDEN, sentence)
        to = _back(route, asked)
        return self.site.failed(asked, _FORBIDDEN, sentence, "step-up.title", quote(to))

    def _away(self, route: Route, asked: Asked) -> Response:
        """Tell that a process behind does not answer, and lead to another try."""
        sentence, title = self.site.text(asked, "error.offline"), "error.offline.title"
        if asked.program or route.json:
            return self._told(route, asked, _AWAY, sentence)
        back = _back(route, asked)
        return self.site.failed(asked, _AWAY, sentence, title, again=back)

    def _told(
        self,
        route: Route | None,
        asked: Asked,
        status: int,
        sentence: str,
        title: str = "error.title",
        said: str = "",
    ) -> Response:
        if asked.program or (route is not None and route.json):
            told = {"told": said or sentence}
            return JSONResponse(told, status, {"cache-control": "no-store"})
        shown, to = for_page(said), self._page_of(route, asked) if said else ""
        return self.site.failed(asked, status, sentence, title, said=shown, to=to)

    def _page_of(self, route: Route | None, asked: Asked) -> str:
        """Return the tab that a route belongs to; empty where this person has none."""
        first = route.path.split("/")[1] if route is not None else ""
        name = _ABOVE.get(first, first)
        return name if name in self.site.look(asked).tabs else ""

    def _write_denial(self, asked: Asked, route: Route, reason: str) -> None:
        if asked.session is None or route.action is None:
            return
        body = {
            "person": asked.session.entry.person.name,
            "action": route.action.value,
            "denied": reason,
        }
        self.site.people.ledger.add("access-denied", body, asked.now)

    def _static(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        octets = (HERE / "static" / name).read_bytes()
        headers = {"cache-control": f"public, max-age={STATIC_SECONDS}"}

        async def serve(request: Request) -> Response:
            made = Response(octets, headers=headers, media_type=STATIC[name])
            return await self._left(request, "/static", made, self.clock())

        return serve

    async def _unrouted(self, request: Request, error: Exception) -> Response:
        """Answer what no route takes."""
        now = self.clock()
        program = guarding.is_program(request.headers)
        asked = Asked(now, None, _language(request, None), program=program)
        status = error.status_code if isinstance(error, HTTPException) else 404
        sentence = self.site.text(asked, "error.not-found")
        answer = self._told(None, asked, status, sentence)
        return await self._left(request, "", answer, now)

    async def _left(
        self, request: Request, path: str, answer: Response, now: int
    ) -> Response:
        """Add what is on every answer, and write the visit down."""
        answer.headers.update(guarding.HEADERS)
        private = guarding.wants_privacy(request.headers)
        address = "" if private else _address(request)
        visit = Visit(request.method, path, answer.status_code, address)
        try:
            await run_in_threadpool(self.site.visits.note, visit, now)
        except OSError as error:
            log_failure("visit-not-written", error, route=path)
        return answer


async def _body(request: Request) -> bytes:
    """Return a body that is small and comes soon."""
    octets = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                octets += chunk
                if len(octets) > BODY_BYTES:
                    raise _RefusedError(413, "error.malformed")
    except TimeoutError:
        raise _RefusedError(408, "error.malformed") from None
    return bytes(octets)


def _read(
    route: Route, request: Request, body: bytes
) -> tuple[Mapping[str, list[str]], Mapping[str, object]]:
    """Return the fields of a form, or what a JSON body says."""
    if route.method != POST:
        return {}, {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != (guarding.JSON if route.json else guarding.FORM):
        raise _RefusedError(415, "error.malformed")
    try:
        if not route.json:
            return guarding.fields(body), {}
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise _RefusedError(400, "error.malformed") from None
    if not isinstance(given, dict):
        raise _RefusedError(400, "error.malformed")
    return {}, given


def _back(route: Route, asked: Asked) -> str:
    """Return where to go on after a proof of presence, without the slash."""
    parameters = "&".join(f"{name}={value}" for name, value in asked.query.items())
    here = route.path[1:] if route.method != POST else route.path[1:].split("/")[0]
    wanted = asked.one("back") or (f"{here}?{parameters}" if parameters else here)
    return wanted if PAGES_TO.fullmatch(wanted) else here


def _language(request: Request, preferred: str | None) -> str:
    return language_of(request.headers.get("accept-language", ""), preferred)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def console_of(site: Site, clock: Callable[[], int]) -> Console:
    """Return the console of a site.

    Args:
        site: what answers need.
        clock: the time, seconds since the epoch.
    """
    return Console(site, clock, Pace(STRANGER_ACTS_A_SECOND, STRANGER_ACTS))
