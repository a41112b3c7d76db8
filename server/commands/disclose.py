# SPDX-License-Identifier: Apache-2.0
"""`discreet-server disclose`: gives data to an authority, or to protect rights.

Rules: of letter and memo only digests are entered; who asks signs, counsel approves
(`case decide`); an archive's password is shown once.
Not here: what the keeper does (`server/keeper/disclosing`).
"""

import argparse
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import asking, case, deciding, printing, scoping
from server.commands.proofs import digest_of
from server.errors import StateError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.commands.arguments import Subparsers

NAME = "disclose"
_TEXTS = "authority", "basis", "review", "hold", "to", "delay_until", "delay_basis"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="give data to an authority by law")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    _add_ask(acts)
    others = {
        "dry-run": "count again what would be given",
        "show": "show a case in words",
        "produce": "take an approved case's archive, and its password, once",
        "custody": "show who had what to do with a case, and when",
    }
    for name, words in others.items():
        one = acts.add_parser(name, help=words)
        one.add_argument("case", metavar="ID", help="first digits, as case list shows")
        if name == "produce":
            one.add_argument(
                "--out", type=Path, required=True, metavar="DIR", help="a new directory"
            )
        else:
            one.add_argument("--json", action="store_true", help="print JSON")


def _add_ask(acts: "Subparsers") -> None:
    asked = acts.add_parser("ask", help="ask that what is in a scope be given")
    asked.add_argument(
        "--protect",
        action="store_true",
        help="to protect rights, property or safety: two approve, with --memo",
    )
    asked.add_argument("--authority", metavar="NAME", help="which authority asks")
    asked.add_argument("--basis", required=True, metavar="TEXT", help="legal basis")
    asked.add_argument(
        "--review", metavar="DAY", help="with --protect: looked at again"
    )
    for name, what in (
        ("--letter", "the authority's letter; keep it, its digest is entered"),
        ("--memo", "with --protect: why it is necessary; keep it, likewise"),
    ):
        asked.add_argument(name, type=Path, metavar="FILE", help=what)
    asked.add_argument(
        "--need",
        action="append",
        default=[],
        metavar="DATASET.COLUMN=REASON",
        help="why a column of a person or of free text is needed; may be repeated",
    )
    asked.add_argument(
        "--to", metavar="NAME", help="seal it to this authority of the register"
    )
    asked.add_argument("--hold", metavar="ID", help="give what this hold kept as well")
    asked.add_argument(
        "--delay-until", metavar="DAY", help="the client is told on this day only"
    )
    asked.add_argument("--delay-basis", metavar="TEXT", help="what law lets that wait")
    scoping.add_scope(asked)
    deciding.add_signing(asked)


def run(options: argparse.Namespace) -> int:
    """Ask, count, show, produce or tell the custody."""
    match options.act:
        case "ask":
            _ask(options)
        case "show":
            case.run(options)
        case "dry-run":
            told = _told(options, step="dry-run")
            if options.json:
                printing.show_json(told)
            else:
                _show_counts(told)
        case "produce":
            _produce(options)
        case _:
            _custody(options)
    return 0


def _told(options: argparse.Namespace, step: str) -> "Mapping[str, object]":
    """Return the keeper's answer to a question about a disclosure."""
    return asking.told(options, {"act": NAME, "step": step, "case": options.case})


def _ask(options: argparse.Namespace) -> None:
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    terms = {
        name.replace("_", "-"): text
        for name in _TEXTS
        if (text := getattr(options, name)) is not None
    }
    for name in ("letter", "memo"):
        path: Path | None = getattr(options, name)
        if path is not None:
            terms[name] = digest_of(path)
    for text in options.need:
        column, equals, reason = text.partition("=")
        if not equals or not reason:
            msg = "--need is DATASET.COLUMN=REASON"
            raise UsageError(msg)
        terms[f"need {column}"] = reason
    kind = MatterKind.PROTECT if options.protect else MatterKind.DISCLOSE
    counts = case.open_case(options, kind, terms, scoping.scope_of(options))
    _show_counts({"counts": counts})


def _show_counts(told: "Mapping[str, object]") -> None:
    counts = told["counts"]
    if not isinstance(counts, dict):
        raise TypeError
    rows, envelopes, extracts = (
        counts[name] for name in ("rows", "envelopes", "extracts")
    )
    printing.show(
        f"In its scope are {rows} rows of {envelopes} envelopes and {extracts} "
        "extracts."
    )
    if counts["shut"]:
        printing.hint(
            f"discreet-server: {counts['shut']} envelopes did not open or verify: they "
            "are left out"
        )


def _produce(options: argparse.Namespace) -> None:
    out: Path = options.out
    if out.exists() or not out.parent.is_dir():
        msg = "--out names a new directory in one that there is"
        raise UsageError(msg)
    told = _told(options, step="fetch")
    try:
        if not told["password"]:
            shutil.copytree(str(told["path"]), out)
            printing.show(f"{out} is sealed to the authority: bring it there.")
            return
        printing.show(
            f"Password  {told['password']}",
            "Tell it to the receiver by another way than the files: it is shown once.",
        )
        out.mkdir(mode=0o700)
        shutil.move(str(told["head"]), out / "head")
        shutil.move(str(told["path"]), out / str(told["name"]))
        printing.show(f"{out} has the archive and its head: discreet-open verify.")
    except OSError as error:
        msg = f"cannot write {out}: {error.strerror}; it waits as {told['path']}"
        raise StateError(msg) from None


def _custody(options: argparse.Namespace) -> None:
    found = _told(options, step="custody")["custody"]
    if not isinstance(found, list):
        raise TypeError
    if options.json:
        printing.show_json(found)
        return
    printing.show_table(
        ("ENTRY", "TIME", "ACT", "BY", "DIGEST"),
        [
            (
                str(line["entry"]),
                printing.moment(line["time"]),
                *(line["act"], line["by"]),
                line["digest"][: printing.SHORT_CHARS],
            )
            for line in found
        ],
    )
