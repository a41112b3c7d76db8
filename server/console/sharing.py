# SPDX-License-Identifier: Apache-2.0
"""Answers with who may get data, what was given, and what is owed for it.

Rules: it is what the keeper has signed; nothing is given out, approved or revoked here.
Not here: grants and releases (`server/keeper/sharing`), who signs (the command line).
"""

from collections.abc import Sequence

from starlette.responses import Response

from server.access.actions import Action
from server.console.desks import Message
from server.console.listed import (
    Cell,
    Command,
    Row,
    Section,
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


def page(site: Site, asked: Asked) -> Response:
    """Show recipients, grants, releases and transfers."""
    told = kept(site, asked, "share", step="list")
    sections = [
        _grants(site, asked, lines(told, "grants")),
        _releases(site, asked, lines(told, "releases"), asked.now),
    ]
    if site.may(asked, Action.RECIPIENT_SEE):
        held = lines(kept(site, asked, "recipient", do="list"), "recipients")
        sections.insert(0, _recipients(site, asked, held))
    moved = lines(kept(site, asked, "transfer", step="status"), "transfers")
    sections.append(_transfers(site, asked, moved))
    return site.page(asked, "listed", page="sharing", sections=sections)


def _recipients(site: Site, asked: Asked, found: Sequence[Message]) -> Section:
    rows: list[Row] = [
        (
            str(one["name"]),
            Cell(
                word(site, asked, "recipient", one["state"]),
                "" if one["state"] == "live" else "bad",
            ),
            str(one["country"]),
            _purposes(site, asked, one.get("purposes")),
            when(one, "until"),
            _owed(number(one, "receipts_missing")),
            _owed(number(one, "attestations_overdue")),
        )
        for one in found
    ]
    names = ("name", "state", "country", "purposes", "agreement", "missing", "overdue")
    command = Command("discreet-server recipient show NAME", Action.RECIPIENT_SEE)
    return section(asked, "sharing.recipients", _heads(names), rows, command)


def _grants(site: Site, asked: Asked, found: Sequence[Message]) -> Section:
    rows: list[Row] = [
        (
            short(one, "grant"),
            str(one["recipient"]),
            word(site, asked, "purpose", one["purpose"]),
            str(one["task"]),
            _columns(one),
            when(one, "until"),
            site.text(asked, "sharing.bytes").format(
                spent=one["spent"], bytes=one["bytes"]
            ),
            _standing(site, asked, str(one["refused"] or "")),
        )
        for one in found
    ]
    names = ("grant", "recipient", "purpose", "task", "what", "until", "used", "state")
    command = Command("discreet-server share revoke ID", Action.SHARE_REVOKE)
    return section(asked, "sharing.grants", _heads(names), rows, command)


def _releases(site: Site, asked: Asked, found: Sequence[Message], now: int) -> Section:
    rows: list[Row] = [
        (
            short(one, "release"),
            str(one["recipient"]),
            when(one, "made"),
            when(one, "expires"),
            when(one, "fetched"),
            when(one, "received"),
            when(one, "deleted"),
            Cell(*_fate(site, asked, one, now)),
        )
        for one in reversed(found)
    ]
    names = (
        *("release", "recipient", "made", "expires"),
        *("fetched", "received", "deleted", "state"),
    )
    return section(asked, "sharing.releases", _heads(names), rows)


def fate(one: Message, now: int) -> str:
    """Return how a release stands: the last thing that happened to it."""
    if number(one, "revoked"):
        return "revoked"
    if number(one, "deleted"):
        return "deleted"
    if number(one, "fetched") and not number(one, "received"):
        return "unreceived"
    return "over" if number(one, "expires") <= now else "open"


def _fate(site: Site, asked: Asked, one: Message, now: int) -> tuple[str, str]:
    slug = fate(one, now)
    look = {"unreceived": "bad", "deleted": "good"}.get(slug, "")
    return word(site, asked, "fate", slug), look


def _transfers(site: Site, asked: Asked, found: Sequence[Message]) -> Section:
    rows: list[Row] = [
        (
            short(one, "case"),
            str(one["recipient"]),
            _purposes(site, asked, one.get("purposes")),
            str(one["until"]),
            str(len(lines(one, "releases"))),
            word(site, asked, "case", one["state"]),
        )
        for one in found
    ]
    names = ("case", "recipient", "purposes", "until", "releases", "state")
    command = Command("discreet-server transfer status", Action.SHARE_SEE)
    return section(asked, "sharing.transfers", _heads(names), rows, command)


def _standing(site: Site, asked: Asked, refused: str) -> Cell:
    if not refused:
        return Cell(site.text(asked, "grant.live"), "good")
    return Cell(word(site, asked, "grant", refused), "bad")


def _columns(one: Message) -> str:
    held = one.get("columns")
    if not isinstance(held, dict):
        return ""
    return "; ".join(f"{name}: {', '.join(columns)}" for name, columns in held.items())


def _purposes(site: Site, asked: Asked, named: object) -> str:
    slugs = named if isinstance(named, list) else []
    return ", ".join(word(site, asked, "purpose", slug) for slug in slugs)


def _owed(count: int) -> Cell:
    return Cell(str(count), "bad" if count else "")


def _heads(names: Sequence[str]) -> list[str]:
    return [f"sharing.head.{name}" for name in names]


ROUTES = (Route(GET, "/sharing", page, Action.SHARE_SEE),)
TAB = Tab("sharing", Action.SHARE_SEE)
