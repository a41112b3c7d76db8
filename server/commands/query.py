# SPDX-License-Identifier: Apache-2.0
"""`discreet-server query`: reads telemetry for a purpose, with SQL.

Rules: it holds no key and opens nothing, it asks the reader; what was not shown (a
destroyed key, a capped result, records a device lost) is told on standard error.
Not here: who may (`server/reader/grants.py`), the SQL's limits (`server/query`).
"""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.arguments import duration
from server.errors import UnreachableError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "query"
FORMATS = ("table", "json", "csv")
_TABLE_WIDTH = 120
"""Where the output is no terminal."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="read telemetry for a purpose; without SQL: list the tables"
    )
    parser.add_argument("--purpose", required=True, help="for which purpose you read")
    parser.add_argument("--reason", required=True, help="why; it is in the ledger")
    parser.add_argument("--ticket", default="", help="the ticket's number")
    parser.add_argument(
        *("--minutes", "-m"), type=int, default=60, help="end after so long (1-60)"
    )
    parser.add_argument(
        *("--device", "-d"),
        action="append",
        default=[],
        help="only this device, by id or label; may be given again",
    )
    parser.add_argument(
        *("--dataset", "-s"),
        action="append",
        default=[],
        help="open only this table; may be given again",
    )
    parser.add_argument(
        "--since", type=duration, metavar="AGE", help="only what is newer: 24h, 30d"
    )
    parser.add_argument(
        "--until", type=duration, metavar="AGE", help="only what is older"
    )
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.add_argument("sql", nargs="?", default="", help="one SELECT statement")


def run(options: argparse.Namespace) -> int:
    """Ask, and show the answer."""
    from server.reader.client import ask  # noqa: PLC0415 - heavy

    answers = ask(Layout(options.directory).socket, question(options, time.time()))
    names = [str(pair[0]) for pair in _list(next(answers), "columns")]
    end: dict[str, object] = {}
    rows = _rows(answers, end)
    for line in _lines(options.format, names, rows):
        sys.stdout.write(line)
    _tell(end)
    return 0


def question(options: argparse.Namespace, now: float) -> dict[str, object]:
    """Return what the reader is asked."""
    asked: dict[str, object] = {
        "purpose": options.purpose,
        "reason": options.reason,
        "ticket": options.ticket,
        "minutes": options.minutes,
        "devices": options.device,
        "datasets": options.dataset,
        "sql": options.sql,
    }
    for name in ("since", "until"):
        age = getattr(options, name)
        if age is not None:
            asked[name] = max(0, int(now) - age)
    return asked


def _rows(
    answers: Iterator[dict[str, object]], end: dict[str, object]
) -> Iterator[list[object]]:
    for message in answers:
        found = message.get("end")
        if isinstance(found, dict):
            end.update(found)
            return
        for row in _list(message, "rows"):
            if isinstance(row, list):
                yield row


def _list(message: Mapping[str, object], name: str) -> list[list[object]]:
    found = message.get(name)
    if not isinstance(found, list):
        msg = "the reader is of another release: restart `serve`"
        raise UnreachableError(msg)
    return found


def _lines(form: str, names: list[str], rows: Iterator[list[object]]) -> Iterator[str]:
    from server.query import render  # noqa: PLC0415 - with the rest

    if form == "json":
        lines, ending = render.json_lines(names, rows), "\n"
    elif form == "csv":
        lines, ending = render.csv(names, rows), "\r\n"
    else:
        width = _TABLE_WIDTH
        if sys.stdout.isatty():
            width = shutil.get_terminal_size().columns
        lines, ending = render.table(names, rows, width), "\n"
    for line in lines:
        yield line + ending


def _tell(end: Mapping[str, object]) -> None:
    """Say beside the result what it stands on, and what it does not show."""
    blocks = f" and {_counted(end['blocks'], 'block')}" if end.get("blocks") else ""
    printing.hint(
        f"{_counted(end.get('rows'), 'row')} from "
        f"{_counted(end.get('envelopes'), 'envelope')}{blocks} of "
        f"{_counted(end.get('devices'), 'device')}"
    )
    if end.get("capped"):
        printing.hint(
            f"cut off: the result reached its bound of {end['capped']}; "
            "aggregate in SQL, or narrow it with WHERE"
        )
    for state, count in _counts(end, "unheard"):
        printing.hint(f"heard no more: {_counted(count, 'device')} ({state})")
    for reason, count in _counts(end, "aside"):
        printing.hint(
            f"read from its envelopes: {_counted(count, 'block')} set aside ({reason})"
        )
    for reason, count in _counts(end, "skipped"):
        printing.hint(f"not shown: {count} x {reason}")
    if end.get("asked"):
        printing.hint(
            f"asked for again: {_counted(end['asked'], 'whole inventory state')}"
        )
    for reason, count in _counts(end, "missing"):
        printing.hint(
            f"lost before it was sent: {_counted(count, 'record')} ({reason})"
        )
    for reason, count in _counts(end, "uncounted"):
        printing.hint(
            f"lost before it was sent: {count} x an unknown number of records "
            f"({reason})"
        )


def _counts(end: Mapping[str, object], name: str) -> Iterator[tuple[str, object]]:
    found = end.get(name)
    if isinstance(found, dict):
        for reason, count in found.items():
            yield printing.safe(str(reason)), count


def _counted(count: object, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
