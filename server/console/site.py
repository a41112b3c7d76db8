# SPDX-License-Identifier: Apache-2.0
"""What the console works with, and what a request is by the time it is answered.

Rules: it has people, ledger and pages, and no key that opens; a request that reaches an
answer has passed every guard.
Not here: guards and routes (`app.py`), answers (`entering.py`, `me.py`, `people.py`).
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from starlette.responses import HTMLResponse, RedirectResponse, Response

from server.access.actions import Action, Role
from server.access.changing import People
from server.access.entering import Entrance
from server.access.model import Person, Reason, may
from server.access.oidc import Provider
from server.access.refusals import Why
from server.access.sessions import Session
from server.configuration_console import ConsoleSettings
from server.console.bounds import TELL_SECONDS
from server.console.desks import Desks
from server.console.drafts import Drafts
from server.console.pages import Look, Pages
from server.console.visits import Visits
from server.ledger import SqliteLedger
from wire.purposes import Purpose

COOKIE = "__Host-discreet"
"""The prefix makes browsers refuse it without TLS, from a parent domain or a path."""
SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class Tab:
    """A page that is offered to who may open it.

    Attributes:
        name: of the page, as its address and its texts have it.
        action: what its person must be allowed to do.
        purposes: for one of which; empty where the act takes none.
    """

    name: str
    action: Action
    purposes: frozenset[Purpose] = frozenset()

    def is_for(self, person: Person, tenant: bytes, now: int) -> bool:
        """Tell whether a person is offered it; a step-up can still be wanted."""
        verdicts = (
            may(person, self.action, tenant, purpose, now)
            for purpose in self.purposes or (None,)
        )
        return any(one.allowed or one.reason is Reason.STEP_UP for one in verdicts)


class Refusals:
    """Counts who did not come in, and tells the ledger once an hour.

    Any thread may use it.
    """

    def __init__(self, ledger: SqliteLedger, clock: Callable[[], float]) -> None:
        """Begin with none."""
        self._ledger, self._clock = ledger, clock
        self._lock = threading.Lock()
        self._counts: Counter[Why] = Counter()
        self._told = -float(TELL_SECONDS)

    def count(self, why: Why) -> None:
        """Count one."""
        with self._lock:
            self._counts[why] += 1

    def tell(self, now: int, *, at_once: bool = False) -> None:
        """Write down what was counted, unless that was done within the hour.

        Args:
            now: seconds since the epoch.
            at_once: whatever was done within the hour.

        Raises:
            StateError: the ledger cannot be written; what was counted is kept.
        """
        passed = self._clock()
        with self._lock:
            if not at_once and passed - self._told < TELL_SECONDS:
                return
            for why in sorted(self._counts, key=lambda one: one.value):
                body = {"denied": why.value, "count": self._counts[why]}
                self._ledger.add("sign-in-refused", body, now)
                del self._counts[why]
                self._told = passed


@dataclass(frozen=True, slots=True)
class Site:
    """What answers need; any thread may use it.

    Attributes:
        settings: where the console is.
        entrance: by which people come in.
        people: the register and its changes.
        pages: makes them.
        visits: the log of requests.
        refusals: counts who did not come in.
        desks: ask the processes that open, keep and order.
        tabs: all pages, in their order.
        provider: whose word on who somebody is counts; None for nobody's.
        drafts: requests that wait for their signatures.
    """

    settings: ConsoleSettings
    entrance: Entrance
    people: People
    pages: Pages
    visits: Visits
    refusals: Refusals
    desks: Desks
    tabs: Sequence[Tab]
    provider: Provider | None = None
    drafts: Drafts = field(default_factory=Drafts)

    def may(
        self, asked: "Asked", action: Action, purpose: Purpose | None = None
    ) -> bool:
        """Tell whether who asks may see a part of a page; the desks decide again.

        Args:
            asked: the request.
            action: what the part shows or does.
            purpose: for which; None where the act takes none.
        """
        purposes = frozenset[Purpose]() if purpose is None else frozenset({purpose})
        person = asked.signed_in.entry.person
        return Tab("", action, purposes).is_for(person, self.people.tenant, asked.now)

    def runs(self, asked: "Asked", action: str) -> bool:
        """Tell whether a command for an act is shown: a client has no command line."""
        held = asked.signed_in.entry.person.held
        types = any(one.role is not Role.CLIENT for one in held)
        return types and self.may(asked, Action(action))

    def look(self, asked: "Asked") -> Look:
        """Return for whom a page is made."""
        session = asked.session
        if session is None:
            return Look(asked.language)
        person, tenant = session.entry.person, self.people.tenant
        tabs = tuple(
            tab.name for tab in self.tabs if tab.is_for(person, tenant, asked.now)
        )
        return Look(
            asked.language, asked.theme, session.token, session.entry.shown, tabs
        )

    def page(
        self, asked: "Asked", template: str, status: int = 200, **values: object
    ) -> Response:
        """Return a page as an answer."""
        runs = partial(self.runs, asked)
        made = self.pages.page(template, self.look(asked), runs=runs, **values)
        return HTMLResponse(made, status, {"cache-control": "no-store"})

    def failed(  # noqa: PLR0913 - what a person is told, and where to go on
        self,
        asked: "Asked",
        status: int,
        sentence: str,
        title: str = "error.title",
        step_up: str = "",
        *,
        said: str = "",
        again: str = "",
        to: str = "",
    ) -> Response:
        """Return the page of what did not work.

        Args:
            asked: the request.
            status: of HTTP.
            sentence: what happened and what to do.
            title: name of the page's title.
            step_up: where to go on after a proof of presence; empty for none.
            said: what another process says of it, in English; empty for nothing.
            again: where to try the same once more; empty for nowhere.
            to: the tab where it may be done otherwise; empty for none.
        """
        return self.page(
            *(asked, "error", status),
            title=title,
            sentence=sentence,
            step_up=step_up,
            said=said,
            again=again,
            to=to,
        )

    def text(self, asked: "Asked", name: str) -> str:
        """Return a text in the language of whoever asks."""
        return self.pages.words[asked.language][name]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that passed the guards.

    Attributes:
        now: seconds since the epoch.
        session: of who asks; None for who is not signed in.
        language: in which to answer.
        theme: that the person chose; empty for none.
        form: fields of a form, each with its values.
        given: of a JSON body; empty for none.
        query: of the address, by name.
        secret: of the session, for processes that look it up; empty for none.
        going: of a browser that was sent to another provider; empty for none.
        program: whether no browser asks, so that what went wrong is told as JSON.
    """

    now: int
    session: Session | None
    language: str
    theme: str = ""
    form: Mapping[str, list[str]] = field(default_factory=dict)
    given: Mapping[str, object] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    going: str = field(default="", repr=False)
    program: bool = False

    def one(self, name: str) -> str:
        """Return a field's value; empty where there is none."""
        return next(iter(self.form.get(name, ())), "")

    @property
    def signed_in(self) -> Session:
        """Return the session of a request whose route wants one.

        Raises:
            LookupError: the route does not.
        """
        if self.session is None:
            raise LookupError
        return self.session


def go(path: str) -> Response:
    """Return that the browser goes on to a page of ours."""
    return RedirectResponse(path, SEE_OTHER, {"cache-control": "no-store"})


def with_session(answer: Response, secret: str) -> Response:
    """Return an answer that gives the browser a session's secret."""
    answer.set_cookie(
        COOKIE, secret, path="/", secure=True, httponly=True, samesite="strict"
    )
    return answer


def without_session(answer: Response) -> Response:
    """Return an answer that takes the secret from the browser."""
    answer.delete_cookie(
        COOKIE, path="/", secure=True, httponly=True, samesite="strict"
    )
    return answer
