# SPDX-License-Identifier: Apache-2.0
"""Why entries of people, their sessions, the log of requests and alerts are kept.

Rules: of a person there is the id, no name; a log of requests is a day's file.
Not here: until when sessions and the log are kept (`server/access/sessions.py`,
`server/visit_days.py`), alerts (`ends.py`).
"""

from collections.abc import Iterator
from contextlib import closing

from server.access import people, sessions
from server.access.register import open_people
from server.alerts import coverage
from server.alerts.bounds import KEEP_SECONDS
from server.keeper import ends
from server.keeper.desk import Desk
from server.keeper.explaining import Group
from server.keeper.keeping import OPEN_END
from server.keeper.own import words
from server.register import alerts
from server.visit_days import DAY_SECONDS, LOG_DAYS, days


def person(desk: Desk, _: str) -> Iterator[Group]:
    """Yield who uses the console, and the sessions of each that count now."""
    if not desk.layout.people.exists():
        return
    now = desk.clock.latest()
    with (
        closing(open_people(desk.layout.people)) as register,
        register.reading() as connection,
    ):
        found = [one.person.name for one in people.every(connection)]
        held = {name: sessions.shown(connection, name, now) for name in found}
    for name in found:
        told = "person", name, OPEN_END, words.TAKES_PART
        yield words.group(*told, words.WRITTEN_OVER)
        for one in held[name]:
            end = sessions.ends(one.made, one.used)
            yield words.group("person", name, end, words.SIGNED_IN, words.WRITTEN_OVER)


def log(desk: Desk, _: str) -> Iterator[Group]:
    """Yield the days of the console's log of requests."""
    for day, end in days(desk.layout.console):
        told = "visits", day, end, words.DAYS, words.DELETED
        yield words.group(*told, seconds=LOG_DAYS * DAY_SECONDS)


def alert(desk: Desk, _: str) -> Iterator[Group]:
    """Yield all alerts: those that stand, and those that are over."""
    allowed = coverage.kept(desk.policy(desk.clock.latest()).policy)
    keep = KEEP_SECONDS if allowed is None else min(allowed, KEEP_SECONDS)
    with desk.alerts.view() as connection:
        found = alerts.every(connection)
    for one in found:
        said = words.STANDS if one.ended is None else words.DAYS
        told = "alert", one.id.hex(), ends.alert(one, keep), said, words.WRITTEN_OVER
        yield words.group(*told, seconds=keep)
