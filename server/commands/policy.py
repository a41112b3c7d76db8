# SPDX-License-Identifier: Apache-2.0
"""`discreet-server policy`: checks a policy file, shows, publishes and binds policies.

Rules: checking needs no installation and tells every problem with its line; before a
policy is published it is said what it takes more and what less than the one before,
and of which uses the client was not told.
Not here: compiling (`wire/policy_source.py`), signing (`server/authority.py`), what is
bound to tenant, sites and tags (`policy_bound.py`).
"""

import argparse
import time
from typing import TYPE_CHECKING

from server.commands import policy_words, printing, problems
from server.commands.arguments import compiled
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Parser, Subparsers

NAME = "policy"
SOURCE = "policy file, - for standard input, or minimal, standard, full"


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(NAME, help="check, show, publish or bind policies")
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    check = acts.add_parser("check", help="tell every problem of a policy file")
    check.add_argument("file", metavar="FILE", help=SOURCE)
    _json(check)
    show = acts.add_parser("show", help="show the policy that devices obey")
    show.add_argument("--columns", action="store_true", help="name every column")
    _json(show)
    publish = acts.add_parser("publish", help="sign a policy and give it to devices")
    publish.add_argument("file", metavar="FILE", help=SOURCE)
    publish.add_argument(
        "--dry-run", action="store_true", help="only say what would change"
    )
    _json(publish)
    _add_bound(acts)


def _add_bound(acts: "Subparsers") -> None:
    target = "tenant, site:NAME or tag:NAME"
    bind = acts.add_parser("bind", help="have a site, a tag or the tenant obey one")
    stage = acts.add_parser("stage", help="have some of their devices obey one")
    advance = acts.add_parser("advance", help="give what is staged to more, or to all")
    back = acts.add_parser("rollback", help="go back to what was obeyed before")
    unbind = acts.add_parser("unbind", help="end what is bound there")
    for one in (bind, stage, advance, back, unbind):
        one.add_argument("target", metavar="TARGET", help=target)
    for one in (bind, stage):
        one.add_argument("file", metavar="FILE", help=SOURCE)
    for one in (stage, advance):
        one.add_argument(
            "--share",
            type=int,
            metavar="PERCENT",
            help="how many of a hundred devices (advance: all, without it)",
        )
    stage.add_argument("--first", default="", metavar="TAG", help="devices of a tag")
    status = acts.add_parser("status", help="show what is bound, and who obeys what")
    for one in (bind, stage, advance, back, unbind, status):
        _json(one)


def _json(parser: "Parser") -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Check, show, publish or bind."""
    from wire.policy_source import PolicySourceError  # noqa: PLC0415 - heavy

    here = {"check": _check, "show": _show, "publish": _publish}
    try:
        return here.get(options.act, _of_bindings)(options)
    except PolicySourceError as error:
        raise problems.refused(error, as_json=options.json) from None


def _of_bindings(options: argparse.Namespace) -> int:
    from server.commands import policy_bound  # noqa: PLC0415 - heavy

    act = policy_bound.status if options.act == "status" else policy_bound.change
    return act(options)


def _check(options: argparse.Namespace) -> int:
    policy = compiled(options.file, int(time.time()))
    if options.json:
        printing.show_json({"name": policy.name, "problems": []})
    else:
        printing.show(f"{policy_words.summary(policy)}: no problem found.")
    return 0


def _show(options: argparse.Namespace) -> int:
    from server.authority import open_authority  # noqa: PLC0415 - heavy

    with open_authority(Layout(options.directory)) as authority:
        statement = authority.policy()
    if options.json:
        printing.show_json(policy_words.plain(statement))
    else:
        policy_words.show(statement, columns=options.columns)
    return 0


def _publish(options: argparse.Namespace) -> int:
    from server.authority import open_authority  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above

    now = int(time.time())
    policy = compiled(options.file, now)
    with open_authority(Layout(options.directory)) as authority:
        before = authority.policy()
        change = policy_words.difference(before.policy, policy)
        version = before.version
        untold = authority.untold(policy) if options.dry_run else []
        if options.dry_run:
            authority.rollout().require_roof(policy)
        bound = bool(authority.rollout().bindings)
        if not options.dry_run:
            version = authority.publish(policy, now, user_name()).version
    if options.json:
        printing.show_json({"version": version, "untold": untold, **change})
        return 0
    policy_words.show_difference(change)
    if options.dry_run:
        printing.show(f"Nothing was published; devices obey version {version}.")
        if untold:
            printing.hint(
                f"discreet-server: the client was not told of {', '.join(untold)}: "
                "write the notice with notice change-of-use FILE"
            )
    else:
        who = "Devices to which nothing else is bound" if bound else "Devices"
        printing.show(
            f"{policy_words.summary(policy)}: published as version {version}.",
            f"{who} take it with their next poll.",
        )
    return 0
