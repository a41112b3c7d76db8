# SPDX-License-Identifier: Apache-2.0
"""Reads how long a purpose keeps what it gets, and who stands for that.

Rules: every length of time has an end within the purpose's maximum and a criterion of
the privacy statement; what could go on for ever names its owner, its reason and the
day on which it is looked at again.
Not here: when data really ends (`server/retention.py`), key epochs (`wire/keys.py`).
Source: the privacy statement on retention; REQUIREMENTS R1, R2, R6.
"""

from collections.abc import Mapping
from datetime import date

from wire import limits
from wire.policy_check import DAY
from wire.policy_toml import Table, is_slug, shown
from wire.purposes import RULES, Purpose

KEEP_SECONDS_MINIMUM = limits.EPOCH_SECONDS_MINIMUM
"""A key lives a day at least, so nothing can promise to be gone sooner."""
REVIEW_DAYS = 366
"""A business need lapses after a year unless someone reviews it."""
LIMITATION = "limitation"
"""Kept to defend a claim: single facts, never a log (REQUIREMENTS R5)."""
CRITERIA: Mapping[str, tuple[str, ...]] = {
    "purpose": (),
    "contract": (),
    "legal-obligation": ("citation",),
    LIMITATION: ("citation",),
    "business-need": ("owner", "reason", "review"),
}
"""Why something is kept as long as it is, in the statement's words, and what has to
stand beside it."""


def read_retention(
    purpose: Purpose, table: Table, today: date | None
) -> dict[str, int]:
    """Return the maximum age of each retention class, in seconds.

    Args:
        purpose: whose classes they are.
        table: the purpose's table; what is wrong goes to its report.
        today: to tell a review that is due from one that lies ahead; None for not.
    """
    if "retention" not in table.entries:
        table.refuse("retention is missing: say how long it is kept")
    classes: dict[str, int] = {}
    for name, item in table.tables("retention"):
        if not is_slug(name):
            item.refuse(f"{shown(name)} is no name: use lower-case words joined by -")
        classes[name] = _keep(purpose, item)
        _check_criterion(item, today)
    if len(classes) > limits.CLASSES:
        table.refuse(f"more than {limits.CLASSES} retention classes", "retention")
    return classes


def kept_for_claims(table: Table) -> frozenset[str]:
    """Return the retention classes that are kept because a claim might come."""
    return frozenset(
        name
        for name, item in table.tables("retention")
        if item.entries.get("criterion") == LIMITATION
    )


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


def _check_criterion(item: Table, today: date | None) -> None:
    """Check that the length of time has a reason that somebody stands for."""
    criterion: str | None = "purpose"
    if "criterion" in item.entries:
        criterion = item.text("criterion")
    if criterion is None:
        return
    if criterion not in CRITERIA:
        item.refuse(f"unknown criterion; use one of {', '.join(CRITERIA)}", "criterion")
        return
    beside = CRITERIA[criterion]
    item.only("keep", "criterion", *beside)
    missing = [key for key in beside if key not in item.entries]
    if missing:
        item.refuse(f"{criterion} alone is open-ended: add {', '.join(missing)}")
    for key in beside:
        if key == "review" and key in item.entries:
            _check_review(item, today)
        elif key in item.entries:
            item.text(key)


def _check_review(item: Table, today: date | None) -> None:
    """Check the day on which a business need lapses."""
    review = _day(item.entries["review"])
    if review is None:
        item.refuse("review must be a day, such as 2026-12-31", "review")
    elif today is not None and not 0 < (review - today).days <= REVIEW_DAYS:
        item.refuse("review must lie ahead, within a year", "review")


def _day(found: object) -> date | None:
    """Return a day written as TOML's date or as a text; a date-time is no day."""
    if type(found) is date:
        return found
    try:
        return date.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        return None
