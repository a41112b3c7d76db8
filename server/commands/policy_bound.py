# SPDX-License-Identifier: Apache-2.0
"""Binds policies to tenant, sites and tags, in stages, and shows who obeys what.

Rules: what was done is said with the number of devices that it is for; a share is a
whole number of a hundred.
Not here: which of several a device obeys (`server/targets.py`), signing
(`server/rollout.py`).
"""

import argparse
import time

from server.authority import open_authority
from server.commands import printing
from server.commands.arguments import compiled
from server.errors import UsageError
from server.layout import Layout
from server.person import user_name
from server.rollout import Rollout
from server.spots import spot
from server.store.placements import Count
from server.targets import ALL, Binding, target, words
from wire.policy import PolicyStatement


def change(options: argparse.Namespace) -> int:
    """Bind, stage, advance, roll back or unbind.

    Raises:
        UsageError: what was typed is no such change.
        PolicySourceError: the file does not compile.
    """
    now, by = int(time.time()), user_name()
    named = target(options.target)
    with open_authority(Layout(options.directory)) as authority:
        rollout = authority.rollout()
        if options.act == "bind":
            after = rollout.bind(named, compiled(options.file, now), now, by)
        elif options.act == "stage":
            wanted = Binding(named, 0, share=_share(options, 0), first=_first(options))
            if not wanted.share and not wanted.first:
                msg = "say who has it first: --share PERCENT, --first TAG, or both"
                raise UsageError(msg)
            after = rollout.stage(wanted, compiled(options.file, now), now, by)
        elif options.act == "advance":
            after = rollout.advance(named, _share(options, ALL), now, by)
        elif options.act == "rollback":
            after = rollout.rollback(named, now, by)
        else:
            rollout.unbind(named, now, by)
            after = Binding(named, 0)
        counts, versions = rollout.counts(), rollout.versions()
    if options.json:
        printing.show_json(_document(after, counts, versions))
        return 0
    printing.show(_said(after, counts, versions))
    if after.version or after.following:
        printing.show("Devices take it with their next poll; policy status shows who.")
    return 0


def status(options: argparse.Namespace) -> int:
    """Show what is bound, what is staged, and how many devices obey which version."""
    with open_authority(Layout(options.directory)) as authority:
        rollout = authority.rollout()
        bindings = list(rollout.bindings.values())
        counts, versions = rollout.counts(), rollout.versions()
        waiting = _waiting(rollout)
        roof = authority.policy()
    if options.json:
        document = {
            "published": roof.version,
            "bindings": [_document(one, counts, versions) for one in bindings],
            "devices": [
                {"version": number, "for": words(versions[number].target)}
                | _counted(counts[number])
                for number in sorted(counts)
            ],
            "conflicts": waiting,
        }
        printing.show_json(document)
        return 0
    printing.show(f"Published: {roof.policy.name}, version {roof.version}.")
    if not bindings and not counts:
        printing.show("All devices obey it: nothing is bound to a site or a tag.")
        return 0
    for one in bindings:
        printing.show(_said(one, counts, versions))
    printing.show_table(
        ("VERSION", "POLICY", "FOR", "DEVICES", "HEARD SINCE"),
        [_row(versions[number], counts[number]) for number in sorted(counts)],
    )
    if waiting:
        printing.show(
            f"Devices whose tags conflict: {waiting}. They keep what they had, and new "
            "ones collect nothing; device list shows their tags."
        )
    return 0


def _waiting(rollout: Rollout) -> int:
    return sum(not number for number in rollout.wanted().values())


def _share(options: argparse.Namespace, otherwise: int) -> int:
    share: int | None = options.share
    if share is None:
        return otherwise
    if not 1 <= share <= ALL:
        msg = f"a share is 1 to {ALL} of a hundred devices"
        raise UsageError(msg)
    return share


def _first(options: argparse.Namespace) -> str:
    first: str = options.first
    return spot("", [first]).tags[0] if first else ""


def _said(
    one: Binding, counts: dict[int, Count], versions: dict[int, PolicyStatement]
) -> str:
    where = words(one.target).capitalize()
    if one.following:
        first = f"tag {one.first}" if one.first else ""
        share = f"{one.share} of a hundred" if one.share else ""
        who = " and ".join(filter(None, (first, share)))
        new, old = _named(one.following, versions), _named(one.version, versions)
        rest = f"the others obey {old}" if one.version else "the others as before"
        many = _count(one.following, counts)
        return f"{where}: {new} is staged for {who} ({many}); {rest}."
    if one.version:
        many = _count(one.version, counts)
        return f"{where}: {_named(one.version, versions)}, {many}."
    return f"{where}: nothing is bound any more."


def _named(number: int, versions: dict[int, PolicyStatement]) -> str:
    return f"{versions[number].policy.name}, version {number}" if number else "nothing"


def _count(number: int, counts: dict[int, Count]) -> str:
    return printing.count(counts.get(number, Count(0, 0)).placed, "device")


def _row(statement: PolicyStatement, count: Count) -> tuple[str, ...]:
    numbers = str(count.placed), str(count.heard)
    name, where = statement.policy.name, words(statement.target)
    return str(statement.version), name, where, *numbers


def _counted(count: Count) -> dict[str, int]:
    return {"devices": count.placed, "heard_since": count.heard}


def _document(
    one: Binding, counts: dict[int, Count], versions: dict[int, PolicyStatement]
) -> dict[str, object]:
    none = Count(0, 0)
    return {
        "target": one.target,
        "version": one.version,
        "policy": versions[one.version].policy.name if one.version else None,
        **_counted(counts.get(one.version, none)),
        "staged": one.following
        and {
            "version": one.following,
            "policy": versions[one.following].policy.name,
            "share": one.share,
            "first": one.first,
            **_counted(counts.get(one.following, none)),
        },
    }
