# SPDX-License-Identifier: Apache-2.0
"""`discreet-server anonymise`: counts of devices, and means, that point at nobody.

Rules: it holds no key and opens nothing, it asks the keeper, and gets a release or a
sentence; a file is new, whole, and its owner's.
Not here: cells and attacks (`server/anonymise`), the formats (`server/formats`).
"""

import argparse
import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import asking, printing
from server.commands.reading_options import rows_of
from server.configuration_aggregates import Asked, as_message, millionths

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "anonymise"
FORMATS = ("csv", "jsonl", "parquet")
RELEASE_SECONDS = 1_800
"""Half an hour: attacks on a release of ten thousand devices take minutes."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="count devices by what they have, so that it points at nobody"
    )
    parser.add_argument(
        *("--dataset", "-s"), required=True, help="the table that is counted"
    )
    parser.add_argument(
        "--by",
        action="append",
        required=True,
        metavar="COLUMN",
        help="a row for each value of this column; up to three times",
    )
    parser.add_argument(
        "--measure",
        default="",
        metavar="COLUMN",
        help="show the mean of this column as well (default: devices are counted)",
    )
    parser.add_argument(
        "--epsilon",
        type=_epsilon,
        default=0,
        metavar="NUMBER",
        help="add the noise of differential privacy, and pay for it (like 0.5)",
    )
    parser.add_argument(
        "--with",
        dest="beside",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="count the collector in this directory too; may be given again",
    )
    parser.add_argument(
        "--period",
        type=_day,
        metavar="DATE",
        help="the period that begins at this day (default: the newest that is over)",
    )
    parser.add_argument("--format", choices=FORMATS, default="csv")
    parser.add_argument(*("--out", "-o"), type=Path, help="write a new file")


def _epsilon(text: str) -> int:
    try:
        return millionths(text)
    except ValueError:
        msg = "epsilon is a number up to 10, with six decimals at most"
        raise argparse.ArgumentTypeError(msg) from None


def _day(text: str) -> int:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        msg = "a day is written like 2026-11-28"
        raise argparse.ArgumentTypeError(msg) from None
    return int(found.replace(tzinfo=dt.UTC).timestamp())


def run(options: argparse.Namespace) -> int:
    """Ask for the release, and write it."""
    from server.commands.writing import written  # noqa: PLC0415 - heavy
    from server.formats.choosing import named  # noqa: PLC0415 - with the above
    from server.formats.tables import (  # noqa: PLC0415 - with the above
        About,
        Column,
        Table,
    )
    from wire.release import __version__  # noqa: PLC0415 - with the above

    asked = Asked(
        options.dataset,
        tuple(options.by),
        options.measure,
        options.epsilon,
        tuple(options.beside),
    )
    question = {
        "act": "aggregate",
        "do": "release",
        "asked": as_message(asked),
        "start": options.period,
    }
    found = asking.told(options, question, RELEASE_SECONDS)
    columns = tuple(Column(str(name), str(kind)) for name, kind in found["columns"])
    table = Table(options.dataset, columns, found["rows"])
    about = About("improvement", int(time.time()), __version__)
    with written(options.out) as out:
        named(options.format).write([table], about, out)
    _tell(found, len(found["rows"]))
    return 0


def _tell(found: dict[str, object], rows: int) -> None:
    """Tell beside the rows what they are."""
    start, end = (printing.moment(int(str(found[name]))) for name in ("start", "end"))
    printing.hint(
        f"period {start} to {end}, {found['tenants']} tenants: {rows} cells are shown, "
        f"{found['suppressed']} suppressed; each has {found['least']} devices or more"
    )
    if found["epsilon"] != "0":
        printing.hint(f"noise of epsilon {found['epsilon']} for each device was paid")
    for name, success, baseline, tries in rows_of(found, "attacks"):
        printing.hint(
            f"attack {name}: succeeds for {success} of 1, without the device for "
            f"{baseline} ({tries} tries)"
        )
    skipped = found["skipped"]
    for reason, count in skipped.items() if isinstance(skipped, dict) else ():
        printing.hint(f"not counted: {count} ({reason})")
