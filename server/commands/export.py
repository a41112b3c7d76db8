# SPDX-License-Identifier: Apache-2.0
"""`discreet-server export`: whole tables for a purpose, in a format others read.

Rules: an export is a reading: grant, reason and a line in the ledger first, which names
the format, and the machine that it is sent to; it holds no key, it asks the reader; a
file is new, whole, and its owner's.
Not here: the formats (`server/formats`), a question in SQL (`query.py`).
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing, reading_options
from server.errors import UnreachableError, UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.formats.sending import Target
    from server.formats.tables import About, Format, Table

NAME = "export"
FORMATS = (
    *("jsonl", "csv", "parquet", "syslog", "ocsf", "cyclonedx"),
    *("otlp-logs", "otlp-metrics"),
)
"""As `server/formats/choosing.py` has them; a test compares."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="write whole tables of a purpose in a format that others read"
    )
    reading_options.add(parser)
    parser.add_argument("--format", choices=FORMATS, required=True)
    parser.add_argument(
        *("--out", "-o"),
        type=Path,
        metavar="FILE",
        help="write a new file; csv and parquet: a new folder, unless one --dataset "
        "is named",
    )
    parser.add_argument(
        "--to",
        metavar="HOST[:PORT][/PATH]",
        help="send it there over TLS instead: syslog, otlp-logs, otlp-metrics (these "
        "two below a path, if the receiver has one)",
    )
    parser.add_argument(
        "--authority",
        type=Path,
        metavar="PEM",
        help="with --to: who signs the receiver's certificate",
    )
    parser.add_argument(
        "--client",
        type=Path,
        metavar="PEM",
        help="with --to: certificate and key to show a receiver that wants them",
    )


def run(options: argparse.Namespace) -> int:
    """Ask for the tables, and write them.

    Raises:
        UsageError: that format and that place do not go together.
    """
    from server.formats.choosing import named  # noqa: PLC0415 - heavy
    from server.formats.tables import About  # noqa: PLC0415 - with the above
    from server.reader.client import ask  # noqa: PLC0415 - with the above
    from wire.release import __version__  # noqa: PLC0415 - with the above

    chosen, now = named(options.format), time.time()
    about = About(options.purpose, int(now), __version__)
    asked = reading_options.question(options, now) | {
        "form": chosen.NAME,
        "datasets": _datasets(options.dataset, chosen),
    }
    where = _target(options)
    if where is None:
        _check(options, chosen)
    else:
        asked["to"] = f"{where.host}:{where.port}{where.base}"
    end: dict[str, object] = {}
    answers = ask(Layout(options.directory).socket, asked)
    arrived: list[str] = []
    found = _tables(answers, end, arrived)
    if where is None:
        _write(chosen, found, about, options)
    else:
        _send(found, about, where, options.format)
    for name in sorted(set(options.dataset) - set(arrived)):
        printing.hint(f"the policy gives this purpose nothing of {name}")
    reading_options.tell(end)
    return 0


def _datasets(named: list[str], chosen: "Format") -> list[str]:
    """Return what is to be opened: what was named, or all that has a form.

    Raises:
        UsageError: what was named has none.
    """
    from policies import catalogue  # noqa: PLC0415 - heavy

    declared = catalogue().datasets
    for name in named:
        if name in declared and (why := chosen.unfit(declared[name])):
            msg = f"{chosen.NAME} has no form for {name} ({why})"
            raise UsageError(msg)
    fitting = [name for name, one in declared.items() if not chosen.unfit(one)]
    if named or len(fitting) == len(declared):
        return named
    printing.hint(
        f"{chosen.NAME} has a form for {len(fitting)} of {len(declared)} tables: "
        "only those are opened"
    )
    return fitting


def _target(options: argparse.Namespace) -> "Target | None":
    """Return where to send to; None for a file."""
    from server.formats.pushing import OTLP, PORTS  # noqa: PLC0415 - heavy
    from server.formats.sending import target  # noqa: PLC0415 - with the above

    if options.to is None:
        if options.authority is not None or options.client is not None:
            msg = "--authority and --client belong to --to: name the machine as well"
            raise UsageError(msg)
        return None
    if options.format not in PORTS or options.out is not None:
        names = ", ".join(PORTS)
        msg = f"--to is for the formats {names} and stands in place of --out"
        raise UsageError(msg)
    return target(
        options.to,
        PORTS[options.format],
        options.authority,
        options.client,
        below=options.format in OTLP,
    )


def _send(
    tables: "Iterator[Table]", about: "About", where: "Target", form: str
) -> None:
    from server.formats.pushing import push  # noqa: PLC0415 - heavy

    sent = push(form, tables, about, where)
    printing.hint(f"sent to {where.host}: {sent.count}")
    if sent.refused:
        printing.hint(f"refused by {where.host}: {sent.refused} of them")


def _check(options: argparse.Namespace, chosen: "Format") -> None:
    one = len(set(options.dataset)) == 1
    if options.out is not None:
        if options.out.exists():
            msg = f"{options.out} exists: name a new one, or remove it first"
            raise UsageError(msg)
    elif chosen.SINGLE and not one:
        msg = (
            f"a file of {chosen.NAME} holds one table: name one with --dataset, or a "
            "new folder with --out"
        )
        raise UsageError(msg)
    elif chosen.BINARY and sys.stdout.isatty():
        msg = f"{chosen.NAME} is not for a terminal: name a file with --out"
        raise UsageError(msg)


def _write(
    chosen: "Format",
    tables: "Iterator[Table]",
    about: "About",
    options: argparse.Namespace,
) -> None:
    from server.commands.writing import written  # noqa: PLC0415 - heavy
    from server.key_files import make_directory  # noqa: PLC0415 - with the above

    if not chosen.SINGLE or len(set(options.dataset)) == 1:
        with written(options.out) as out:
            chosen.write(tables, about, out)
        return
    for table in tables:
        if not options.out.exists():  # not before the reading was granted
            make_directory(options.out)
        with written(options.out / f"{table.name}.{chosen.NAME}") as out:
            chosen.write([table], about, out)


def _tables(
    answers: Iterator[dict[str, object]], end: dict[str, object], arrived: list[str]
) -> "Iterator[Table]":
    """Yield the tables as the reader tells them; keep their names and how it ended."""
    from policies import catalogue  # noqa: PLC0415 - heavy
    from server.formats.tables import Column, Table  # noqa: PLC0415 - with the above

    declared = catalogue().datasets
    message = next(answers)
    while isinstance(message.get("table"), str):
        following: list[dict[str, object]] = []
        rows = _rows(answers, following)
        columns = tuple(
            Column(str(name), str(kind))
            for name, kind in reading_options.rows_of(message, "columns")
        )
        name = str(message["table"])
        arrived.append(name)
        yield Table(name, columns, rows, declared.get(name))
        for _ in rows:
            pass  # a writer may have had enough of a table
        message = following[0]
    found = message.get("end")
    if not isinstance(found, dict):
        msg = "the reader is of another release: restart `serve`"
        raise UnreachableError(msg)
    end.update(found)


def _rows(
    answers: Iterator[dict[str, object]], following: list[dict[str, object]]
) -> Iterator[list[object]]:
    for message in answers:
        if "rows" not in message:
            following.append(message)
            return
        yield from reading_options.rows_of(message, "rows")
