# SPDX-License-Identifier: Apache-2.0
"""`discreet-server share`: grants to recipients, and what leaves under them.

Rules: who asks signs, somebody else approves; a leaked file stays where it is: only
its stand-ins are shown to the keeper.
Not here: approving (`case.py`), releases (`server/keeper/sharing`).
"""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import asking, case, deciding, printing, scoping
from server.errors import UsageError

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers

NAME = "share"
_STAND_INS = 5_000
"""Stand-ins of a file that are looked at: three name a grant, and these fit into one
question."""
_SIGNED_BYTES = 64 * 1024
"""What a recipient signs is a few hundred bytes."""
_READ_BYTES = 1024 * 1024 * 1024
"""A release has four times as much at most; a part of a file is enough."""


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="let a recipient have data, or no longer")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    _add_ask(acts.add_parser("ask", help="ask that a recipient may get what is named"))
    listed = acts.add_parser("list", help="show grants and releases")
    listed.add_argument("--json", action="store_true", help="print JSON")
    made = acts.add_parser("make", help="make a release of what a grant permits now")
    made.add_argument("grant", metavar="ID", help="first digits, as list shows them")
    pushed = acts.add_parser("push", help="push to the recipient's channel what is new")
    pushed.add_argument("grant", metavar="ID", help="first digits, as list shows them")
    fetched = acts.add_parser("fetch", help="answer a recipient's request for a key")
    fetched.add_argument("request", type=Path, metavar="FILE", help="what it signed")
    fetched.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="takes the answer"
    )
    receipt = acts.add_parser("receipt", help="take what a recipient says of a release")
    receipt.add_argument("receipt", type=Path, metavar="FILE", help="what it signed")
    revoked = acts.add_parser("revoke", help="end a grant with its releases, or one")
    revoked.add_argument("id", metavar="ID", help="first digits, as list shows them")
    _add_resolve(
        acts.add_parser("resolve", help="ask that it be told what stand-ins mean")
    )
    meaning = acts.add_parser(
        "meaning", help="take the sealed answer of an approved resolve"
    )
    meaning.add_argument("case", metavar="ID", help="first digits, as case list shows")
    meaning.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="takes the answer"
    )
    traced = acts.add_parser("trace", help="tell under which grant a file left")
    traced.add_argument("file", type=Path, metavar="FILE", help="or a piece of it")


def _add_ask(asked: argparse.ArgumentParser) -> None:
    for name, metavar, what in (
        ("--recipient", "NAME", "as recipient list shows it"),
        ("--task", "TEXT", "what the recipient is to do with it"),
        ("--basis", "TEXT", "why it may, such as a contract"),
        ("--bytes", "N", "how much in all, in bytes"),
        ("--from", "DAY", "first day of the grant"),
        ("--through", "DAY", "its last day"),
        ("--format", "FORMAT", "of the files, as export has them"),
    ):
        asked.add_argument(name, required=True, metavar=metavar, help=what)
    asked.add_argument(
        "--push",
        action="store_true",
        help="to the channel of its entry, in place of releases that it opens",
    )
    scoping.add_scope(asked)
    deciding.add_signing(asked)


def _add_resolve(asked: argparse.ArgumentParser) -> None:
    asked.add_argument(
        "question", type=Path, metavar="FILE", help="what the recipient signed"
    )
    deciding.add_signing(asked)


def run(options: argparse.Namespace) -> int:
    """Do one act."""
    _ACTS[options.act](options)
    return 0


def _asked(options: argparse.Namespace, **question: str) -> Mapping[str, object]:
    """Return the keeper's answer."""
    return asking.told(options, {"act": NAME, **question})


def _ask(options: argparse.Namespace) -> None:
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    held = _asked(options, step="entry", recipient=options.recipient)
    terms = {
        "recipient": options.recipient,
        "entry": str(held["entry"]),
        "task": options.task,
        "reason": options.basis,
        "bytes": options.bytes,
        "from": getattr(options, "from"),
        "until": options.through,
        "format": options.format,
    }
    if options.push:
        terms["delivery"] = "push"
        terms["channel"] = str(held["channel"]) or "none"
    scope = scoping.scope_of(options)
    counts = case.open_case(options, MatterKind.SHARE, terms, scope)
    printing.show(
        f"Approved, it permits {counts['columns']} columns of {counts['datasets']} "
        "datasets."
    )
    if counts["left_out"]:
        printing.hint(
            f"discreet-server: {counts['left_out']} columns are left out: the policy "
            "in force does not collect them for this purpose"
        )


