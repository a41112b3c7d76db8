# SPDX-License-Identifier: Apache-2.0
"""Reads what matters of more than one kind say: a scope whose names are known, days.

Rules: what is missing or names nothing is one sentence that says what to write.
Not here: the form of a matter (`wire/papers/matter.py`).
"""

import datetime as dt

from policies import catalogue
from server.devices import known
from server.errors import UsageError
from server.keeper.bounds import NOTICE_DELAY_SECONDS
from server.keeper.desk import Desk
from wire.papers.matter import Matter
from wire.papers.scope import Scope


def scope_of(desk: Desk, matter: Matter) -> Scope:
    """Return the scope of a matter, all of whose names are known.

    Raises:
        UsageError: there is none, or it names what there is not.
    """
    scope = matter.scope
    if scope is None:
        msg = f"a {matter.kind.value} without a scope is about nothing"
        raise UsageError(msg)
    if len(known(desk.store, desk.tenant, scope.devices)) < len({*scope.devices}):
        msg = "the scope names a device that is not enrolled: see device list"
        raise UsageError(msg)
    datasets = catalogue().datasets
    for item in scope.datasets:
        dataset = datasets.get(item.name)
        named = {*item.columns, *(rule.column for rule in item.filter)}
        if dataset is None or any(dataset.column(name) is None for name in named):
            msg = "the scope names a dataset or column that docs/datasets.md lacks"
            raise UsageError(msg)
    return scope


def day_of(matter: Matter, name: str, words: str) -> int:
    """Return the first second of the day that a term names.

    Args:
        matter: has the term.
        name: of the term.
        words: what the day is, for the sentence that asks for it.

    Raises:
        UsageError: there is no such term, or it is no day.
    """
    return day_named(matter.term(name) or "", words)


def day_named(text: str, words: str) -> int:
    """Return the first second of a day.

    Args:
        text: as a person writes it.
        words: what the day is, for the sentence that asks for it.

    Raises:
        UsageError: it is no day.
    """
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        msg = f"say {words}, such as 2027-06-30"
        raise UsageError(msg) from None
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())


def waiting(matter: Matter, name: str, now: int) -> int:
    """Return until when a notice waits, by a term of a matter.

    Args:
        matter: has the term.
        name: of the term.
        now: seconds since the epoch.

    Raises:
        UsageError: that is no day ahead within a year.
    """
    until = day_of(matter, name, "until which day the notice waits")
    if not 0 < until - now <= NOTICE_DELAY_SECONDS:
        msg = "a notice waits until a day that lies ahead, within a year"
        raise UsageError(msg)
    return until
