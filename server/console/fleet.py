# SPDX-License-Identifier: Apache-2.0
"""Answers with the fleet: which devices there are, how each does and how it fared.

Rules: nothing of telemetry is opened for the list; how the agents fared is telemetry,
and is read for a purpose and a reason, anew with each search; what a device says of
itself is its word.
Not here: one device (`device.py`), how a device does (`health.py`).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from starlette.responses import Response

from server.access.actions import Action
from server.console import fared, health, reading, tables
from server.console.bounds import DAY_SECONDS, FARED_SECONDS, PAGE_DEVICES
from server.console.desks import whole_of
from server.console.device import policy_in_force, purposes_of, said
from server.console.fared import Fared, Outcomes
from server.console.health import Health
from server.console.route import GET, POST, Route, chosen, whole
from server.console.site import Asked, Site, Tab
from server.errors import UnreachableError

SEEN = {"hour": 3_600, "day": DAY_SECONDS, "week": 7 * DAY_SECONDS}
"""Filter > not seen for so long."""
FILTERS = ("q", "health", "state", "site", "tag", "system", "seen", "refused", "sort")
WHY = ("purpose", "reason", "ticket", "fared")
"""Fields of a reading of how the agents fared, and the filter that it adds."""
Told = Mapping[str, object]


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
    question = {"act": "devices", "sums": True}
    told, standing = whole_of(site.desks.office(asked.secret, question), "devices")
    every = [Line(one, health.of(one, asked.now)) for one in told]
    wanted = {name: given.get(name, "")[:100] for name in FILTERS}
    kept = [line for line in every if fits(line, wanted, asked.now)]
    how = given.get("fared", "") if outcomes else ""
    if outcomes:
        kept = [line for line in kept if outcomes.fits(line.device, how)]
    found = ordered(kept, wanted["sort"])
    pages = max(1, -(-len(found) // PAGE_DEVICES))
    number = min(pages, max(1, whole(given.get("page", ""))))
    first = (number - 1) * PAGE_DEVICES
    return site.page(
        asked,
        "fleet",
        503 if failed else 200,
        failed=failed,
        lines=found[first : first + PAGE_DEVICES],
        found=len(found),
        every=len(every),
        standing=standing,
        counts=Counter(line.health for line in every),
        healths=tuple(Health),
        bad=health.BAD,
        systems=sorted({family(line.told) for line in every}),
        states=sorted({str(line.told["state"]) for line in every}),
        sites=sorted({site_of(line.told) for line in every} - {""}),
        tags=sorted({tag for line in every for tag in tags_of(line.told)}),
        seen=tuple(SEEN),
        refused=sorted({one for line in every for one in refused_of(line.told)}),
        sorts=tuple(_SORTS),
        wanted=wanted,
        number=number,
        pages=pages,
        query=urlencode({k: v for k, v in wanted.items() if v}),
        outcomes=outcomes,
        fared=tuple(one.value for one in Fared),
        how=how,
        why={name: given.get(name, "") for name in WHY},
        purposes=_purposes(site, asked) if every else [],
    )


def _purposes(site: Site, asked: Asked) -> list[str]:
    """Return for what the person may read how agents fared."""
    policy = policy_in_force(site, asked)
    return [
        one for one in purposes_of(site, asked, policy) if fared.TABLE in policy[one]
    ]


def fits(line: Line, wanted: Mapping[str, str], now: int) -> bool:
    """Tell whether a device is looked for.

    Args:
        line: the device.
        wanted: by name of the filter; empty for all.
        now: seconds since the epoch.
    """
    told = line.told
    words = " ".join(
        str(told.get(name, "")) for name in ("label", "device", "system", "agent")
    )
    alarms = told.get("alarms")
    words += " ".join(map(str, alarms)) if isinstance(alarms, list) else ""
    return (
        all(word in words.casefold() for word in wanted["q"].casefold().split())
        and wanted["health"] in {"", line.health.value}
        and wanted["state"] in {"", told.get("state")}
        and wanted["site"] in {"", site_of(told)}
        and (not wanted["tag"] or wanted["tag"] in tags_of(told))
        and wanted["system"] in {"", family(told)}
        and (not wanted["refused"] or wanted["refused"] in refused_of(told))
        and now - health.number(told, "seen") >= SEEN.get(wanted["seen"], -now)
    )


def ordered(lines: Sequence[Line], by: str) -> list[Line]:
    """Return devices in an order; what needs a person first where none is named."""
    return sorted(lines, key=_SORTS.get(by, _SORTS["health"]))


def family(told: Told) -> str:
    """Return the first word of a device's system."""
    return str(told.get("system", "")).partition(" ")[0] or "-"


def site_of(told: Told) -> str:
    """Return the site of a device; empty for none."""
    return str(told.get("site", ""))


def tags_of(told: Told) -> list[str]:
    """Return the tags of a device."""
    tags = told.get("tags")
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


def refused_of(told: Told) -> list[str]:
    """Return why a device was not heard within a week, the last reason first."""
    unheard = told.get("refused")
    return [str(one["reason"]) for one in unheard] if isinstance(unheard, list) else []


def _name(line: Line) -> tuple[bool, str, str]:
    label = str(line.told.get("label", ""))
    return not label, label.casefold(), str(line.told.get("device", ""))


_WORST = {one: place for place, one in enumerate(Health)}
_SORTS: Mapping[str, Callable[[Line], tuple[object, ...]]] = {
    "health": lambda line: (_WORST[line.health], *_name(line)),
    "name": _name,
    "seen": lambda line: (-health.number(line.told, "seen"), *_name(line)),
    "silent": lambda line: (health.number(line.told, "seen"), *_name(line)),
    "system": lambda line: (str(line.told.get("system", "")), *_name(line)),
}


ROUTES = (
    Route(GET, "/fleet", page, Action.DEVICE_SEE),
    Route(POST, "/fleet", read, Action.READ, purpose=chosen),
)
TAB = Tab("fleet", Action.DEVICE_SEE)
