# SPDX-License-Identifier: Apache-2.0
"""`discreet-server subject`: what persons have a right to, asked for and answered.

Rules: an identifier is typed at a prompt or read from a file, never an argument, which
stays in the history of a shell; what is asked for is signed, and waits for a privacy
officer (`case decide`).
Not here: what the keeper does (`server/keeper/rights`), deciding (`case.py`).
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.commands import asking, case, deciding, printing
from server.commands.subject_words import (
    IN_FORCE,
    show_counts,
    show_found,
    show_rights,
)
from server.errors import StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.commands.arguments import Subparsers

NAME = "subject"
VALUE_BYTES = 4_096
"""Of an identifier: a matter's term has room for 512 characters."""
_ASKED = {
    "export": "ask that a person get all that is held of them",
    "erase": "ask that theirs be gone",
    "annotate": "ask that a note be shown with all of theirs",
    "restrict": "ask that theirs be kept and shown to nobody",
    "object": "ask that a device be left out of what improves the service",
    "forward": "ask that the client answer, for whom the provider processes",
}
"""Acts that open a case of a subject, of the kind that has their name."""
_WORDS = {
    "annotate": ("note", "what is right, in one line"),
    "forward": ("right", "what they ask for: access, erasure, objection .."),
}
"""What else such an act must say."""
_TERMS = ("instruction", "note", "right", "second")


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="answer persons who ask for their rights")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    found = acts.add_parser("find", help="count what is held of a person or device")
    listed = acts.add_parser("list", help="show what was asked for, and days left")
    for one in (found, listed):
        one.add_argument("--json", action="store_true", help="print JSON")
    asking = [found]
    for act, words in _ASKED.items():
        asked = acts.add_parser(act, help=words)
        asking.append(asked)
        if act in _WORDS:
            name, meaning = _WORDS[act]
            asked.add_argument(f"--{name}", required=True, metavar="TEXT", help=meaning)
        if act == "erase":
            asked.add_argument(
                "--second",
                action="store_const",
                const="yes",
                help="two people approve: needed for more than 20 in an hour",
            )
    for one in asking:
        _add_subject(one)
        deciding.add_signing(one)
    for one in asking[1:]:
        one.add_argument(
            "--instruction",
            metavar="TEXT",
            help="of the client, where the provider only processes for one",
        )
    lifted = acts.add_parser("lift", help="ask that one that is in force end")
    deciding.add_signing(lifted)
    fetched = acts.add_parser("fetch", help="take an archive, and its password, once")
    extended = acts.add_parser("extend", help="take two months more to answer, once")
    for one in (fetched, extended, lifted):
        one.add_argument("case", metavar="ID", help="first digits, as list shows them")
    fetched.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="a new file for it"
    )
    extended.add_argument(
        "--reason", required=True, metavar="TEXT", help="why, as the person is told"
    )


def _add_subject(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--class",
        dest="kind",
        required=True,
        metavar="CLASS",
        help="what the identifier is: user, mail, host, ip, mac, serial, device ..",
    )
    parser.add_argument(
        "--value-file",
        type=Path,
        metavar="FILE",
        help="has the identifier (default: it is asked for)",
    )


def run(options: argparse.Namespace) -> int:
    """Look, ask, list, lift, fetch or extend."""
    match options.act:
        case "find":
            _find(options)
        case "list":
            _list(options)
        case "lift":
            _lift(options)
        case "fetch":
            _fetch(options)
        case "extend":
            _extend(options)
        case _:
            _ask(options)
    return 0


def _told(options: argparse.Namespace, **question: str) -> "Mapping[str, object]":
    """Return the keeper's answer to a question about subjects."""
    return asking.told(options, {"act": NAME, **question})


def _terms(options: argparse.Namespace) -> dict[str, str]:
    """Return who is meant, as terms of a matter."""
    terms = {"class": options.kind, "value": _value(options.value_file)}
    for name in _TERMS:
        text = getattr(options, name, None)
        if text is not None:
            terms[name] = text
    return terms


def _value(path: Path | None) -> str:
    """Return an identifier from a file or a person.

    Raises:
        UsageError: there is none, or nobody to type it.
    """
    if path is not None:
        try:
            with path.open("rb") as file:
                text = file.read(VALUE_BYTES).decode().strip()
        except (OSError, UnicodeDecodeError):
            msg = "--value-file names no readable file with one identifier"
            raise UsageError(msg) from None
    elif sys.stdin.isatty():
        text = input("Identifier: ").strip()
    else:
        msg = "nobody is there to type the identifier: give --value-file"
        raise UsageError(msg)
    if not text or not text.isprintable():
        msg = "an identifier is one line of text"
        raise UsageError(msg)
    return text


def _find(options: argparse.Namespace) -> None:
    from wire.papers.decision import Act  # noqa: PLC0415 - heavy
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    octets = case.matter_of(options, MatterKind.EXPORT, _terms(options))
    decision = deciding.sign(options, octets, Act.ASK)
    told = _told(options, step="find", matter=octets.hex(), decision=decision.hex())
    if options.json:
        printing.show_json(told)
    else:
        show_found(told)


def _ask(options: argparse.Namespace) -> None:
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    kind = MatterKind(options.act)
    show_counts(case.open_case(options, kind, _terms(options)))


def _lift(options: argparse.Namespace) -> None:
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    begun = [
        right["case"]
        for right in _rights(options)
        if right["case"].startswith(options.case.lower()) and right["state"] == IN_FORCE
    ]
    if len(begun) != 1:
        msg = (
            "no right in force, or more than one, begins with these digits: "
            "discreet-server subject list shows all"
        )
        raise UsageError(msg)
    show_counts(case.open_case(options, MatterKind.LIFT, {"case": begun[0]}))


def _rights(options: argparse.Namespace) -> "list[Mapping[str, Any]]":
    found = _told(options, step="list")["rights"]
    if not isinstance(found, list):
        raise TypeError
    return found


def _list(options: argparse.Namespace) -> None:
    found = _rights(options)
    if options.json:
        printing.show_json(found)
    else:
        show_rights(found)


def _fetch(options: argparse.Namespace) -> None:
    out: Path = options.out
    if out.exists() or not out.parent.is_dir():
        msg = "--out names a new file in a directory that there is"
        raise UsageError(msg)
    told = _told(options, step="fetch", case=options.case)
    printing.show(
        f"Password  {told['password']}",
        "Tell it to the person by another way than the file: it is shown this once.",
    )
    try:
        shutil.move(str(told["path"]), out)
    except OSError as error:
        msg = f"cannot write {out}: {error.strerror}; it waits as {told['path']}"
        raise StateError(msg) from None


def _extend(options: argparse.Namespace) -> None:
    told = _told(options, step="extend", case=options.case, reason=options.reason)
    printing.show(f"It is due by {printing.moment(int(str(told['due'])))}.")
    printing.hint("discreet-server: tell the person why, within the first month")
