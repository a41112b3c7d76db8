# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent explain COLUMN`: why a column is collected, from which clause.

Rules: answers for the policy in force on this machine, after its own restrictions.
Not here: the explanation itself (`wire/policy_check.py`).
"""

import argparse
import json
import sys
from dataclasses import asdict

from agent.commands._context import Context, add_policy_option, context
from agent.commands._tables import moment, often
from agent.errors import UsageError
from agent.printable import printable
from wire.catalogue import Column, Dataset, Sensitivity
from wire.policy import Criterion, RetentionClass
from wire.policy_check import Explanation, explain_column

_CLASSES = {
    Sensitivity.HARMLESS: "harmless",
    Sensitivity.QUASI: "identifies with other columns",
    Sensitivity.DIRECT: "identifies a person or device",
    Sensitivity.FREE_TEXT: "free text",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("column", metavar="COLUMN", help="NAME or DATASET.NAME")
    add_policy_option(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """Explain a column.

    Raises:
        UsageError: no dataset declares it.
    """
    found = context(options)
    named = _named(found, options.column)
    if not named:
        msg = (
            "no dataset declares that column, so it cannot be collected; "
            "docs/datasets.md lists all"
        )
        raise UsageError(msg)
    told = [
        (
            dataset,
            column,
            explain_column(found.policy, found.catalogue, dataset.name, column.name),
        )
        for dataset, column in named
    ]
    if options.json:
        document = [_document(*item) for item in told]
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
        return 0
    sys.stdout.write(f"Under the {found.origin}:\n")
    for item in told:
        sys.stdout.write("\n" + "\n".join(_lines(*item)) + "\n")
    return 0


def _named(found: Context, name: str) -> list[tuple[Dataset, Column]]:
    """Return the declared columns that a name can mean."""
    return [
        (dataset, column)
        for dataset in found.catalogue.datasets.values()
        for column in dataset.columns
        if name in {column.name, f"{dataset.name}.{column.name}"}
    ]


def _lines(
    dataset: Dataset, column: Column, explanations: list[Explanation]
) -> list[str]:
    lines = [
        f"{dataset.name}.{column.name} ({_CLASSES[column.sensitivity]})",
        f"  {column.reason}",
    ]
    if not explanations:
        return [*lines, "  Nobody gets it: it is not read."]
    for item in explanations:
        lines += [
            f"  {item.title} (clause {item.clause}, {item.purpose.value})",
            f"    leaves as: {item.transform}, {often(item.every)}",
            *_events(item),
            f"    basis: {item.basis}",
            f"    kept at most {item.keep_days} days: {_because(item.kept)}",
            f"    read by: {', '.join(item.readers)}",
        ]
        if item.networks is not None:
            lines.append(f"    only on: {', '.join(item.networks)}")
    return lines


def _because(kept: RetentionClass) -> str:
    """Return why a class is kept so long, in the policy's words."""
    law = f"{kept.citation} ({kept.jurisdiction})"
    words = {
        None: "its purpose needs it",
        Criterion.CONTRACT: "while the contract lasts",
        Criterion.LEGAL_OBLIGATION: f"a law asks for it, {law}",
        Criterion.LIMITATION: f"claims may come, {law}",
        Criterion.BUSINESS_NEED: (
            f"{kept.owner} needs it until {moment(kept.review or 0)}, {kept.reason}"
        ),
    }
    return printable(words[kept.criterion])


def _events(item: Explanation) -> list[str]:
    """Return a line that names the events, where only some are read."""
    if item.events is None:
        return []
    return [f"    of these events only: {', '.join(item.events)}"]


def _document(
    dataset: Dataset, column: Column, explanations: list[Explanation]
) -> dict[str, object]:
    return {
        "dataset": dataset.name,
        "column": column.name,
        "sensitivity": column.sensitivity.value,
        "reason": column.reason,
        "purposes": [
            {**asdict(item), "purpose": item.purpose.value} for item in explanations
        ],
    }
