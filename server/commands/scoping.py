# SPDX-License-Identifier: Apache-2.0
"""How a person names a scope: purposes, columns, rows, devices and days.

Rules: columns by name, always; rows, devices and days narrow it.
Not here: whether the names are known (`server/keeper/terms.py`).
"""

import argparse
import datetime as dt
import time
from typing import TYPE_CHECKING

from server.errors import UsageError

if TYPE_CHECKING:
    from wire.papers.scope import DatasetScope, Rule, Scope

_DAY = 86_400


def add_scope(parser: argparse.ArgumentParser) -> None:
    """Declare the options that name a scope."""
    for name, what in (
        ("--purpose", "under whose keys it is"),
        ("--column", "DATASET.COLUMN that is meant"),
    ):
        parser.add_argument(
            name, action="append", required=True, help=f"{what}; may be repeated"
        )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="DATASET.COLUMN=VALUE",
        help="only rows with this value; of one column any of those given",
    )
    parser.add_argument(
        "--device", action="append", default=[], help="only of this device, by its id"
    )
    for name in ("--since", "--until"):
        parser.add_argument(
            name, required=True, metavar="DAY", help="made from or until this day"
        )


def scope_of(options: argparse.Namespace) -> "Scope":
    """Return the scope that a person named.

    Raises:
        UsageError: it is none.
    """
    from wire.papers.scope import Scope  # noqa: PLC0415 - heavy
    from wire.purposes import Purpose  # noqa: PLC0415 - heavy

    known = {purpose.value: purpose for purpose in Purpose}
    if not set(options.purpose) <= known.keys():
        msg = f"--purpose is one of {', '.join(known)}"
        raise UsageError(msg)
    try:
        devices = tuple(map(bytes.fromhex, options.device))
    except ValueError:
        msg = "--device is a whole id, as device list --json shows it"
        raise UsageError(msg) from None
    return Scope(
        tuple(known[name] for name in dict.fromkeys(options.purpose)),
        tuple(dict.fromkeys(devices)),
        _datasets(options),
        _day(options.since),
        _last(_day(options.until)),
    )


def _last(day: int) -> int:
    """Return the last second of a day; of today, this one: what comes is not there."""
    now = int(time.time())
    return now if day <= now < day + _DAY else day + _DAY - 1


def _datasets(options: argparse.Namespace) -> "tuple[DatasetScope, ...]":
    from wire.papers.scope import DatasetScope  # noqa: PLC0415 - heavy

    columns: dict[str, dict[str, None]] = {}
    for text in options.column:
        dataset, column = _named(text, "--column")
        columns.setdefault(dataset, {})[column] = None
    rules = _rules(options.where)
    if not rules.keys() <= columns.keys():
        msg = "--where names a dataset of which no --column is meant"
        raise UsageError(msg)
    return tuple(
        DatasetScope(name, tuple(held), tuple(rules.get(name, ())))
        for name, held in columns.items()
    )


def _rules(where: list[str]) -> "dict[str, list[Rule]]":
    from wire.papers.scope import Comparison, Rule  # noqa: PLC0415 - heavy

    values: dict[tuple[str, str], list[str]] = {}
    for text in where:
        name, equals, value = text.partition("=")
        if not equals:
            msg = "--where is DATASET.COLUMN=VALUE"
            raise UsageError(msg)
        values.setdefault(_named(name, "--where"), []).append(value)
    found: dict[str, list[Rule]] = {}
    for (dataset, column), given in values.items():
        rule = Rule(column, Comparison.AMONG, tuple(given))
        found.setdefault(dataset, []).append(rule)
    return found


def _named(text: str, option: str) -> tuple[str, str]:
    dataset, dot, column = text.partition(".")
    if not dot or not dataset or not column:
        msg = f"{option} names DATASET.COLUMN, such as logins.user.name"
        raise UsageError(msg)
    return dataset, column


def _day(text: str) -> int:
    """Return the first second of a day."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        msg = "a day is written like 2026-12-31"
        raise UsageError(msg) from None
    return max(0, int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()))
