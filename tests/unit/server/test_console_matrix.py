# SPDX-License-Identifier: Apache-2.0
"""Every route of the console against the model: role, act, purpose and tenant.

Rules: what is asked comes from the OpenAPI document, so that a new page is asked too;
which act it is does not: `tests/access_ways.py` says so by hand; each cell is a request
to the console's application, with a session, as a browser's; a denial is what the
person reads, and a line of the ledger; what is refused in other words is no success.
Not here: the model (`tests/access_model.py`), the function alone
(`test_access_matrix.py`), fields of forms (each page's own tests).
"""

import asyncio
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from access_model import THEIRS, expected
from access_room import DAY, NOW, ROOT, TENANT
from access_ways import ANYBODY, CHOSEN, CONSOLE, DESKS, NONE, SUPPORT
from console_room import HOST, ConsoleRoom
from openapi_spec_validator import OpenAPIV31SpecValidator

from server.access import people, sessions
from server.access.actions import PURPOSES, Action, Role
from server.access.bounds import INVITATION_SECONDS
from server.access.changing import NOT_TO_GIVE, OWN
from server.access.model import Held, Person, Reason
from server.console.openapi import document
from server.console.routes import ROUTES
from server.console.site import COOKIE
from wire.purposes import Purpose

ROOT_FOLDER = Path(__file__).resolve().parents[3]
STALE = 600
"""Seconds after which a proof of presence does not count any more."""
WISHES = {
    NONE: (None,),
    SUPPORT: (Purpose.SUPPORT,),
    CHOSEN: (None, *Purpose),
}
ALLOWED, NOBODY = "", "nobody is signed in"
ANSWERED = {200, 303, 400, 503}
"""How who may is answered: an empty form is wrong, and no desk is behind."""
LATER = {OWN, NOT_TO_GIVE}
"""Why an act is refused to who may do it, for whom it is about."""
NO_PROOF = '{"refused":true}'
"""How an empty proof is refused to who may give one, at the one route that takes it."""
PROOF = "/step-up"


@dataclass(frozen=True)
class Cell:
    """One thing that is asked."""

    method: str
    path: str
    kind: str
    action: str
    purpose: Purpose | None


@dataclass(frozen=True)
class Visitor:
    """Somebody with a session."""

    number: str
    person: Person
    secret: str
    token: str


def operations() -> Iterator[tuple[str, str, dict[str, object]]]:
    """Yield method, path and description of every route."""
    for path, methods in json.loads(document())["paths"].items():
        for method, described in methods.items():
            yield method.upper(), path, described


def cells() -> list[Cell]:
    """Return all that is asked of one person; what ends the session comes last."""
    found = []
    for method, path, described in operations():
        way = CONSOLE[method, path]
        if way.action == ANYBODY:
            continue
        body = described.get("requestBody", {})
        kind = next(iter(body["content"])) if body else ""  # type: ignore[index, call-overload]  # JSON
        wishes = WISHES[way.purpose]
        found += [Cell(method, path, kind, way.action, one) for one in wishes]
    return sorted(found, key=lambda cell: cell.path == "/sign-out")


class Matrix(ConsoleRoom):
    """A console with somebody of each kind."""

    def visitor(
        self, held: Held, *, trained: bool = True, fresh: bool = True
    ) -> Visitor:
        """Return somebody who has this one role."""
        until = NOW + INVITATION_SECONDS
        number, _ = self.people.invite(ROOT, "Ann", [held], until, NOW)
        if trained:
            self.people.attest(ROOT, number, NOW + 365 * DAY, NOW)
        verified = NOW if fresh else NOW - STALE
        with self.register.writing() as connection:
            secret = sessions.begin(connection, number, sessions.PASSKEY, verified)
        with self.register.reading() as connection:
            found = sessions.find(connection, secret, NOW)
            entry = people.find(connection, number)
        assert found is not None
        assert entry is not None
        person = replace(entry.person, verified=verified)
        return Visitor(number, person, secret, found.token)

    def told(self, visitor: Visitor, asked: list[Cell]) -> list[str]:
        """Return what is told of each cell, as a slug."""
        words = self.site.pages.words["en"]
        slugs = LATER | {one.value for one in Reason}
        sentences = {slug: words[f"denied.{slug}"] for slug in slugs}

        async def ask(cell: Cell) -> str:
            status, where, text = await self._sent(visitor, cell)
            if status == 401 or (
                cell.method == "GET" and where.partition("?")[0] == "/sign-in"
            ):
                return NOBODY
            if status in ANSWERED or (cell.path, text) == (PROOF, NO_PROOF):
                return ALLOWED
            said = unescape(text)
            found = [slug for slug, one in sentences.items() if one in said]
            if status != 403 or len(found) != 1:
                return f"broken: {status} {found}"
            return ALLOWED if found[0] in LATER else found[0]

        async def ask_all() -> list[str]:
            return [await ask(cell) for cell in asked]

        return asyncio.run(ask_all())

    async def _sent(self, visitor: Visitor, cell: Cell) -> tuple[int, str, str]:
        fields = {"purpose": cell.purpose.value} if cell.purpose else {}
        query = f"?{urlencode(fields)}" if fields else ""
        headers = {
            "host": HOST,
            "origin": self.site.settings.origin,
            "sec-fetch-site": "same-origin",
            "cookie": f"{COOKIE}={visitor.secret}",
            "accept-language": "en",
        }
        body = b""
        if cell.method == "POST":
            headers["content-type"] = cell.kind
            headers["x-token"] = visitor.token
            if cell.kind == "application/json":
                body = b"{}"
            else:
                body = urlencode({"token": visitor.token} | fields).encode()
        reply = await self.answer(cell.method, cell.path + query, body, headers)
        return reply.status, reply.header("location"), reply.text


