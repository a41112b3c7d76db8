# SPDX-License-Identifier: Apache-2.0
"""`discreet-server law`: what laws want kept, and what another pack would change.

Rules: checking needs no installation and tells every problem with its line; before a
pack is published it is said which records it touches, and one that ends something at
once is published only when that is asked for.
Not here: compiling (`server/law_source.py`), what a pack changes
(`server/keeper/law_impact.py`).
"""

import argparse
import time
from typing import TYPE_CHECKING, Any

from server.commands import asking, printing, problems
from server.commands.arguments import file_source
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from wire.papers.law import LawPack

NAME = "law"
_WANTED = "a law pack, such as policies/law/example.toml"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="keep what a law wants, and no more")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    show = acts.add_parser("show", help="show the rules in force, and what they keep")
    check = acts.add_parser("check", help="tell every problem of a law pack")
    diff = acts.add_parser("diff", help="say what a pack would change")
    publish = acts.add_parser("publish", help="sign a pack and keep by it")
    for act in (check, diff, publish):
        act.add_argument("file", metavar="FILE", help=_WANTED)
    publish.add_argument(
        "--end",
        action="store_true",
        help="also where the pack ends at once what a law kept until now",
    )
    for act in (show, check, diff, publish):
        act.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Show, check, compare or publish."""
    from wire.policy_toml import PolicySourceError  # noqa: PLC0415 - heavy

    if options.act == "show":
        return _show(options)
    try:
        pack = _compiled(options.file)
    except PolicySourceError as error:
        raise problems.refused(error, as_json=options.json) from None
    if options.act == "check":
        if options.json:
            printing.show_json({"name": pack.jurisdiction, "problems": []})
        else:
            printing.show(f"{_summary(pack)}: no problem found.")
        return 0
    return _change(options, pack)


def _compiled(name: str) -> "LawPack":
    from policies import catalogue  # noqa: PLC0415 - heavy
    from server.law_source import compile_pack  # noqa: PLC0415 - heavy

    return compile_pack(file_source(name, _WANTED), catalogue(), name)


def _summary(pack: "LawPack") -> str:
    return f"{pack.jurisdiction}, {printing.count(len(pack.rules), 'rule')}"


def _asked(
    options: argparse.Namespace, question: dict[str, object]
) -> "dict[str, Any]":
    """Return what the keeper answers."""
    return asking.told(options, {"act": NAME, **question})


def _change(options: argparse.Namespace, pack: "LawPack") -> int:
    """Say what a pack changes, and publish it where that is asked for."""
    from wire.papers.law import LAW_PACK  # noqa: PLC0415 - heavy

    octets = LAW_PACK.encode(pack)
    told = _asked(options, {"do": "diff", "pack": octets.hex()})
    publish = options.act == "publish"
    if not options.json:
        _show_change(told)
    if publish and told["ending"] and not options.end:
        msg = (
            f"this pack ends {told['ending']} pieces at once that a law kept: "
            "publish it with --end if that is meant"
        )
        raise UsageError(msg)
    version = _publish(options, pack) if publish else None
    if options.json:
        printing.show_json({"version": version, **told})
    elif publish:
        printing.show(f"{_summary(pack)}: published as version {version}.")
    else:
        printing.show("Nothing was published.")
    return 0


def _publish(options: argparse.Namespace, pack: "LawPack") -> int:
    from server.authority import open_authority  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above

    with open_authority(Layout(options.directory)) as authority:
        return authority.publish_law(pack, int(time.time()), user_name()).version


def _show(options: argparse.Namespace) -> int:
    rules: list[dict[str, Any]] = _asked(options, {"do": "show"})["rules"]
    if options.json:
        printing.show_json({"rules": rules})
        return 0
    printing.show_table(
        ("RULE", "STATUTE", "OF", "COLUMNS", "AT LEAST", "FROM", "PIECES", "NEXT END"),
        [
            (
                rule["name"],
                printing.safe(rule["statute"]),
                f"{', '.join(rule['purposes'])}: {rule['dataset']}",
                ", ".join(rule["columns"]),
                f"{rule['days']}d",
                rule["from"],
                str(rule["kept"]),
                _until(rule["until"]) if rule["kept"] else "-",
            )
            for rule in rules
        ],
    )
    return 0


def _show_change(told: "dict[str, Any]") -> None:
    printing.show_table(
        ("RULE", "STATUTE", "BEFORE", "AFTER"),
        [
            (
                rule["name"],
                printing.safe(rule["statute"]),
                _days(rule["before"]),
                _days(rule["after"]),
            )
            for rule in told["rules"]
        ],
    )
    printing.show_table(
        (
            *("PURPOSE", "CLASS", "KEYS", "ENVELOPES", "RECORDS AT MOST"),
            *("POLICY ENDS ALL", "SOME KEPT UNTIL NOW", "AND WITH THIS"),
        ),
        [
            (
                one["purpose"],
                one["retention"],
                *(str(one[name]) for name in ("keys", "envelopes", "records")),
                *(_until(one[name]) for name in ("dies", "before", "after")),
            )
            for one in told["classes"]
        ],
    )
    if told["ending"]:
        printing.show(f"{told['ending']} pieces that a law kept would end at once.")


def _days(days: int | None) -> str:
    return "-" if days is None else f"{days}d"


def _until(moment: int | None) -> str:
    return "the contract ends" if moment is None else printing.moment(moment)
