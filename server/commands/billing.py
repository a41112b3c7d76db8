# SPDX-License-Identifier: Apache-2.0
"""`discreet-server billing`: how many endpoints the client had on each day.

Rules: it holds no key and opens nothing, it asks the keeper; what it writes has the
tenant's id, days and numbers, so whoever is paid by it learns of no machine and no
person; without days it is the month that is over.
Not here: what counts (`server/keeper/endpoints.py`).
"""

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import asking, printing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.commands.arguments import Subparsers

NAME = "billing"
_EPOCH = dt.date(1970, 1, 1)


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="count endpoints for each day")
    for name, what in (
        ("--since", "first day, UTC (default: the first of last month)"),
        ("--until", "last day, UTC (default: the end of that month)"),
    ):
        parser.add_argument(name, type=day, metavar="DAY", help=what)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="write CSV")
    form.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        *("--out", "-o"), type=Path, metavar="FILE", help="a new file for the CSV"
    )


def day(text: str) -> dt.date:
    """Return a day such as "2027-01-31".

    Raises:
        ArgumentTypeError: it is no such day.
    """
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        msg = 'a day is written like "2027-01-31"'
        raise argparse.ArgumentTypeError(msg) from None


def run(options: argparse.Namespace) -> int:
    """Ask the keeper, and show or write the numbers."""
    since, until = span(options.since, options.until, dt.datetime.now(dt.UTC).date())
    question: dict[str, object] = {"act": NAME}
    question |= {"since": (since - _EPOCH).days, "until": (until - _EPOCH).days}
    told = asking.told(options, question)
    days = [(_EPOCH + dt.timedelta(number), count) for number, count in told["days"]]
    if options.json:
        named = [{"day": str(one), "endpoints": count} for one, count in days]
        printing.show_json({"tenant": told["tenant"], "days": named})
    elif options.csv or options.out:
        _write(options.out, told["tenant"], days)
    else:
        _show(days)
    missing = sum(count is None for _, count in days)
    if missing:
        printing.hint(
            f"{missing} of these days were not counted: nobody was enrolled"
            " yet, or the keeper did not run for weeks"
        )
    return 0


def span(
    since: dt.date | None, until: dt.date | None, today: dt.date
) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that are meant.

    Args:
        since: the first, as given; None: of the month of the last.
        until: the last, as given; None: of the month of the first, yesterday at most;
            without both it is the month that is over.
        today: counts for nothing yet.
    """
    yesterday = today - dt.timedelta(1)
    if since is None and until is None:
        until = today.replace(day=1) - dt.timedelta(1)
    if until is None and since is not None:
        following = (since.replace(day=28) + dt.timedelta(4)).replace(day=1)
        until = min(following - dt.timedelta(1), max(yesterday, since))
    until = until or yesterday
    return since or until.replace(day=1), until


def _show(days: "Sequence[tuple[dt.date, int | None]]") -> None:
    rows = [(str(one), _number(count, "-")) for one, count in days]
    printing.show_table(("DAY", "ENDPOINTS"), rows)
    total = sum(count or 0 for _, count in days)
    printing.show("", f"{total} endpoint-days in {len(days)} days")


def _write(
    out: Path | None, tenant: str, days: "Sequence[tuple[dt.date, int | None]]"
) -> None:
    from server.commands.writing import written  # noqa: PLC0415 - heavy

    lines = [f"{tenant},{one},{_number(count, '')}" for one, count in days]
    with written(out) as file:
        file.write("\r\n".join(["tenant,day,endpoints", *lines, ""]).encode())
    if out is not None:
        printing.hint(f"{len(days)} days are in {out}")


def _number(count: int | None, absent: str) -> str:
    return absent if count is None else str(count)
