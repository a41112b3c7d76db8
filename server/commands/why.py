# SPDX-License-Identifier: Apache-2.0
"""`discreet-server why`: why something is still here, until when, and what then.

Rules: it holds no key and opens nothing, it asks the keeper; each reason names the
clause of the privacy statement that allows it.
Not here: the reasons (`server/keeper/keeping.py`, `server/keeper/own`).
"""

import argparse
from typing import TYPE_CHECKING, Any

from server.commands import asking, printing
from server.errors import UsageError
from server.own_records import KINDS, LIST, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.commands.arguments import Subparsers

NAME = "why"
_WHAT = {
    **{name: kind.words for name, kind in KINDS.items()},
    "sealed": "sealed",
    "announced": "announced only (gaps, voids, farewells)",
    "extracted": "kept of it for a case or a law",
    "entry": "the device's own entry: id, label, policy, counts, messages for it",
}


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="say why data is still here")
    parser.add_argument(
        "what",
        nargs="?",
        metavar="DEVICE[/INCARNATION/SEQUENCE] | KIND:[ID]",
        help="a device by the first digits of its id or its label, or one record of "
        "it; or a record of the collector's own, such as ticket:T-1 or ledger:12, or "
        "all of a kind, as ticket: (default: show the kinds there are)",
    )
    for name, what in (
        ("--purpose", "only what is kept for a purpose"),
        ("--dataset", "only a dataset, were it in there"),
        ("--column", "only a column of it"),
    ):
        parser.add_argument(name, metavar="NAME", help=what)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Ask the keeper, and show what it answers."""
    kind, what = split(options.what or "")
    if options.what is None:
        return _list(options)
    narrowed = {name: getattr(options, name) for name in ("purpose", "dataset")}
    if kind and any((*narrowed.values(), options.column)):
        msg = "--purpose, --dataset and --column narrow what is asked of a device alone"
        raise UsageError(msg)
    question = {"act": NAME, "what": what, "kind": kind, "column": options.column}
    question |= narrowed
    told = asking.told(options, question)
    if options.json:
        printing.show_json(told)
        return 0
    for group in told["kept"]:
        _show(group)
    if not told["kept"]:
        printing.show(f"There is no {kind}.")
    return 0


def _list(options: argparse.Namespace) -> int:
    """Show the kinds of record, how many of each there are, and the next end."""
    kinds = asking.told(options, {"act": NAME, "kind": LIST})["kinds"]
    if options.json:
        printing.show_json(kinds)
        return 0
    printing.show_table(
        ("KIND", "WHAT", "HOW MANY", "NEXT END", "NAMED BY"),
        [
            (
                *(f"{one['kind']}:", one["words"], str(one["count"])),
                "-" if one["next"] is None else printing.moment(one["next"]),
                KINDS[one["kind"]].named,
            )
            for one in kinds
        ],
    )
    return 0


def _show(group: "dict[str, Any]") -> None:
    title = _WHAT[group["what"]]
    if group["purpose"]:
        named = f"{group['purpose']}, {group['retention']}".removesuffix(", ")
        named += f", ticket {group['ticket']}" if group["ticket"] else ""
        title = f"{named}: {group['envelopes']} envelopes, {group['records']} records"
        title += "" if group["what"] == "sealed" else f", {_WHAT[group['what']]}"
    elif group["name"]:
        title = f"{group['what']} {group['name']}"
        title += _count(group["what"], group["records"])
    printing.show(printing.safe(title))
    printing.show_pairs(
        [
            ("until", "for ever" if group["never"] else _until(group["until"])),
            *(pair for item in group["because"] for pair in _reason(group, item)),
            *((f"{name}", _until(end)) for name, end in group["columns"].items()),
            *([("then", group["then"])] if group["then"] else []),
        ]
    )


def _count(kind: str, records: int) -> str:
    """Return of how many something is told, where it is not of one."""
    if records == 1:
        return ""
    return f" ({records}, the oldest)" if kind == "ledger" else f" ({records} rows)"


def _reason(
    group: "dict[str, Any]", item: "dict[str, Any]"
) -> "Iterator[tuple[str, str]]":
    """Yield a reason and how far it reaches; of our own, where it has a day."""
    if group["what"] in KINDS and item["until"] is None and not item["least"]:
        yield "because", item["words"]
    else:
        reach = "at least" if item["least"] else "at most"
        yield from ((reach, _until(item["until"])), ("", item["words"]))
    yield "", f"clause {item['clause']}"


def _until(moment: int | None) -> str:
    return "somebody ends it" if moment is None else printing.moment(moment)
