# SPDX-License-Identifier: Apache-2.0
"""The act `alert`: lists alerts, shows one, and takes what a person says of it.

Rules: who acknowledges or snoozes is in the ledger before it counts; a snooze has an
end; what stands of an alert has no value of a row, so nothing of telemetry is shown.
Not here: the register's rows (`server/register/alerts.py`), the job that looks
(`server/reader/alerting.py`), sending (`server/keeper/alarms`).
"""

from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from server import configuration
from server.alerts import coverage
from server.alerts.bounds import SNOOZE_LEAST_SECONDS, SNOOZE_MOST_SECONDS
from server.alerts.rule_source import rules_of
from server.alerts.rules import Announced, Rule, Silent
from server.alerts.standing import Alert, State
from server.devices import known
from server.errors import UsageError
from server.health import number
from server.keeper.alarms import sending
from server.keeper.desk import Desk
from server.keeper.questions import begun_by, number_of, step_of, text_of
from server.register import alert_messages, alerts

if TYPE_CHECKING:
    from wire.cbor import Plain

NAME = "alert"
Answer = dict[str, object]
_STANDS = frozenset({State.OPEN, State.ACKNOWLEDGED, State.SNOOZED})
_STATES: Mapping[str, Collection[State]] = {
    "": _STANDS,
    "all": alerts.SHOWN,
    **{one.value: (one,) for one in alerts.SHOWN},
}
BATCH = 2_000
"""Alerts of one message: under a megabyte."""


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Answer, None, None]:
    """Yield the one answer; of a list several.

    Raises:
        UsageError: the question is none, or the change is not possible.
    """
    if message.get("step") == "list":
        yield from _list(desk, message)
        return
    step = step_of(message, _STEPS)
    yield {"end": step(desk, message, user, now)}


def _list(desk: Desk, message: Mapping[str, object]) -> Generator[Answer, None, None]:
    """Yield alerts, what needs a person first, and then what is to be said of all.

    Args:
        desk: what the keeper works with.
        message: "state" is a state, "all", or absent for all that stand; "most" and
            "page" say which of those are told, and are absent for all.
    """
    states = _STATES.get(str(message.get("state") or ""), ())
    with desk.alerts.view() as connection:
        count = alerts.count(connection, states)
        most = max(0, number(message, "most")) or max(1, count)
        page = min(max(1, -(-count // most)), max(1, number(message, "page")))
        found = alerts.worst(connection, states, (page - 1) * most, most)
        watch = alerts.watch(connection)
        lost = alert_messages.given_up(connection)
    labels = _labels(desk, found)
    for start in range(0, len(found), BATCH):
        yield {"alerts": [_told(one, labels) for one in found[start : start + BATCH]]}
    settings = desk.settings()
    yield {
        "end": {
            "count": count,
            "page": page,
            "owner": settings.jobs.get(configuration.ALERTS, ""),
            "channels": [*settings.alerts.names],
            "looked": watch.last,
            "untold": lost,
        }
    }


def _show(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    found = _meant(desk, text_of(message, "alert"))
    with desk.alerts.view() as connection:
        told = alert_messages.fates(connection, found.id)
    words = ("channel", "event", "fate", "time")
    messages = [dict(zip(words, one, strict=True)) for one in told]
    return _told(found, _labels(desk, [found])) | {"messages": messages}


def _acknowledge(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Answer:
    return _changed(desk, message, user, now, None)


def _snooze(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    seconds = number_of(message, "seconds")
    if not SNOOZE_LEAST_SECONDS <= seconds <= SNOOZE_MOST_SECONDS:
        msg = "snooze an alert for 10m to 30d: what never matters is a rule to change"
        raise UsageError(msg)
    return _changed(desk, message, user, now, now + seconds)


def _changed(
    desk: Desk, message: Mapping[str, object], user: str, now: int, until: int | None
) -> Answer:
    """Acknowledge an alert, or with an end snooze it."""
    meant = _meant(desk, text_of(message, "alert"))
    with desk.alerts.transaction() as connection:
        found = alerts.find(connection, meant.id)
        if found is None or found.state not in _STANDS:
            msg = "this alert is over: alert list shows which stand"
            raise UsageError(msg)
        body: dict[str, Plain] = {"by": user, "alert": found.id, "device": found.device}
        act, state = "alert-acknowledged", State.ACKNOWLEDGED
        if until is not None:
            act, state, body = "alert-snoozed", State.SNOOZED, body | {"until": until}
        changed = replace(found, state=state, until=until)
        desk.ledger.add(act, body, now)
        alerts.keep(connection, changed)
    return _told(changed, _labels(desk, [changed]))


def _resend(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    """Let what no channel took wait again, for the channels that there are."""
    names = desk.settings().alerts.names
    with desk.alerts.transaction() as connection:
        count = sum(alert_messages.resend(connection, name, now) for name in names)
        if not count:
            msg = "no message was given up of a channel that config.toml names"
            raise UsageError(msg)
        desk.ledger.add("alert-resent", {"by": user, "count": count}, now)
    return {"count": count}


def _test(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    if not desk.settings().alerts.names:
        msg = "config.toml names nobody under [alerts]: see docs/howto/alerts.md"
        raise UsageError(msg)
    return {"channels": sending.tried(desk, now)}


def _rules(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    rules, named = rules_of(desk.layout), coverage.named(desk.policy(now).policy)
    return {"rules": [_ruled(rule, named) for rule in rules]}


def _ruled(rule: Rule, named: Mapping[str, frozenset[str]]) -> Answer:
    rowless = isinstance(rule.condition, Silent | Announced)
    return {
        "rule": rule.name,
        "severity": rule.severity.value,
        "dataset": rule.dataset,
        "hold": rule.hold,
        "clear_for": rule.clear_for,
        "lacks": [] if rowless else sorted(coverage.lacks(rule, named)),
    }


def _meant(desk: Desk, digits: str) -> Alert:
    with desk.alerts.view() as connection:
        known = {
            one.id: one
            for one in alerts.every(connection)
            if one.state is not State.PENDING
        }
    return begun_by(digits, known, "alert", "alert list")


def _labels(desk: Desk, of: Iterable[Alert]) -> Mapping[bytes, str]:
    found = known(desk.store, desk.tenant, (one.device for one in of))
    return {one.device: one.label for one in found}


def _told(one: Alert, labels: Mapping[bytes, str]) -> Answer:
    return {
        "id": one.id.hex(),
        "rule": one.rule,
        "severity": one.severity.value,
        "device": one.device.hex(),
        "label": labels.get(one.device, ""),
        "state": one.state.value,
        "since": one.since,
        "last": one.last,
        "until": one.until or 0,
        "ended": one.ended or 0,
    }


_STEPS: Mapping[str, Callable[[Desk, Mapping[str, object], str, int], Answer]] = {
    "show": _show,
    "acknowledge": _acknowledge,
    "snooze": _snooze,
    "resend": _resend,
    "test": _test,
    "rules": _rules,
}
