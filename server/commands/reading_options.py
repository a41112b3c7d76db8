# SPDX-License-Identifier: Apache-2.0
"""What a person says to read: for which purpose and why, and how much is opened.

Rules: `query` and `export` ask the reader the same way, and tell the same beside.
Not here: what each does with the rows (`query.py`, `export.py`).
"""

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.arguments import duration
from server.commands.printing import count as counted
from server.errors import UnreachableError

if TYPE_CHECKING:
    from server.commands.arguments import Parser


def add(parser: "Parser") -> None:
    """Declare the flags of a reading."""
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


def question(options: argparse.Namespace, now: float) -> dict[str, object]:
    """Return what the reader is asked.

    Args:
        options: with the flags of `add`.
        now: seconds since the epoch.
    """
    asked: dict[str, object] = {
        "purpose": options.purpose,
        "reason": options.reason,
        "ticket": options.ticket,
        "minutes": options.minutes,
        "devices": options.device,
        "datasets": options.dataset,
    }
    for name in ("since", "until"):
        age = getattr(options, name)
        if age is not None:
            asked[name] = max(0, int(now) - age)
    return asked


def rows_of(message: Mapping[str, object], name: str) -> list[list[object]]:
    """Return a list of lists that a message of the reader holds.

    Raises:
        UnreachableError: it holds none.
    """
    found = message.get(name)
    if not isinstance(found, list) or not all(isinstance(row, list) for row in found):
        msg = "the reader is of another release: restart `serve`"
        raise UnreachableError(msg)
    return found


def tell(end: Mapping[str, object]) -> None:
    """Say beside the result what it stands on, and what it does not show."""
    blocks = f" and {counted(end['blocks'], 'block')}" if end.get("blocks") else ""
    printing.hint(
        f"{counted(end.get('rows'), 'row')} from "
        f"{counted(end.get('envelopes'), 'envelope')}{blocks} of "
        f"{counted(end.get('devices'), 'device')}"
    )
    if end.get("capped"):
        printing.hint(
            f"cut off: the result reached its bound of {end['capped']}; "
            "aggregate in SQL, or narrow it with WHERE"
        )
    for state, count in _counts(end, "unheard"):
        printing.hint(f"heard no more: {counted(count, 'device')} ({state})")
    for reason, count in _counts(end, "aside"):
        printing.hint(
            f"read from its envelopes: {counted(count, 'block')} set aside ({reason})"
        )
    for reason, count in _counts(end, "skipped"):
        printing.hint(f"not shown: {count} x {reason}")
    notes = end.get("notes")
    for note in notes if isinstance(notes, list) else ():
        printing.hint(f"noted by whom it is about: {printing.safe(str(note))}")
    if end.get("asked"):
        printing.hint(
            f"asked for again: {counted(end['asked'], 'whole inventory state')}"
        )
    for reason, count in _counts(end, "missing"):
        printing.hint(f"lost before it was sent: {counted(count, 'record')} ({reason})")
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
