# SPDX-License-Identifier: Apache-2.0
"""Answers with what an auditor looks for: packages of evidence, findings, incidents.

Rules: the keeper builds and signs a package, and no page has its key; who asked, why,
and the digest stay listed; a package leaves by the keeper alone, which checks it again.
Not here: the package (`server/evidence`), what is overdue of all sorts (`home.py`).
"""

import base64
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response, StreamingResponse

from server.access import people
from server.access.actions import Action
from server.access.model import may
from server.console.desks import Message
from server.console.listed import (
    Cell,
    Command,
    Row,
    Section,
    kept,
    lines,
    section,
    when,
    word,
)
from server.console.route import GET, POST, Route
from server.console.site import Asked, Site, Tab, go
from server.errors import UnreachableError, UsageError
from server.health import number

_LOOKS = {"overdue": "bad", "closed": "good"}
_OPEN = frozenset({"waiting", "building"})
_KEPT = "ready"
ZIP = "application/zip"


@dataclass(frozen=True, slots=True)
class Package:
    """A package as the page shows it.

    Attributes:
        told: what the keeper says of it.
        by: who asked, by name where the person is still known.
        words: how it stands.
        ready: whether it can be fetched.
        open: whether it is being built.
    """

    told: Message
    by: str
    words: str
    ready: bool
    open: bool


def page(site: Site, asked: Asked) -> Response:
    """Show packages, findings and incidents."""
    packages = None
    if site.may(asked, Action.EVIDENCE_SEE):
        packages = _packages(site, asked)
    found = lines(kept(site, asked, "finding", step="list"), "findings")
    sections = [_findings(site, asked, found)]
    if site.may(asked, Action.INCIDENT_SEE):
        held = lines(kept(site, asked, "incident", step="list"), "incidents")
        sections.append(_incidents(asked, held))
    person, tenant = asked.signed_in.entry.person, site.people.tenant
    return site.page(
        asked,
        "evidence",
        page="evidence",
        sections=sections,
        packages=packages,
        going=next((one for one in packages or () if one.open), None),
        builds=site.may(asked, Action.EVIDENCE_BUILD),
        there=may(person, Action.EVIDENCE_BUILD, tenant, None, asked.now).allowed,
        fetches=site.may(asked, Action.EVIDENCE_FETCH),
    )


def build(site: Site, asked: Asked) -> Response:
    """Ask the keeper for a package."""
    kept(site, asked, "evidence", step="build", reason=asked.one("reason"))
    return go("/evidence")


def state(site: Site, asked: Asked) -> Response:
    """Tell how far a package is, for a page that follows it."""
    wanted = asked.query.get("package", "")
    found = next(
        (one for one in _packages(site, asked) if one.told["package"] == wanted), None
    )
    if found is None:
        msg = "there is no such package: the page lists all"
        raise UsageError(msg)
    told = {
        "words": found.words,
        "done": found.told["done"],
        "of": found.told["of"],
        "over": not found.open,
    }
    return JSONResponse(told, headers={"cache-control": "no-store"})


def fetch(site: Site, asked: Asked) -> Response:
    """Give a package as the file that was built."""
    question = {"act": "evidence", "step": "fetch"}
    question["package"] = asked.query.get("package", "")
    messages = site.desks.keeper(asked.secret, question)
    head = next(messages, {})
    day = dt.datetime.fromtimestamp(number(head, "made"), dt.UTC)
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="evidence-{day:%Y-%m-%d}.zip"',
        "content-length": str(number(head, "size")),
    }
    return StreamingResponse(_octets(messages), headers=headers, media_type=ZIP)


def _octets(messages: Iterator[Message]) -> Iterator[bytes]:
    """Yield the octets of a package; a file that is cut off is shorter than it said.

    Raises:
        ServerError: the keeper went away meanwhile.
    """
    for message in messages:
        piece = message.get("octets", "")
        if not isinstance(piece, str):
            msg = "the keeper is of another release: restart `serve`"
            raise UnreachableError(msg)
        yield base64.b64decode(piece)


def _packages(site: Site, asked: Asked) -> list[Package]:
    found = lines(kept(site, asked, "evidence", step="list"), "packages")
    with site.people.register.reading() as connection:
        names = {one.person.name: one.shown for one in people.every(connection)}
    return [_shown(site, asked, one, names) for one in found]


def _shown(site: Site, asked: Asked, told: Message, names: dict[str, str]) -> Package:
    slug, by = str(told["state"]), str(told["by"])
    words = word(site, asked, "package", slug)
    if slug == "building":
        step = site.text(asked, "package.step")
        words += f" ({step.format(done=told['done'], of=told['of'])})"
    return Package(told, names.get(by, by), words, slug == _KEPT, slug in _OPEN)


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
    command = Command("discreet-server finding list", Action.FINDING_SEE)
    return section(asked, "evidence.findings", _heads(names), rows, command)


def _incidents(asked: Asked, found: Sequence[Message]) -> Section:
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
    command = Command("discreet-server incident show NAME", Action.INCIDENT_SEE)
    return section(asked, "evidence.incidents", _heads(names), rows, command)


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


ROUTES = (
    Route(GET, "/evidence", page, Action.FINDING_SEE),
    Route(POST, "/evidence/build", build, Action.EVIDENCE_BUILD),
    Route(GET, "/evidence/state", state, Action.EVIDENCE_SEE, json=True),
    Route(GET, "/evidence/package", fetch, Action.EVIDENCE_FETCH, gives=ZIP),
)
TAB = Tab("evidence", Action.FINDING_SEE)
