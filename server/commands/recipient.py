# SPDX-License-Identifier: Apache-2.0
"""`discreet-server recipient`: who may get data at all, under which agreement.

Rules: it holds no key and opens nothing, it asks the keeper.
Not here: what one gets (`share.py`), the file (`server/recipient_source.py`).
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import asking, printing

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "recipient"
_FILE_BYTES = 64 * 1024
"""Of each file: a recipient is a page, its keys 1.4 kB, an authority a few more."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="register who may get data")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    new = acts.add_parser("add", help="register a recipient, or replace its entry")
    new.add_argument("file", type=Path, metavar="FILE.toml", help="that describes it")
    acts.add_parser("list", help="show all, and which receipts are missing")
    for name, text in (
        ("show", "show one recipient"),
        ("suspend", "let one get nothing until it is added again"),
    ):
        acts.add_parser(name, help=text).add_argument("name", metavar="NAME")
    for act in acts.choices.values():
        act.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Ask the keeper, and show what it answers."""
    question: dict[str, object] = {"act": NAME, "do": "list"}
    if options.act == "add":
        question = {"act": NAME, "do": "add"} | _source(options.file)
    elif options.act == "suspend":
        question = {"act": NAME, "do": "suspend", "name": options.name}
    lines = asking.told(options, question)["recipients"]
    if options.act == "show":
        _show([line for line in lines if line["name"] == options.name], options)
    elif options.json:
        printing.show_json(lines)
    else:
        _list(lines)
    return 0


def _list(lines: list[dict[str, object]]) -> None:
    printing.show_table(
        (
            "NAME",
            "STATE",
            "ROLE",
            "AGREEMENT UNTIL",
            "PURPOSES",
            "COUNTRY",
            "RELEASES",
            "NO RECEIPT",
            "NOT DELETED",
        ),
        [
            (
                str(line["name"]),
                str(line["state"]),
                str(line["role"]),
                _moment(line["until"]),
                _words(line["purposes"]),
                str(line["country"]),
                str(line["releases"]),
                str(line["receipts_missing"]),
                str(line["attestations_overdue"]),
            )
            for line in lines
        ],
    )


def _show(found: list[dict[str, object]], options: argparse.Namespace) -> None:
    from server.errors import UsageError  # noqa: PLC0415 - with the above

    if not found:
        msg = "there is no recipient of that name: recipient list shows all"
        raise UsageError(msg)
    (line,) = found
    if options.json:
        printing.show_json(line)
        return
    told = line | {
        "until": _moment(line["until"]),
        "purposes": _words(line["purposes"]),
    }
    printing.show_pairs(
        [(name.replace("_", " "), printing.safe(str(told[name]))) for name in told]
    )


def _moment(seconds: object) -> str:
    return printing.moment(seconds if isinstance(seconds, int) else 0)


def _words(items: object) -> str:
    return ", ".join(map(str, items)) if isinstance(items, list) else ""


def _source(path: Path) -> dict[str, object]:
    """Return the file, and the files that it names beside it.

    Raises:
        UsageError: one cannot be read.
    """
    import tomllib  # noqa: PLC0415 - for this act alone

    text = _read(path)
    try:
        held = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        held = {}  # the keeper says what is wrong
    channel = held.get("channel")
    named = (
        held.get("keys"),
        channel.get("authority") if isinstance(channel, dict) else None,
    )
    keys, authority = (
        _read(path.parent / name) if isinstance(name, str) else b"" for name in named
    )
    return {
        "source": text.decode(errors="replace"),
        "keys": keys.hex(),
        "authority": authority.hex(),
    }


def _read(path: Path) -> bytes:
    from server.errors import UsageError  # noqa: PLC0415 - with the above

    try:
        with path.open("rb") as file:
            octets = file.read(_FILE_BYTES + 1)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise UsageError(msg) from None
    if len(octets) > _FILE_BYTES:
        msg = f"{path} is too large to be what it is named as"
        raise UsageError(msg)
    return octets
