# SPDX-License-Identifier: Apache-2.0
"""Reads how long a purpose keeps what it gets, and who stands for that.

Rules: every length of time has an end within the purpose's maximum and a criterion of
the privacy statement; a statute of limitation keeps nothing that devices send; what
could go on for ever names its owner, its reason and the day on which it is looked at
again.
Not here: when data really ends (`server/keeper/keeping.py`), key epochs
(`wire/keys.py`).
Source: the privacy statement on retention; REQUIREMENTS R1, R2, R6.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time

from wire import limits
from wire.policy import Criterion, RetentionClass
from wire.policy_check import DAY
from wire.policy_toml import Table, is_slug, shown
from wire.purposes import RULES, Purpose

KEEP_SECONDS_MINIMUM = limits.EPOCH_SECONDS_MINIMUM
"""A key lives a day at least, so nothing can promise to be gone sooner."""
REVIEW_DAYS = 366
"""A business need lapses after a year unless someone reviews it."""
PURPOSE = "purpose"
"""The criterion that needs no other: the purpose itself."""
CRITERIA: Mapping[str, tuple[str, ...]] = {
    PURPOSE: (),
    Criterion.CONTRACT.value: (),
    Criterion.LEGAL_OBLIGATION.value: ("citation", "jurisdiction"),
    Criterion.BUSINESS_NEED.value: ("owner", "reason", "review"),
}
"""Why something is kept as long as it is, in the statement's words, and what has to
stand beside it."""
_NO_CLAIM = (
    "what devices send is not kept for a claim that may come: entries of the ledger "
    "are, by a law pack; use a hold when there is a claim"
)
JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?\Z")
"""ISO 3166: a country, or a part of one; EU is reserved there too."""


def read_retention(
    purpose: Purpose, table: Table, today: date | None
) -> dict[str, RetentionClass]:
    """Return each retention class, by name.

    Args:
        purpose: whose classes they are.
        table: the purpose's table; what is wrong goes to its report.
        today: to tell a review that is due from one that lies ahead; None for not.
    """
    if "retention" not in table.entries:
        table.refuse("retention is missing: say how long it is kept")
    classes: dict[str, RetentionClass] = {}
    for name, item in table.tables("retention"):
        if not is_slug(name):
            item.refuse(f"{shown(name)} is no name: use lower-case words joined by -")
        classes[name] = _with_criterion(name, _keep(purpose, item), item, today)
    if len(classes) > limits.CLASSES:
        table.refuse(f"more than {limits.CLASSES} retention classes", "retention")
    return classes


def _keep(purpose: Purpose, item: Table) -> int:
    most = RULES[purpose].maximum_days
    keep = item.duration("keep")
    if keep is None:
        return 0
    if keep > most * DAY:
        item.refuse(f"{purpose.value} may keep at most {most}d", "keep")
    if keep < KEEP_SECONDS_MINIMUM:
        item.refuse("keep at least 1d: a key lives a day", "keep")
    return keep


def _with_criterion(
    name: str, keep: int, item: Table, today: date | None
) -> RetentionClass:
    """Return a class with the reason that somebody or something stands for."""
    alone = RetentionClass(name, keep)
    criterion: str | None = PURPOSE
    if "criterion" in item.entries:
        criterion = item.text("criterion")
    if criterion is None:
        return alone
    if criterion == Criterion.LIMITATION.value:
        item.refuse(_NO_CLAIM, "criterion")
        return alone
    if criterion not in CRITERIA:
        item.refuse(f"unknown criterion; use one of {', '.join(CRITERIA)}", "criterion")
        return alone
    beside = CRITERIA[criterion]
    item.only("keep", "criterion", *beside)
    missing = [key for key in beside if key not in item.entries]
    if missing:
        item.refuse(f"{criterion} alone is open-ended: add {', '.join(missing)}")
        return replace(alone, criterion=Criterion(criterion))
    if criterion == PURPOSE:
        return alone
    texts = {key: item.text(key) for key in beside if key != "review"}
    where = texts.get("jurisdiction")
    if where is not None and not JURISDICTION.match(where):
        item.refuse('jurisdiction must be a country, such as "DE"', "jurisdiction")
    return RetentionClass(
        name,
        keep,
        Criterion(criterion),
        texts.get("citation"),
        where,
        texts.get("owner"),
        texts.get("reason"),
        _review(item, today) if "review" in beside else None,
    )


def _review(item: Table, today: date | None) -> int | None:
    """Return the first second of the day after which a business need lapses."""
    review = _day(item.entries["review"])
    if review is None:
        item.refuse("review must be a day, such as 2026-12-31", "review")
        return None
    if today is not None and not 0 < (review - today).days <= REVIEW_DAYS:
        item.refuse("review must lie ahead, within a year", "review")
    return max(0, int(datetime.combine(review, time(), UTC).timestamp()))


def _day(found: object) -> date | None:
    """Return a day written as TOML's date or as a text; a date-time is no day."""
    if type(found) is date:
        return found
    try:
        return date.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        return None
