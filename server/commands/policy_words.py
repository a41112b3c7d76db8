# SPDX-License-Identifier: Apache-2.0
"""A compiled policy in words, and what changes from one to the next.

Rules: everything that devices obey is shown; a change is told column by column, with
its transform, so that nobody widens a policy without reading it.
Not here: why a column is taken (`docs/datasets.md`).
"""

from typing import TYPE_CHECKING

from server.commands import printing
from server.commands.printing import count as counted
from wire.purposes import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wire.policy import Policy, PolicyStatement, PurposeRules

KEEP = "keep"


def summary(policy: "Policy") -> str:
    """Return a policy's name and size."""
    datasets = {item.dataset for rules in policy.purposes for item in rules.datasets}
    columns = {
        (item.dataset, rule.column)
        for rules in policy.purposes
        for item in rules.datasets
        for rule in item.columns
    }
    return (
        f"{policy.name}, {counted(len(policy.purposes), 'purpose')}, "
        f"{counted(len(datasets), 'dataset')}, {counted(len(columns), 'column')}"
    )


def show(statement: "PolicyStatement", *, columns: bool) -> None:
    """Print a policy for people; with `columns` each column and its transform."""
    printing.show(
        f"{summary(statement.policy)}; version {statement.version}, "
        f"signed {printing.moment(statement.issued)}, "
        f"valid until {printing.moment(statement.not_after)}"
    )
    for rules in statement.policy.purposes:
        _show_purpose(rules, columns=columns)
    for line in sorted(_updates(statement.policy)):
        printing.show("", line)


def _updates(policy: "Policy") -> set[str]:
    """Return what a policy says of the agent's updates, as a line, or nothing."""
    wanted = policy.updates
    if wanted is None:
        return set()
    most = "" if wanted.version is None else f", up to {wanted.version}"
    where = f"updates: agents follow {wanted.channel}{most}"
    return {f"{where}, on {wanted.stage} % of the devices"}


def _show_purpose(rules: "PurposeRules", *, columns: bool) -> None:
    about = RULES[rules.purpose]
    kept = [
        f"{item.name} {printing.span(item.maximum_age)}" for item in rules.retention
    ]
    printing.show("", f"{rules.purpose.value}: {about.title} ({about.clause})")
    printing.show_pairs(
        [
            ("basis", rules.basis),
            ("readers", ", ".join(rules.readers)),
            ("recipients", ", ".join(rules.recipients) or "none"),
            ("kept", ", ".join(kept)),
        ]
    )
    printing.show("")
    if columns:
        printing.show_table(
            ("DATASET", "COLUMN", "TRANSFORM"),
            [
                (item.dataset, rule.column, rule.transform)
                for item in rules.datasets
                for rule in item.columns
            ],
        )
        return
    printing.show_table(
        ("DATASET", "EVERY", "KEPT AS", "COLUMNS", "AS THEY ARE"),
        [
            (
                item.dataset,
                printing.often(item.every),
                item.retention,
                str(len(item.columns)),
                str(sum(rule.transform == KEEP for rule in item.columns)),
            )
            for item in rules.datasets
        ],
    )


def plain(statement: "PolicyStatement") -> dict[str, object]:
    """Return a policy as JSON can hold it."""
    return {
        "name": statement.policy.name,
        "version": statement.version,
        "issued": printing.moment(statement.issued),
        "not_after": printing.moment(statement.not_after),
        "purposes": [_plain_purpose(rules) for rules in statement.policy.purposes],
        "updates": _plain_updates(statement.policy),
    }


def _plain_updates(policy: "Policy") -> dict[str, object] | None:
    wanted = policy.updates
    if wanted is None:
        return None
    return {
        "channel": wanted.channel,
        "stage": wanted.stage,
        "version": wanted.version,
    }


def _plain_purpose(rules: "PurposeRules") -> dict[str, object]:
    return {
        "purpose": rules.purpose.value,
        "basis": rules.basis,
        "readers": list(rules.readers),
        "recipients": list(rules.recipients),
        "retention": {item.name: item.maximum_age for item in rules.retention},
        "datasets": [
            {
                "dataset": item.dataset,
                "retention": item.retention,
                "every": item.every,
                "columns": {rule.column: rule.transform for rule in item.columns},
            }
            for item in rules.datasets
        ],
    }


def difference(before: "Policy", after: "Policy") -> dict[str, list[str]]:
    """Return what a policy adds to another one and what it takes away, in words."""
    old, new = _sentences(before), _sentences(after)
    return {"added": sorted(new - old), "removed": sorted(old - new)}


def show_difference(change: dict[str, list[str]]) -> None:
    """Print what changes, most important first: what is added."""
    for sign, name in (("+", "added"), ("-", "removed")):
        printing.show(*(printing.safe(f"{sign} {line}") for line in change[name]))
    if not any(change.values()):
        printing.show("Nothing changes but how long it is valid.")


def letter(before: "PolicyStatement", after: "Policy", names: "Sequence[str]") -> str:
    """Return the notice that tells a client what a policy will use data for.

    Args:
        before: the policy in force.
        after: the one that is to be published.
        names: the uses that are new.
    """
    change = difference(before.policy, after)
    new, gone = (counted(len(change[name]), "line") for name in ("added", "removed"))
    return "\n".join(
        [
            "We will use data of your machines otherwise than before.",
            "",
            f"In force: {before.policy.name}, version {before.version}.",
            f"To follow: {after.name}.",
            "",
            "New uses:",
            *(f"  {name}" for name in names),
            "",
            f"In all, {new} of the policy are new and {gone} go.",
            "Each machine shows what it sends: discreet-agent preview.",
        ]
    )


def _sentences(policy: "Policy") -> set[str]:
    """Return each thing that a policy allows, as one line."""
    lines = _updates(policy)
    for rules in policy.purposes:
        slug = rules.purpose.value
        lines |= {f"{slug}: read by {name}" for name in rules.readers}
        lines |= {f"{slug}: shared with {name}" for name in rules.recipients}
        lines |= {
            f"{slug}: {item.name} is kept {printing.span(item.maximum_age)}"
            for item in rules.retention
        }
        for item in rules.datasets:
            where = f"{slug}: {item.dataset}"
            every = printing.often(item.every)
            often = every if item.every is None else f"every {every}"
            lines.add(f"{where} {often}, kept as {item.retention}")
            lines |= {
                f"{where}.{rule.column} {rule.transform}" for rule in item.columns
            }
    return lines
