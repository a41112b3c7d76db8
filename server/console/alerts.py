# SPDX-License-Identifier: Apache-2.0
"""Answers about alerts: which stand, who was told, and what somebody says of one.

Rules: a rule and a device are shown, never what was found; the keeper decides anew who
may, and has each answer in the ledger.
Not here: alerts (`server/alerts`), the keeper's act (`server/keeper/acts/alert.py`).
"""

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode

from starlette.responses import Response

from server.access.actions import Action
from server.access.model import Reason, may
from server.console.bounds import PAGE_ALERTS
from server.console.desks import Message
from server.console.listed import kept, word
from server.console.route import GET, POST, Route, whole
from server.console.site import Asked, Site, Tab, go
from server.desk.asking import whole_of
from server.errors import UsageError
from server.health import number

SNOOZES: Mapping[str, int] = {
    "hour": 3_600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30 * 86_400,
}
"""What may be chosen, in seconds."""
STATES = ("open", "acknowledged", "snoozed", "cleared")


def page(site: Site, asked: Asked) -> Response:
    """Show a page of what stands, or one alert with who was told of it."""
    chosen, state = asked.query.get("alert", ""), asked.query.get("state", "")
    question = {"act": "alert", "step": "list", "state": state, "most": PAGE_ALERTS}
    question["page"] = whole(asked.query.get("page", ""))
    shown, told = whole_of(site.desks.keeper(asked.secret, question), "alerts")
    one = _one(site, asked, chosen) if chosen else None
    if chosen:
        shown = [one] if one else []
    me, tenant = asked.signed_in.entry.person, site.people.tenant
    verdict = may(me, Action.ALERT_ACKNOWLEDGE, tenant, None, asked.now)
    again = may(me, Action.ALERT_RESEND, tenant, None, asked.now)
    return site.page(
        asked,
        "alerts",
        lines=shown,
        count=len(shown) if chosen else told["count"],
        number=told["page"],
        pages=1 if chosen else -(-number(told, "count") // PAGE_ALERTS),
        query=urlencode({"state": state} if state in STATES else {}),
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


def _one(site: Site, asked: Asked, chosen: str) -> Message | None:
    """Return one alert with who was told of it; None where it is no more."""
    try:
        found = kept(site, asked, "alert", step="show", alert=chosen)
    except UsageError:
        return None
    return found if found.get("id") == chosen else None


def _sum(counts: object) -> int:
    return sum(counts.values()) if isinstance(counts, dict) else 0


ROUTES = (
    Route(GET, "/alerts", page, Action.ALERT_SEE),
    Route(POST, "/alerts/acknowledge", acknowledge, Action.ALERT_ACKNOWLEDGE),
    Route(POST, "/alerts/snooze", snooze, Action.ALERT_ACKNOWLEDGE),
    Route(POST, "/alerts/resend", resend, Action.ALERT_RESEND),
)
TAB = Tab("alerts", Action.ALERT_SEE)
