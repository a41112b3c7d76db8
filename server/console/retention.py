# SPDX-License-Identifier: Apache-2.0
"""Answers with what ends when: keys, holds, the contract, certificates, and why.

Rules: each part is shown to who may see it, and asked of the keeper, which decides
again; nothing is opened, and nothing can be ended or kept here.
Not here: what ends (`server/keeper`), who signs what (the command line).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from starlette.responses import Response

from server.access.actions import Action
from server.console.bounds import DAY_SECONDS
from server.console.desks import Message, gathered
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
from server.console.pages import moment
from server.console.route import GET, Route
from server.console.site import Asked, Site, Tab
from server.health import number
from server.own_records import KINDS, LIST, split

SOON = 30 * DAY_SECONDS
"""What ends within a month is listed one by one."""


def page(site: Site, asked: Asked) -> Response:
    """Show what ends when, and what keeps it longer."""
    told = kept(site, asked, "retention")
    return site.page(
        asked,
        "retention",
        page="retention",
        sections=[*_sections(site, asked, told)],
        behind=number(told, "behind"),
        stopped=number(told, "stopped"),
        may_ask=site.may(asked, Action.WHY),
    )


def why(site: Site, asked: Asked) -> Response:
    """Show why data of a device, or a record of ours, is still here, and until when."""
    device = asked.query.get("device", "").strip()[:100]
    found: list[Section] = []
    if device:
        kind, what = split(device)
        told = kept(site, asked, "why", kind=kind, what=what)
        found = [_why(site, asked, told)]
    elif site.may(asked, Action.CASE_SEE):
        found = [_kinds(site, asked, kept(site, asked, "why", kind=LIST))]
    return site.page(
        asked, "why", page="why", sections=found, device=device, here="retention"
    )


def _sections(site: Site, asked: Asked, told: Message) -> Iterator[Section]:
    yield _classes(site, asked, lines(told, "keys"))
    yield _soon(site, asked, lines(told, "keys"), number(told, "now"))
    if jobs := lines(told, "jobs"):
        yield _jobs(site, asked, jobs)
    if site.may(asked, Action.HOLD_SEE):
        yield _holds(lines(kept(site, asked, "hold"), "holds"), site, asked)
    if site.may(asked, Action.CONTRACT_SEE):
        contract = kept(site, asked, "contract", do="show", bare=True)
        yield _contract(site, asked, contract)
    if site.may(asked, Action.CERTIFICATE_SEE):
        asking = site.desks.keeper(asked.secret, {"act": "certificates"})
        yield _certificates(site, asked, gathered(asking, "certificates"))


def classes(keys: Sequence[Message]) -> Mapping[tuple[str, str], list[Message]]:
    """Return keys by purpose and retention class, in the order of their ends."""
    found: dict[tuple[str, str], list[Message]] = defaultdict(list)
    for key in keys:
        found[str(key["purpose"]), str(key["retention"])].append(key)
    return dict(sorted(found.items()))


def _classes(site: Site, asked: Asked, keys: Sequence[Message]) -> Section:
    rows: list[Row] = [
        (
            word(site, asked, "purpose", purpose),
            name,
            str(len(those)),
            when(those[0], "until"),
            when(those[-1], "until"),
        )
        for (purpose, name), those in classes(keys).items()
    ]
    names = ("purpose", "class", "periods", "first", "last")
    return section(asked, "retention.classes", _heads(names), rows)


def _soon(site: Site, asked: Asked, keys: Sequence[Message], now: int) -> Section:
    rows: list[Row] = [
        (
            word(site, asked, "purpose", key["purpose"]),
            str(key["retention"]),
            f"{when(key, 'start')} to {when(key, 'end')}",
            Cell(when(key, "until"), "bad" if key["late"] else ""),
            word(site, asked, "because", str(key["because"]).partition(":")[0]),
        )
        for key in keys
        if number(key, "until") <= now + SOON
    ]
    names = ("purpose", "class", "of", "until", "because")
    command = Command("discreet-server retention show", Action.RETENTION_SEE)
    return section(asked, "retention.soon", _heads(names), rows, command)


def _jobs(site: Site, asked: Asked, jobs: Sequence[Message]) -> Section:
    rows: list[Row] = [
        (
            short(job, "job"),
            word(site, asked, "because", job["reason"]),
            str(job["keys"]),
            when(job, "begun"),
            str(job["step"]),
        )
        for job in jobs
    ]
    names = ("job", "because", "periods", "begun", "step")
    return section(asked, "retention.jobs", _heads(names), rows)


def _holds(holds: Sequence[Message], site: Site, asked: Asked) -> Section:
    rows: list[Row] = [
        (
            short(hold, "case"),
            when(hold, "placed"),
            Cell(when(hold, "review"), "bad" if hold["overdue"] else ""),
            when(hold, "released"),
            site.text(asked, "retention.rows").format(
                rows=hold["rows"], envelopes=hold["envelopes"]
            ),
        )
        for hold in holds
    ]
    names = ("case", "placed", "review", "released", "keeps")
    command = Command("discreet-server hold show ID", Action.HOLD_SEE)
    return section(asked, "retention.holds", _heads(names), rows, command)


def _contract(site: Site, asked: Asked, told: Message) -> Section:
    stage = word(site, asked, "stage", told.get("stage", ""))
    row = (stage, when(told, "ends"), when(told, "over"), str(told.get("devices", 0)))
    names = ("stage", "ends", "over", "devices")
    return section(asked, "retention.contract", _heads(names), [row])


def _certificates(site: Site, asked: Asked, found: Sequence[Message]) -> Section:
    looks = {"final": "good", "pending": "bad"}
    rows: list[Row] = [
        (
            str(one["number"]),
            Cell(
                word(site, asked, "certificate", one["state"]),
                looks.get(str(one["state"]), ""),
            ),
            when(one, "until"),
            when(one, "ended"),
            word(site, asked, "because", one["reason"]),
            str(one["keys"]),
            str(one["records"]),
        )
        for one in reversed(found)
    ]
    names = ("number", "state", "pending", "deleted", "because", "periods", "records")
    command = Command(
        "discreet-server certificate export N FILE", Action.CERTIFICATE_SEE
    )
    return section(asked, "retention.certificates", _heads(names), rows, command)


def _why(site: Site, asked: Asked, told: Message) -> Section:
    rows: list[Row] = []

    def said(sentence: object) -> str:
        return site.pages.saying(asked.language, str(sentence))

    for group in lines(told, "kept"):
        reasons = "; ".join(
            f"{said(one['words'])} ({one['clause']})" for one in lines(group, "because")
        )
        until = group.get("until")
        ends = moment(until) if isinstance(until, int) else ""
        own = f"{group['what']} {group['name']}".strip()
        if group["never"]:
            ends = site.text(asked, "why.never")
        rows.append(
            (
                word(site, asked, "purpose", group["purpose"] or own),
                str(group["retention"]),
                str(group["records"]),
                ends or site.text(asked, "why.open"),
                reasons,
                said(group["then"]),
            )
        )
    names = ("purpose", "class", "records", "until", "because", "then")
    return section(asked, "why.kept", _heads(names), rows)


def _kinds(site: Site, asked: Asked, told: Message) -> Section:
    """Return the kinds of record that are no data of devices, and how each is asked."""
    rows: list[Row] = []
    for one in lines(told, "kinds"):
        name, ends = str(one["kind"]), one.get("next")
        action = KINDS[name].action if name in KINDS else Action.CASE_SEE
        link = f"/why?device={name}%3A" if site.may(asked, action) else ""
        rows.append(
            (
                Cell(f"{name}:", link=link),
                site.pages.saying(asked.language, str(one["words"])),
                str(one["count"]),
                moment(ends) if isinstance(ends, int) else "",
            )
        )
    return section(asked, "why.kinds", _heads(("kind", "what", "count", "next")), rows)


def _heads(names: Sequence[str]) -> list[str]:
    return [f"retention.head.{name}" for name in names]


ROUTES = (
    Route(GET, "/retention", page, Action.RETENTION_SEE),
    Route(GET, "/why", why, Action.WHY),
)
TAB = Tab("retention", Action.RETENTION_SEE)
