# SPDX-License-Identifier: Apache-2.0
"""Answers with the fleet: which devices there are, how each does and how it fared.

Rules: nothing of telemetry is opened for the list, of which the office tells a page;
how the agents fared is telemetry, and is read for a purpose and a reason, anew with
each search, and not told to the office; what a device says of itself is its word.
Not here: looking for devices (`server/store/kept_fleet.py`), one device (`device.py`),
how a device does (`server/health.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from starlette.responses import Response

from server import health
from server.access.actions import Action
from server.console import fared, reading, tables
from server.console.bounds import DAY_SECONDS, FARED_SECONDS, PAGE_DEVICES
from server.console.desks import Message
from server.console.device import policy_in_force, purposes_of, said
from server.console.fared import Fared, Outcomes
from server.console.route import GET, POST, Route, chosen, whole
from server.console.site import Asked, Site, Tab
from server.desk.asking import whole_of
from server.errors import UnreachableError
from server.health import Health

SEEN = {"hour": 3_600, "day": DAY_SECONDS, "week": 7 * DAY_SECONDS}
"""Filter > not seen for so long."""
FILTERS = ("q", "health", "state", "site", "tag", "system", "seen", "refused", "sort")
SORTS = ("health", "name", "seen", "silent", "system")
"""What the office sorts by; what needs a person comes first where none is named."""
WHY = ("purpose", "reason", "ticket", "fared")
"""Fields of a reading of how the agents fared, and the filter that it adds."""
Told = Mapping[str, object]
Found = tuple[list[Message], Message]
"""Devices of a page, and what is told beside them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A device as the page shows it."""

    told: Told
    health: Health

    @property
    def device(self) -> str:
        """Return the device's id, in hex."""
        return str(self.told["device"])


def page(site: Site, asked: Asked) -> Response:
    """Show the devices that the person looks for."""
    return _shown(site, asked, asked.query, None)


def read(site: Site, asked: Asked) -> Response:
    """Show them with how their agents fared, read for the purpose that was chosen."""
    given = {name: asked.one(name) for name in (*FILTERS, *WHY, "page")}
    question = {
        **{name: given[name] for name in ("purpose", "reason", "ticket")},
        "sql": fared.SQL,
        "since": asked.now - FARED_SECONDS,
    }
    try:
        found = tables.read(site.desks.reader(asked.secret, question))
    except UnreachableError:
        return _shown(site, asked, given, None, site.text(asked, "error.offline"))
    beside = reading.notes(found.end, partial(said, site, asked))
    outcomes = fared.outcomes(found.names, found.rows, beside)
    return _shown(site, asked, given, outcomes)


def _shown(
    site: Site,
    asked: Asked,
    given: Mapping[str, str],
    outcomes: Outcomes | None,
    failed: str = "",
) -> Response:
    wanted = {name: given.get(name, "")[:100] for name in FILTERS}
    how = given.get("fared", "") if outcomes else ""
    question: Message = {
        **wanted,
        "act": "fleet",
        "silence": SEEN.get(wanted["seen"], 0),
        "page": whole(given.get("page", "")),
        "most": PAGE_DEVICES,
    }
    told, sums = (
        _fared(site, asked, question, partial(outcomes.fits, wanted=how))
        if outcomes and how
        else _found(site, asked, question)
    )
    every, found = health.number(sums, "count"), health.number(sums, "found")
    return site.page(
        asked,
        "fleet",
        503 if failed else 200,
        failed=failed,
        lines=[Line(one, health.of(one, asked.now)) for one in told],
        found=found,
        every=every,
        standing=sums,
        counts={one: _count(sums, one) for one in Health},
        healths=tuple(Health),
        bad=health.BAD,
        **{name: sums[name] for name in ("systems", "states", "sites", "tags")},
        seen=tuple(SEEN),
        refused=sums["reasons"],
        sorts=SORTS,
        wanted=wanted,
        number=sums["page"],
        pages=_pages(found),
        query=urlencode({k: v for k, v in wanted.items() if v}),
        outcomes=outcomes,
        fared=tuple(one.value for one in Fared),
        how=how,
        why={name: given.get(name, "") for name in WHY},
        purposes=_purposes(site, asked) if every else [],
    )


def _found(site: Site, asked: Asked, question: Message) -> Found:
    """Return the devices of a page, and the sums over all."""
    return whole_of(site.desks.office(asked.secret, question), "devices")


def _fared(
    site: Site, asked: Asked, question: Message, fits: Callable[[str], bool]
) -> Found:
    """Return the same of those alone that fared as is looked for."""
    brief, _ = _found(site, asked, question | {"brief": True})
    kept = [one for one in (str(each["device"]) for each in brief) if fits(one)]
    number = min(_pages(len(kept)), max(1, health.number(question, "page")))
    among = kept[(number - 1) * PAGE_DEVICES : number * PAGE_DEVICES]
    told, sums = _found(site, asked, question | {"among": among})
    return told, sums | {"found": len(kept), "page": number}


def _pages(found: int) -> int:
    return max(1, -(-found // PAGE_DEVICES))


def _count(sums: Message, one: Health) -> int:
    """Return how many devices do so."""
    healths = sums["healths"]
    return health.number(healths, one.value) if isinstance(healths, dict) else 0


def _purposes(site: Site, asked: Asked) -> list[str]:
    """Return for what the person may read how agents fared."""
    policy = policy_in_force(site, asked)
    return [
        one for one in purposes_of(site, asked, policy) if fared.TABLE in policy[one]
    ]


ROUTES = (
    Route(GET, "/fleet", page, Action.DEVICE_SEE),
    Route(POST, "/fleet", read, Action.READ, purpose=chosen),
)
TAB = Tab("fleet", Action.DEVICE_SEE)
