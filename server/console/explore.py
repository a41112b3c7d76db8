# SPDX-License-Identifier: Apache-2.0
"""Answers with what a person asks of a purpose's tables, in SQL.

Rules: purpose and reason come before any data, and are in the ledger first; question
and result stand in no address; a file is a reading of its own; what was cut off,
skipped or lost is told beside the result.
Not here: what SQL may do (`server/query`), one device (`device.py`).
"""

from collections.abc import Mapping
from functools import partial

from starlette.responses import Response

from server.access.actions import READABLE, Action
from server.console import reading, tables
from server.console.device import SPANS, policy_in_force, purposes_of, said
from server.console.open_tickets import to_read
from server.console.route import GET, POST, Route, chosen
from server.console.sections import Policy
from server.console.site import Asked, Site, Tab
from server.console.typed import for_page
from server.errors import LimitError, QueryError, UnreachableError
from wire.catalogue import Kind
from wire.purposes import Purpose

_OFFLINE = "error.offline"
FIELDS = ("purpose", "sql", "reason", "ticket", "span")
_OUTCOMES = """SELECT device_label, collector, outcome, reason, count(*) AS times
FROM agent_health
WHERE outcome <> 'ok'
GROUP BY ALL
ORDER BY times DESC"""
_DISKS = """SELECT device_label, "system.filesystem.mountpoint" AS place,
  round(100.0 * "system.filesystem.usage" / "system.filesystem.limit") AS used_percent
FROM file_systems
WHERE "system.filesystem.limit" > 0 AND NOT network
ORDER BY used_percent DESC"""
_UPDATES = """SELECT device_label, pending, pending_security, pending_reboot
FROM update_status
ORDER BY pending_security DESC NULLS LAST"""
_VERSIONS = """SELECT name, version, count(DISTINCT device) AS devices
FROM software
GROUP BY ALL
ORDER BY name, version"""
_SYSTEMS = """SELECT "os.name" AS system, "os.version" AS version, count(*) AS devices
FROM operating_systems
GROUP BY ALL
ORDER BY devices DESC"""
EXAMPLES: Mapping[str, tuple[str, str]] = {
    "outcomes": ("provision", _OUTCOMES),
    "disks": ("provision", _DISKS),
    "updates": ("provision", _UPDATES),
    "versions": ("administration", _VERSIONS),
    "systems": ("administration", _SYSTEMS),
}
"""Questions that are often asked, each with the purpose that has its tables."""


def page(site: Site, asked: Asked) -> Response:
    """Show the tables of a purpose, and ask for question and reason."""
    wanted = {name: asked.query.get(name, "") for name in ("purpose", "table")}
    policy = policy_in_force(site, asked)
    purpose, sql = EXAMPLES.get(asked.query.get("example", ""), ("", ""))
    if purpose in policy:
        wanted |= {"purpose": purpose, "sql": sql}
    elif wanted["table"] in policy.get(wanted["purpose"], {}):
        wanted["sql"] = f"SELECT *\nFROM {wanted['table']}\nLIMIT 100"
    return _shown(site, asked, policy, wanted)


def ask(site: Site, asked: Asked) -> Response:
    """Show what a question finds, read for the purpose that was chosen."""
    wanted, policy = _wanted(asked), policy_in_force(site, asked)
    if not wanted["sql"].strip():
        return _shown(site, asked, policy, wanted, wrong="explore.no-question")
    try:
        messages = site.desks.reader(asked.secret, _question(asked, wanted))
        found = reading.held(messages)
    except (QueryError, LimitError) as error:
        return _shown(site, asked, policy, wanted, failed=for_page(str(error)))
    except UnreachableError:
        return _shown(site, asked, policy, wanted, wrong=_OFFLINE)
    return _shown(site, asked, policy, wanted, found)


def file(site: Site, asked: Asked) -> Response:
    """Give what a question finds as a file that no spreadsheet runs."""
    wanted = _wanted(asked)
    if not wanted["sql"].strip():
        policy = policy_in_force(site, asked)
        return _shown(site, asked, policy, wanted, wrong="explore.no-question")
    question = _question(asked, wanted) | {"file": True}
    found = tables.read(site.desks.reader(asked.secret, question))
    name = "result-cut-off" if found.end.get("capped") else "result"
    return tables.download(name, found.names, found.rows)


def _wanted(asked: Asked) -> dict[str, str]:
    return {name: asked.one(name) for name in FIELDS}


def _question(asked: Asked, wanted: Mapping[str, str]) -> dict[str, object]:
    question: dict[str, object] = {
        name: wanted[name] for name in ("purpose", "sql", "reason", "ticket")
    }
    if (span := SPANS.get(wanted["span"])) is not None:
        question["since"] = asked.now - span
    return question


def _shown(  # noqa: PLR0913 - what was asked, and what came of it
    site: Site,
    asked: Asked,
    policy: Policy,
    wanted: Mapping[str, str],
    found: reading.Read | None = None,
    *,
    failed: str = "",
    wrong: str = "",
) -> Response:
    """Show the question and what it found.

    Args:
        site: the console.
        asked: the request.
        policy: what may be read for which purpose.
        wanted: the fields as they were sent.
        found: what it found.
        failed: what the reader says of it, in English; empty for nothing.
        wrong: name of a text that says what is wrong else; empty for nothing.
    """
    text = partial(said, site, asked)
    purposes = purposes_of(site, asked, policy)
    purpose = wanted["purpose"] if wanted["purpose"] in purposes else ""
    return site.page(
        asked,
        "explore",
        503 if wrong == _OFFLINE else 400 if failed or wrong else 200,
        purposes=purposes,
        purpose=purpose,
        tables=[
            one
            for one in policy.get(purpose, {}).values()
            if one.kind != Kind.DIAGNOSTIC.value
        ],
        examples=[name for name, (one, _) in EXAMPLES.items() if one == purpose],
        spans=tuple(SPANS),
        tickets=to_read(site, asked, purpose),
        wanted={name: wanted.get(name, "") for name in FIELDS},
        result=found.tables[0] if found and found.tables else None,
        beside=reading.notes(found.end, text) if found else [],
        failed=failed,
        wrong=wrong,
        cells=reading.cells,
        exports=bool(purpose)
        and site.may(asked, Action.EXPORT_TABLES, Purpose(purpose)),
    )


ROUTES = (
    Route(GET, "/explore", page, Action.DEVICE_SEE),
    Route(POST, "/explore", ask, Action.READ, purpose=chosen),
    Route(
        *(POST, "/explore/csv", file, Action.EXPORT_TABLES),
        purpose=chosen,
        gives=tables.CSV,
    ),
)
TAB = Tab("explore", Action.READ, READABLE)
