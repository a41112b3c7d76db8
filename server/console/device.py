# SPDX-License-Identifier: Apache-2.0
"""Answers with one device: how it does, and then, for a purpose, what it sent.

Rules: purpose and reason come before any data, and are in the ledger first; a part is
one reading; what the policy withholds is said; no value stands in an address.
Not here: the fleet (`fleet.py`), a question of one's own (`explore.py`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from server import health
from server.access.actions import Action
from server.access.model import may
from server.console import measured, reading
from server.console.bounds import DAY_SECONDS, LIVE_READINGS, SERIES_ROWS
from server.console.charts import Chart, by_name, over_time
from server.console.desks import Message, ended, gathered
from server.console.listed import lines
from server.console.open_tickets import to_read
from server.console.pages import told_of
from server.console.reading import Read, Table
from server.console.route import GET, POST, Route, chosen
from server.console.sections import (
    SECTIONS,
    TIMED,
    Given,
    Policy,
    elsewhere,
    offered,
    policy_of,
)
from server.console.site import Asked, Site
from server.errors import UnreachableError, UsageError
from wire.purposes import Purpose

SPANS: Mapping[str, int] = {
    "day": DAY_SECONDS,
    "week": 7 * DAY_SECONDS,
    "month": 30 * DAY_SECONDS,
}
_FORM = "page"
"""What the ledger says of a reading that a page shows."""


@dataclass(frozen=True, slots=True)
class Part:
    """What was read of a device.

    Attributes:
        name: of the part.
        tables: that have rows, with what the policy says of each and which of its
            columns are bare.
        empty: titles of the tables that have no row.
        charts: of what was measured or counted.
        notes: what is told beside.
        elsewhere: tables that this purpose does not give, and which purposes do.
    """

    name: str
    tables: list[tuple[Table, Given, list[str]]]
    empty: list[Given]
    charts: list[Chart]
    notes: list[str]
    elsewhere: object


def page(site: Site, asked: Asked) -> Response:
    """Show how a device does, and ask for which purpose to look further."""
    return _shown(site, asked, policy_in_force(site, asked), asked.query, None)


def read(site: Site, asked: Asked) -> Response:
    """Show a part of what a device sent, read for the purpose that was chosen."""
    wanted = {name: asked.one(name) for name in _FIELDS}
    policy = policy_in_force(site, asked)
    tables = offered(policy, wanted["purpose"]).get(wanted["part"])
    if tables is None:
        raise UsageError(site.text(asked, "device.no-part"))
    question: dict[str, object] = {
        **{name: wanted[name] for name in ("purpose", "reason", "ticket")},
        "devices": [wanted["device"]],
        "datasets": tables,
        "form": _FORM,
    }
    if wanted["part"] in TIMED:
        question["since"] = asked.now - SPANS.get(wanted["span"], DAY_SECONDS)
    try:
        messages = site.desks.reader(asked.secret, question)
        found = reading.held(messages, {"host_metrics": SERIES_ROWS})
    except UnreachableError:
        offline = site.text(asked, "error.offline")
        return _shown(site, asked, policy, wanted, None, offline)
    part = _part(site, asked, wanted, policy, found)
    return _shown(site, asked, policy, wanted, part)


_FIELDS = ("device", "purpose", "part", "reason", "ticket", "span")


def _part(
    site: Site, asked: Asked, wanted: Mapping[str, str], policy: Policy, found: Read
) -> Part:
    text = partial(said, site, asked)
    span = SPANS.get(wanted["span"], DAY_SECONDS)
    charts = [
        chart
        for table in found.tables
        for chart in drawn(table, asked.now - span, asked.now, text)
    ]
    given = policy[wanted["purpose"]]
    return Part(
        wanted["part"],
        [
            (table.of_one(), given[table.name], table.bare())
            for table in ordered(found.tables, wanted["part"])
            if table.rows
        ],
        [given[table.name] for table in found.tables if not table.rows],
        charts,
        reading.notes(found.end, text),
        elsewhere(policy, wanted["purpose"], wanted["part"]),
    )


def ordered(tables: list[Table], part: str) -> list[Table]:
    """Return tables in the order of a part, what matters most first."""
    return sorted(tables, key=lambda table: SECTIONS[part].index(table.name))


def drawn(table: Table, start: int, end: int, text: reading.Text) -> list[Chart]:
    """Return the charts of a table.

    Args:
        table: as it was read.
        start: first second.
        end: first second after it.
        text: returns a text by name.
    """
    if table.name == "host_metrics":
        return measured.charts(table.series(), start, end, text)
    if table.name == "agent_health":
        outcomes = Counter(str(row.get("outcome")) for row in table.series())
        return [by_name(text("chart.outcomes"), dict(outcomes.most_common(8)))]
    if table.name == "event_counts":
        counts: Counter[int] = Counter()
        for row in table.series():
            at, count = row["at"], row.get("count")
            if isinstance(at, int):
                counts[at] += count if isinstance(count, int) else 0
        points = [(at, float(counts[at])) for at in sorted(counts)]
        made = over_time(text("chart.events"), "", {"": points}, start, end)
        return [] if made.empty else [made]
    return []


def _shown(
    site: Site,
    asked: Asked,
    policy: Policy,
    wanted: Mapping[str, str],
    part: Part | None,
    failed: str = "",
) -> Response:
    question = {"act": "device", "device": wanted.get("device", "")}
    told = ended(site.desks.office(asked.secret, question))
    purposes = {one: offered(policy, one) for one in purposes_of(site, asked, policy)}
    purpose = wanted.get("purpose", "")
    return site.page(
        asked,
        "device",
        503 if failed else 200,
        failed=failed,
        times=LIVE_READINGS,
        told=told,
        health=health.of(told, asked.now),
        bad=health.BAD,
        purposes={one: parts for one, parts in purposes.items() if parts},
        purpose=purpose if purposes.get(purpose) else "",
        given=policy.get(purpose, {}),
        tickets=to_read(site, asked, purpose),
        spans=tuple(SPANS) if TIMED & offered(policy, purpose).keys() else (),
        wanted={name: wanted.get(name, "") for name in _FIELDS},
        part=part,
        orders=_orders(site, asked, str(told["device"])),
        cell=reading.cell,
        cells=reading.cells,
        now=asked.now,
    )


def _orders(site: Site, asked: Asked, device: str) -> list[Message] | None:
    """Return what a device was asked; None for who does not see diagnostics."""
    person, tenant = asked.signed_in.entry.person, site.people.tenant
    sees = may(person, Action.DIAGNOSE_SEE, tenant, Purpose.SUPPORT, asked.now)
    if not sees.allowed:
        return None
    question = {"act": "orders", "device": device}
    return lines(ended(site.desks.office(asked.secret, question)), "orders")


def purposes_of(site: Site, asked: Asked, policy: Policy) -> list[str]:
    """Return the purposes of a policy for which the person may read."""
    person, tenant = asked.signed_in.entry.person, site.people.tenant
    return [
        one.value
        for one in Purpose
        if one.value in policy
        and may(person, Action.READ, tenant, one, asked.now).allowed
    ]


def policy_in_force(site: Site, asked: Asked) -> Policy:
    """Return what the policy in force gives each purpose."""
    question = {"act": "tables"}
    return policy_of(gathered(site.desks.office(asked.secret, question), "purposes"))


def said(site: Site, asked: Asked, named: str, /, **inserted: object) -> str:
    """Return a text of whoever asks, with what is put into it."""
    return told_of(site.pages.words[asked.language], named, inserted)


ROUTES = (
    Route(GET, "/device", page, Action.DEVICE_SEE),
    Route(POST, "/device", read, Action.READ, purpose=chosen),
)
