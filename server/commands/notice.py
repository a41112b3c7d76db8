# SPDX-License-Identifier: Apache-2.0
"""`discreet-server notice`: who is to be told of what, and proof that they were.

Rules: it sends nothing; a delivery is proved by a file, of which the keeper gets the
digest alone.
Not here: what the keeper does with it (`server/keeper/notices.py`), the text that
tells of a policy (`policy_words.py`).
"""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import asking, case, deciding, policy_words, printing
from server.commands.arguments import compiled
from server.commands.proofs import digest_of
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.commands.arguments import Subparsers

NAME = "notice"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="show who is to be told of what")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    listed = acts.add_parser("list", help="show all notices and when each is due")
    shown = acts.add_parser("show", help="show one notice and its text")
    written = acts.add_parser(
        "change-of-use", help="write what a policy will use data for"
    )
    written.add_argument("file", metavar="FILE", help="policy that is to be published")
    owned = acts.add_parser(
        "change-of-ownership", help="write that we get another owner; no data moves"
    )
    owned.add_argument("--owner", required=True, metavar="TEXT", help="who that is")
    owned.add_argument("--on", required=True, metavar="DAY", help="from which day on")
    delivered = acts.add_parser("delivered", help="enter that a notice was delivered")
    delivered.add_argument(
        "--proof",
        type=Path,
        required=True,
        metavar="FILE",
        help="what shows it, such as a receipt; keep it, its digest is entered",
    )
    delayed = acts.add_parser("delay", help="ask that a notice may wait")
    delayed.add_argument("--until", required=True, metavar="DAY", help="until when")
    delayed.add_argument(
        "--basis", required=True, metavar="TEXT", help="what law lets it wait"
    )
    for one in (shown, delivered, delayed):
        one.add_argument("notice", metavar="ID", help="first digits, as list shows it")
    for one in (listed, shown):
        one.add_argument("--json", action="store_true", help="print JSON")
    deciding.add_signing(delayed)


def run(options: argparse.Namespace) -> int:
    """List, show, write, enter or delay."""
    match options.act:
        case "list":
            _list(options)
        case "show":
            _show(options)
        case "change-of-use":
            _change_of_use(options)
        case "change-of-ownership":
            _change_of_ownership(options)
        case "delivered":
            _delivered(options)
        case _:
            _delay(options)
    return 0


def asked(options: argparse.Namespace, **question: str) -> "Mapping[str, object]":
    """Return the keeper's answer to a question about notices."""
    return asking.told(options, {"act": NAME, **question})


def _list(options: argparse.Namespace) -> None:
    found = asked(options, step="list")["notices"]
    if not isinstance(found, list):
        raise TypeError
    if options.json:
        printing.show_json(found)
        return
    printing.show_table(
        ("NOTICE", "KIND", "TO", "DUE", "STATE"),
        [
            (
                one["id"][: printing.SHORT_CHARS],
                *(one["kind"], one["to"]),
                printing.moment(one["delayed"] or one["due"]),
                printing.state(one["state"]),
            )
            for one in found
        ],
    )
    late = sum(one["state"] == printing.OVERDUE for one in found)
    if late:
        printing.hint(f"discreet-server: {late} notices are overdue: deliver them")


def _show(options: argparse.Namespace) -> None:
    told = asked(options, step="show", notice=options.notice)
    if options.json:
        printing.show_json(told)
        return
    pairs = [(name, str(told[name])) for name in ("id", "kind", "to", "state")]
    pairs += [
        (name, printing.moment(int(str(told[name]))))
        for name in ("written", "due", "delayed", "delivered")
        if told[name]
    ]
    pairs.append(("text's digest", str(told["digest"])))
    if told["proof"]:
        pairs.append(("proof's digest", str(told["proof"])))
    if told["text"]:
        pairs.append(("file", str(told["path"])))
    printing.show_pairs(pairs)
    lines = str(told["text"]).splitlines() or ["(its text has ended)"]
    printing.show("", *map(printing.safe, lines))


def _change_of_use(options: argparse.Namespace) -> None:
    from server.authority import open_authority  # noqa: PLC0415 - heavy
    from server.uses import added  # noqa: PLC0415 - with the above

    policy = compiled(options.file, int(time.time()))
    with open_authority(Layout(options.directory)) as authority:
        before = authority.policy()
    names = added(before.policy, policy)
    if not names:
        msg = "this policy adds no purpose and no recipient: no notice is needed"
        raise UsageError(msg)
    text = policy_words.letter(before, policy, names)
    told = asked(options, step="change-of-use", uses="\n".join(names), text=text)
    _written(told)


def _change_of_ownership(options: argparse.Namespace) -> None:
    question = {"owner": options.owner, "day": options.on}
    told = asked(options, step="change-of-ownership", **question)
    _written(told)


def _written(told: "Mapping[str, object]") -> None:
    number = str(told["id"])
    printing.show(f"Notice {number[: printing.SHORT_CHARS]} is written.")
    printing.hint(
        "discreet-server: deliver what `notice show` prints, then enter the proof with "
        "notice delivered"
    )


def _delivered(options: argparse.Namespace) -> None:
    proof = digest_of(options.proof)
    told = asked(options, step="delivered", notice=options.notice, proof=proof)
    printing.show(
        f"Notice {str(told['id'])[: printing.SHORT_CHARS]} was delivered; keep the "
        f"file of digest {proof}."
    )
    if told["kind"] == "transfer":
        printing.hint("discreet-server: transfer status says until when nothing goes")


def _delay(options: argparse.Namespace) -> None:
    from wire.papers.matter import MatterKind  # noqa: PLC0415 - heavy

    told = asked(options, step="show", notice=options.notice)
    terms = {
        "notice": str(told["id"]),
        "until": options.until,
        "basis": options.basis,
    }
    case.open_case(options, MatterKind.DELAY_NOTICE, terms)
    printing.hint("discreet-server: it is due as before until counsel approves")