def kinds(role: Role) -> Iterator[tuple[Held, dict[str, bool]]]:
    """Yield the people of a role: by tenant, purposes, training and presence."""
    full = PURPOSES.get(role, frozenset())
    each = [frozenset({one}) for one in Purpose if one in full]
    for tenant, purposes in itertools.product((TENANT, THEIRS, None), [full, *each]):
        yield Held(role, tenant, purposes), {}
    for lacking in ("trained", "fresh"):
        yield Held(role, TENANT, full), {lacking: False}


@pytest.mark.slow
@pytest.mark.parametrize("role", [one for one in Role if one is not Role.READER])
def test_every_cell_is_that_of_the_model(tmp_path: Path, role: Role) -> None:
    """Each route, for each purpose, is denied and allowed as the model says."""
    asked, matrix = cells(), Matrix(tmp_path)
    wrong, denied = [], 0
    for held, lacks in kinds(role):
        visitor = matrix.visitor(held, **lacks)
        for cell, told in zip(asked, matrix.told(visitor, asked), strict=True):
            wanted = expected(
                role.value, cell.action, cell.purpose, visitor.person, TENANT
            )
            denied += wanted not in {ALLOWED, "step-up"}
            if told != wanted:
                wrong.append((cell, held, lacks, told, wanted))
    assert wrong == []
    acts = [act.act for act in matrix.ledger.entries()]
    assert acts.count("access-denied") == denied
    matrix.close()


@pytest.mark.slow
def test_nobody_without_a_session_is_answered(tmp_path: Path) -> None:
    """Each act is refused to who is not signed in, is suspended, or is removed."""
    asked, matrix = cells(), Matrix(tmp_path)
    held = Held(Role.OPERATOR, TENANT)
    stranger = replace(matrix.visitor(held), secret="x" * 43)
    suspended, removed = matrix.visitor(held), matrix.visitor(held)
    matrix.people.suspend(ROOT, suspended.number, NOW)
    matrix.people.remove(ROOT, removed.number, NOW)
    for visitor in (stranger, suspended, removed):
        assert set(matrix.told(visitor, asked)) == {NOBODY}
    matrix.close()


@pytest.mark.slow
def test_the_document_is_openapi() -> None:
    """The document is valid OpenAPI 3.1, and has every route."""
    made = json.loads(document())
    assert list(OpenAPIV31SpecValidator(made).iter_errors()) == []
    named = {(method, path) for method, path, _ in operations()}
    assert named == {(route.method, route.path) for route in ROUTES}


def test_the_shipped_document_is_fresh() -> None:
    """docs/console-openapi.json is what the console's routes give."""
    path = ROOT_FOLDER / "docs" / "console-openapi.json"
    assert path.read_bytes() == document()


def test_every_route_is_the_act_that_is_written_down() -> None:
    """The document has the ways that are known by hand, and each as its act."""
    said = {
        (method, path): (
            described.get("x-action", ANYBODY),
            described.get("x-purpose", NONE),
        )
        for method, path, described in operations()
    }
    assert said == {key: (way.action, way.purpose) for key, way in CONSOLE.items()}


def test_every_way_is_an_act() -> None:
    """The ways that are known by hand name no act that does not exist."""
    named = {way.action for way in (*CONSOLE.values(), *DESKS.values())}
    assert named - {ANYBODY} <= {one.value for one in Action}
