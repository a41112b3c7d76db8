# SPDX-License-Identifier: Apache-2.0
"""Sends what waits for each channel, tries again, and puts aside what nobody takes.

Rules: a try is written down before it begins and its end after it, so a message that
was taken is never sent again, and one whose try was broken off is sent again under the
same id; a channel that is down holds up no other and rests between tries; what was
given up is counted where people see it; where messages go is in the ledger first.
Not here: writing messages (`server/register/alert_messages.py`).
"""

from collections.abc import Callable, Mapping
from functools import partial

from server.alerts.bounds import ATTEMPTS_A_TURN, GIVE_UP_SECONDS
from server.configuration import Configuration
from server.configuration_alerts import MAIL, WEBHOOK
from server.errors import ServerError
from server.keeper.alarms import mail, webhook
from server.keeper.alarms.wording import TEST, link_of
from server.keeper.desk import Desk
from server.register import alert_messages
from server.register.alert_messages import SENT, Waiting

Send = Callable[[Waiting], None]


def turn(desk: Desk, now: int) -> None:
    """Send what is due.

    Raises:
        ServerError: what stopped the first channel that was stopped.
    """
    settings, stopped = desk.settings(), None
    ways = _ways(settings, now)
    with desk.alerts.transaction() as connection:
        left = alert_messages.give_up_others(connection, tuple(ways))
    for channel, (address, send) in ways.items():
        try:
            _named(desk, channel, address, now)
            lost = _sent(desk, channel, send, now)
        except ServerError as error:
            stopped, lost = stopped or error, 0
        left += lost
    if left:
        desk.ledger.add("alerts-untold", {"count": left}, now)
    if stopped is not None:
        raise stopped


def tried(desk: Desk, now: int) -> dict[str, str]:
    """Send each channel a message that only tries it; returns what was wrong by name.

    Args:
        desk: what the keeper works with.
        now: seconds since the epoch.
    """
    found = {}
    for channel, (address, send) in _ways(desk.settings(), now).items():
        one = alert_messages.trial(channel, TEST, now)
        try:
            _named(desk, channel, address, now)
            send(one)
            found[channel] = ""
        except ServerError as error:
            found[channel] = str(error)
    return found


def _ways(settings: Configuration, now: int) -> Mapping[str, tuple[str, Send]]:
    """Return each channel's address, and what sends by it."""
    origin = settings.console.origin if settings.console else ""
    held, ways = settings.alerts, dict[str, tuple[str, Send]]()
    if held.webhook is not None:
        ways[WEBHOOK] = held.webhook.address, partial(_posted, settings, origin, now)
    if held.mail is not None:
        ways[MAIL] = held.mail.address, partial(_mailed, settings, origin)
    return ways


def _posted(settings: Configuration, origin: str, now: int, one: Waiting) -> None:
    if settings.alerts.webhook is not None:
        webhook.send(settings.alerts.webhook, one, link_of(one, origin), now)


def _mailed(settings: Configuration, origin: str, one: Waiting) -> None:
    if settings.alerts.mail is not None:
        mail.send(settings.alerts.mail, one, link_of(one, origin))


def _named(desk: Desk, channel: str, address: str, now: int) -> None:
    """Write down where messages go, once for each place."""
    with desk.alerts.view() as connection:
        if alert_messages.address(connection, channel) == address:
            return
    desk.ledger.add("alerts-named", {"kind": channel, "to": address}, now)
    with desk.alerts.transaction() as connection:
        alert_messages.set_address(connection, channel, address)


def _sent(desk: Desk, channel: str, send: Send, now: int) -> int:
    """Send what is due by one channel; returns how many were given up.

    Raises:
        ServerError: the channel does not take a message that is still to be tried.
    """
    with desk.alerts.view() as connection:
        waiting = alert_messages.due(connection, channel, now, ATTEMPTS_A_TURN)
    for one in waiting:
        if desk.stopping.is_set():
            return 0
        with desk.alerts.transaction() as connection:
            alert_messages.begin(connection, one)
        try:
            send(one)
        except ServerError:
            late = now - GIVE_UP_SECONDS
            with desk.alerts.transaction() as connection:
                alert_messages.rest(connection, channel, now)
                lost = alert_messages.give_up(connection, channel, late)
            if not lost:
                raise
            return lost
        with desk.alerts.transaction() as connection:
            alert_messages.end(connection, one, SENT)
            alert_messages.wake(connection, channel)
    return 0
