# SPDX-License-Identifier: Apache-2.0
"""Answers about alerts: which stand, who was told, and what somebody says of one.

Rules: a rule and a device are shown, never what was found; the keeper decides anew who
may, and has each answer in the ledger.
Not here: alerts (`server/alerts`), the keeper's act (`server/keeper/acts/alert.py`).
"""

from collections.abc import Mapping
from functools import partial

from starlette.responses import Response

from server.access.actions import Action
from server.access.model import Reason, may
from server.console.listed import kept, word
from server.console.route import GET, POST, Route
from server.console.site import Asked, Site, Tab, go

SNOOZES: Mapping[str, int] = {
    "hour": 3_600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30 * 86_400,
}
"""What may be chosen, in seconds."""
STATES = ("open", "acknowledged", "snoozed", "cleared")
_SEVERITIES = ("critical", "high", "medium", "low")
Told = Mapping[str, object]


def page(site: Site, asked: Asked) -> Response:
    """Show what stands, or one alert with who was told of it."""
    told = kept(site, asked, "alert", step="list")
    found = told.get("alerts")
    every: list[Told] = found if isinstance(found, list) else []
    chosen, state = asked.query.get("alert", ""), asked.query.get("state", "")
    shown = [one for one in every if _fits(one, chosen, state)]
    one = None
    if chosen and shown:
        one = kept(site, asked, "alert", step="show", alert=chosen)
    me, tenant = asked.signed_in.entry.person, site.people.tenant
    verdict = may(me, Action.ALERT_ACKNOWLEDGE, tenant, None, asked.now)
    again = may(me, Action.ALERT_RESEND, tenant, None, asked.now)
    return site.page(
        asked,
        "alerts",
        lines=sorted(shown, key=_worst_first),
        every=len(every),
        chosen=chosen,
        one=one,
        state=state,
        states=STATES,
        owner=told.get("owner"),
        channels=told.get("channels"),
        looked=told.get("looked"),
        untold=_sum(told.get("untold")),
        answers=verdict.allowed or verdict.reason is Reason.STEP_UP,
        resends=again.allowed,
        step_up=again.reason is Reason.STEP_UP,
        snoozes=tuple(SNOOZES),
        ruled=partial(word, site, asked, "alerts.rule"),
    )


def acknowledge(site: Site, asked: Asked) -> Response:
    """Say that somebody sees to an alert."""
    kept(site, asked, "alert", step="acknowledge", alert=asked.one("alert"))
    return go("/alerts")


def snooze(site: Site, asked: Asked) -> Response:
    """Let an alert rest."""
    seconds = SNOOZES.get(asked.one("span"), 0)
    alert = asked.one("alert")
    kept(site, asked, "alert", step="snooze", alert=alert, seconds=seconds)
    return go("/alerts")


def resend(site: Site, asked: Asked) -> Response:
    """Send again what no channel took."""
    kept(site, asked, "alert", step="resend")
    return go("/alerts")


def _fits(one: Told, chosen: str, state: str) -> bool:
    """Tell whether an alert is looked for; what is over only where it is."""
    if chosen:
        return one.get("id") == chosen
    return one.get("state") == state if state else one.get("state") != "cleared"


def _worst_first(one: Told) -> tuple[int, int, int]:
    state, severity = str(one.get("state")), str(one.get("severity"))
    since = one.get("since")
    return (
        STATES.index(state) if state in STATES else 0,
        _SEVERITIES.index(severity) if severity in _SEVERITIES else 0,
        -since if isinstance(since, int) else 0,
    )


def _sum(counts: object) -> int:
    return sum(counts.values()) if isinstance(counts, dict) else 0


ROUTES = (
    Route(GET, "/alerts", page, Action.ALERT_SEE),
    Route(POST, "/alerts/acknowledge", acknowledge, Action.ALERT_ACKNOWLEDGE),
    Route(POST, "/alerts/snooze", snooze, Action.ALERT_ACKNOWLEDGE),
    Route(POST, "/alerts/resend", resend, Action.ALERT_RESEND),
)
TAB = Tab("alerts", Action.ALERT_SEE)
