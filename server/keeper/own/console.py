# SPDX-License-Identifier: Apache-2.0
"""Why entries of people, their sessions, the log of requests and alerts are kept.

Rules: of a person there is the id, no name; a log of requests is a day's file.
Not here: until when sessions and the log are kept (`server/access/sessions.py`,
`server/visit_days.py`), alerts (`ends.py`).
"""

from collections.abc import Iterator
from contextlib import closing

from server.access import invitations, people, sessions
from server.access.register import look_at_people
from server.alerts import coverage
from server.alerts.bounds import KEEP_SECONDS, SENT_KEEP_SECONDS
from server.keeper import ends
from server.keeper.explaining import Group
from server.keeper.keeping import OPEN_END
from server.keeper.own import words
from server.keeper.own.question import Question
from server.register import alert_messages, alerts
from server.visit_days import DAY_SECONDS, LOG_DAYS, days


def person(asked: Question) -> Iterator[Group]:
    """Yield who uses the console, and the sessions of each that count now."""
    if not asked.desk.layout.people.exists():
        return
    now = asked.desk.clock.latest()
    with (
        closing(look_at_people(asked.desk.layout.people)) as register,
        register.reading() as connection,
    ):
        found = [one.person.name for one in people.every(connection)]
        held = {name: sessions.shown(connection, name, now) for name in found}
        invited = {name: invitations.pending(connection, name, now) for name in found}
    for name in found:
        told = "person", name, OPEN_END, words.TAKES_PART
        yield words.group(*told, words.WRITTEN_OVER)
        if end := invited[name]:
            yield words.group("person", name, end, words.INVITED, words.WRITTEN_OVER)
        for one in held[name]:
            end = sessions.ends(one.made, one.used)
            yield words.group("person", name, end, words.SIGNED_IN, words.WRITTEN_OVER)


def log(asked: Question) -> Iterator[Group]:
    """Yield the days of the console's log of requests."""
    for day, end in days(asked.desk.layout.console):
        told = "visits", day, end, words.DAYS, words.DELETED
        yield words.group(*told, seconds=LOG_DAYS * DAY_SECONDS)


def message(asked: Question) -> Iterator[Group]:
    """Yield all messages about alerts: those that wait, and those that are over."""
    with asked.desk.alerts.view() as connection:
        found = alert_messages.every(connection)
    for one in found:
        said = words.WAITS_TO_GO if one.waits else words.DAYS
        told = "message", one.id.hex(), ends.message(one), said, words.WRITTEN_OVER
        yield words.group(*told, seconds=SENT_KEEP_SECONDS)


def alert(asked: Question) -> Iterator[Group]:
    """Yield all alerts: those that stand, and those that are over."""
    allowed = coverage.kept(asked.desk.policy(asked.desk.clock.latest()).policy)
    keep = KEEP_SECONDS if allowed is None else min(allowed, KEEP_SECONDS)
    with asked.desk.alerts.view() as connection:
        found = alerts.every(connection)
    for one in found:
        said = words.STANDS if one.ended is None else words.DAYS
        told = "alert", one.id.hex(), ends.alert(one, keep), said, words.WRITTEN_OVER
        yield words.group(*told, seconds=keep)