def _list(options: argparse.Namespace) -> None:
    told = _asked(options, step="list")
    if options.json:
        printing.show_json(told)
        return
    grants, releases = told["grants"], told["releases"]
    if not isinstance(grants, list) or not isinstance(releases, list):
        raise TypeError
    printing.show_table(
        ("GRANT", "RECIPIENT", "PURPOSE", "BY", "UNTIL", "BYTES", "STATE"),
        [
            (
                one["grant"][: printing.SHORT_CHARS],
                one["recipient"],
                one["purpose"],
                one["delivery"],
                printing.moment(one["until"]),
                f"{one['spent']} of {one['bytes']}",
                one["refused"] or "in force",
            )
            for one in grants
        ],
    )
    printing.show("")
    printing.show_table(
        ("RELEASE", "RECIPIENT", "MADE", "EXPIRES", "FETCHED", "RECEIVED", "DELETED"),
        [
            (
                one["release"][: printing.SHORT_CHARS],
                one["recipient"],
                *(printing.moment(one[name]) for name in ("made", "expires")),
                "revoked" if one["revoked"] else printing.moment(one["fetched"]),
                *(printing.moment(one[name]) for name in ("received", "deleted")),
            )
            for one in releases
        ],
    )


def _make(options: argparse.Namespace) -> None:
    told = _asked(options, step="make", grant=options.grant)
    rows = told["rows"]
    if not isinstance(rows, dict) or not isinstance(told["expires"], int):
        raise TypeError
    printing.show(
        f"{sum(rows.values())} rows, {told['bytes']} bytes, are in {told['path']}; "
        f"its key is given out until {printing.moment(told['expires'])}."
    )


def _push(options: argparse.Namespace) -> None:
    """Push batch by batch, as long as more may wait."""
    from server.keeper.bounds import PUSH_SECONDS  # noqa: PLC0415 - heavy

    question = {"act": NAME, "step": "push", "grant": options.grant, "release": ""}
    rows = refused = 0
    head, more = "", True
    while more:
        told = asking.told(options, question, PUSH_SECONDS)
        rows, refused = rows + told["rows"], refused + told["refused"]
        head, more = told["head"] or head, bool(told["more"])
        question |= {"grant": told["grant"], "release": told["release"]}
    if not rows:
        printing.show("Nothing new is there to push.")
        return
    pushed = "1 row was" if rows == 1 else f"{rows} rows were"
    printing.show(f"{pushed} pushed; what left is signed in {head}.")
    if refused:
        printing.hint(f"discreet-server: the receiver did not take {refused} of them")


def _fetch(options: argparse.Namespace) -> None:
    told = _asked(options, step="fetch", request=_read(options.request).hex())
    from server.key_files import write_new  # noqa: PLC0415 - heavy

    write_new(options.out, bytes.fromhex(str(told["answer"])))
    printing.show(f"The answer is in {options.out}: only the recipient can open it.")


def _receipt(options: argparse.Namespace) -> None:
    told = _asked(options, step="receipt", receipt=_read(options.receipt).hex())
    printing.show(f"The recipient says: {told['said']}.")


def _revoke(options: argparse.Namespace) -> None:
    told = _asked(options, step="revoke", id=options.id)
    printing.show(f"Revoked: the keys of {told['releases']} releases are given out no")
    printing.show("more; what was fetched before stays with the recipient.")


def _resolve(options: argparse.Namespace) -> None:
    from server.keeper.matters.resolve import terms_of  # noqa: PLC0415 - heavy
    from wire.errors import WireError  # noqa: PLC0415 - with the above
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - with the above
    from wire.papers.resolve import asked_about  # noqa: PLC0415 - with the above

    octets = _read(options.question)
    try:
        terms = terms_of(asked_about(octets))
    except WireError as error:
        msg = f"{options.question} is not a recipient's question: {error}"
        raise UsageError(msg) from None
    counts = case.open_case(options, MatterKind.RESOLVE, terms, paper=octets)
    printing.show(
        f"Approved, the recipient is told what {counts['stand_ins']} stand-ins mean."
    )


def _meaning(options: argparse.Namespace) -> None:
    told = _asked(options, step="meaning", case=options.case)
    from server.key_files import write_new  # noqa: PLC0415 - heavy

    write_new(options.out, bytes.fromhex(str(told["answer"])))
    printing.show(f"The answer is in {options.out}: only the recipient can open it.")


def _trace(options: argparse.Namespace) -> None:
    from server.keeper.sharing.watermark import stand_ins_in  # noqa: PLC0415 - heavy

    text = _read(options.file, _READ_BYTES).decode("utf-8", "replace")
    found = sorted(stand_ins_in(text))[:_STAND_INS]
    traces = _asked(options, step="trace", stand_ins=" ".join(found))["traces"]
    if not isinstance(traces, list):
        raise TypeError
    if not traces:
        printing.show(
            f"None of {len(found)} stand-ins in the file is enough to name a grant."
        )
        return
    printing.show_table(
        ("GRANT", "RECIPIENT", "STAND-INS"),
        [
            (
                one["grant"][: printing.SHORT_CHARS],
                one["recipient"],
                f"{one['hits']} of {one['tried']}",
            )
            for one in traces
        ],
    )


def _read(path: Path, most: int = _SIGNED_BYTES) -> bytes:
    """Return what a file has, up to a bound.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise UsageError(msg) from None


_ACTS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "ask": _ask,
    "list": _list,
    "make": _make,
    "push": _push,
    "fetch": _fetch,
    "receipt": _receipt,
    "revoke": _revoke,
    "resolve": _resolve,
    "meaning": _meaning,
    "trace": _trace,
}
