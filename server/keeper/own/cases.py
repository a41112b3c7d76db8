# SPDX-License-Identifier: Apache-2.0
"""Why cases, holds, notices, incidents and findings are kept.

Rules: no word of any is opened.
Not here: until when (`ends.py`), ending them (`server/keeper/rounds`).
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from server.keeper import ends
from server.keeper.bounds import CASE_KEEP_SECONDS, NOTICE_KEEP_SECONDS
from server.keeper.explaining import RELEASED, Group
from server.keeper.keeping import OPEN_END, of_hold
from server.keeper.own import words
from server.keeper.own.question import Question
from server.register import cases, findings, holds, incidents, notices


def case(asked: Question) -> Iterator[Group]:
    """Yield all cases."""
    with asked.desk.register.view() as connection:
        found = cases.every(connection)
    for one in found:
        yield _closing("case", one.id.hex(), ends.case(one), words.KEY)


def incident(asked: Question) -> Iterator[Group]:
    """Yield all incidents."""
    with asked.desk.register.view() as connection:
        found = incidents.every(connection)
    for one in found:
        end = ends.case(one.incident)
        yield _closing("incident", one.incident.name, end, words.KEY)


def finding(asked: Question) -> Iterator[Group]:
    """Yield all findings."""
    with asked.desk.register.view() as connection:
        found = findings.every(connection)
    for one in found:
        yield _closing("finding", one.finding.id, ends.finding(one), words.WRITTEN_OVER)


def hold(asked: Question) -> Iterator[Group]:
    """Yield all holds, with what each in force keeps."""
    with asked.desk.register.view() as connection:
        found = holds.every(connection)
    taken = partial(asked.desk.store.extracts, asked.desk.tenant)
    for one in found:
        name = one.case.hex()
        yield words.for_ever("hold", name)
        if one.released is None:
            because = of_hold(name)
            kept = [] if asked.counts else [item.records for item in taken(one.case)]
            held = words.group("hold", name, because.until, because.words, RELEASED)
            yield replace(
                held, because=(because,), envelopes=len(kept), records=sum(kept)
            )


def notice(asked: Question) -> Iterator[Group]:
    """Yield all notices: what stands of each, and its text."""
    with asked.desk.register.view() as connection:
        found = notices.every(connection)
    now = asked.desk.clock.now()
    for one in found:
        name, end = one.id.hex(), ends.notice_text(one)
        if one.delivered is None:
            said = words.NOT_DELIVERED
            yield words.group("notice", name, end, said, words.WRITTEN_OVER)
            continue
        yield _closing("notice", name, ends.notice(one), words.WRITTEN_OVER)
        if now < end:
            kept = NOTICE_KEEP_SECONDS
            yield words.group(
                *("notice", name, end, words.TEXT, words.WRITTEN_OVER),
                seconds=kept,
            )


def _closing(kind: str, name: str, end: int, then: str) -> Group:
    """Return a record that is kept for claims once it is closed."""
    if end == OPEN_END:
        return words.group(kind, name, end, words.OPEN, then)
    told = kind, name, end, words.CLOSED, then
    return words.group(*told, clause=words.CLAIMS, seconds=CASE_KEEP_SECONDS)
