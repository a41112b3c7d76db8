# SPDX-License-Identifier: Apache-2.0
"""The annex to a data protection impact assessment: what is processed, and its risks.

Rules: facts alone, made of the signed policy, the catalogue, the register and the
register of risks; what a person has to judge or add is said to be left.
Not here: how it looks (`dpia_page.py`).
Source: GDPR, article 35(7); WP 248 rev.01, annex 2.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from server.evidence.data_map import collected
from server.evidence.processing import acts_of
from wire.catalogue import Catalogue, Column, Sensitivity
from wire.policy import DatasetRule, PolicyStatement, PurposeRules
from wire.policy_check import DAY

KEEP, DROP = "keep", "drop"
LEFT = (
    (
        "Whether each purpose is necessary and in proportion (Art. 35(7)(b)): the "
        "facts for it are under purposes and in the matrix."
    ),
    (
        "The likelihood and severity of each risk where you run this: those given are "
        "the makers' view of the product."
    ),
    "The advice of the data protection officer (Art. 35(2)).",
    (
        "The views of the persons concerned or of who represents them, such as a works "
        "council (Art. 35(9))."
    ),
    (
        "Whether the authority has to be consulted before (Art. 36), and the day on "
        "which the assessment is looked at again (Art. 35(11))."
    ),
)
"""What an assessment needs that no program knows."""
Plain = dict[str, Any]


def annex(
    statement: PolicyStatement, catalogue: Catalogue, told: Mapping[str, Any]
) -> Plain:
    """Return the annex.

    Args:
        statement: the policy in force.
        catalogue: what the product can collect at all.
        told: of the package: record, recipients, risks, findings and incidents.
    """
    record = told["record"]
    matrix = dict(_matrix(statement, catalogue))
    return {
        "article": "35(7)",
        "policy": {
            "name": statement.policy.name,
            "version": statement.version,
            "issued": statement.issued,
        },
        "figures": _figures(matrix, catalogue),
        "purposes": acts_of(record),
        "matrix": matrix,
        "not collected": sorted(catalogue.datasets.keys() - matrix.keys()),
        "recipients": told["recipients"],
        "transfers to third countries": record["transfers to third countries"],
        "risks": told["risks"],
        "findings": {name: told["findings"][name] for name in ("open", "overdue")},
        "incidents": {name: told["incidents"][name] for name in ("open", "overdue")},
        "left to people": list(LEFT),
    }


def _matrix(
    statement: PolicyStatement, catalogue: Catalogue
) -> Iterator[tuple[str, Plain]]:
    """Yield each dataset of which something is collected, by purpose and column."""
    rules = {
        one.purpose.value: {rule.dataset: (one, rule) for rule, _ in found}
        for one in statement.policy.purposes
        if (found := list(collected(one, catalogue)))
    }
    for name, dataset in sorted(catalogue.datasets.items()):
        columns = {column.name: column for column in dataset.columns}
        purposes = {
            purpose: _cell(*by_name[name], columns)
            for purpose, by_name in rules.items()
            if name in by_name
        }
        if purposes:
            yield (
                name,
                {
                    "title": dataset.title,
                    "kind": dataset.kind.value,
                    "purposes": purposes,
                    "columns": {
                        one.name: {
                            "sensitivity": one.sensitivity.name.lower(),
                            "reason": one.reason,
                        }
                        for one in dataset.columns
                    },
                },
            )


def _cell(
    rules: PurposeRules, rule: DatasetRule, columns: Mapping[str, Column]
) -> Plain:
    """Return what one purpose gets of one dataset."""
    kept = {one.column: one.transform for one in rule.columns if one.transform != DROP}
    age = rules.maximum_age(rule.retention)
    classes: dict[str, dict[str, int]] = {}
    for name, transform in kept.items():
        word = columns[name].sensitivity.name.lower()
        counts = classes.setdefault(word, {"columns": 0, "as they are": 0})
        counts["columns"] += 1
        counts["as they are"] += transform == KEEP
    return {
        "days": None if age is None else age // DAY,
        "every": rule.every,
        "transforms": kept,
        "classes": {
            one.name.lower(): classes[one.name.lower()]
            for one in Sensitivity
            if one.name.lower() in classes
        },
    }


def _figures(matrix: Mapping[str, Plain], catalogue: Catalogue) -> Plain:
    """Return how much of what could be collected is, and how bluntly."""
    taken: dict[tuple[str, str], set[str]] = {}
    for name, dataset in matrix.items():
        for cell in dataset["purposes"].values():
            for column, transform in cell["transforms"].items():
                taken.setdefault((name, column), set()).add(transform)
    direct = {
        (dataset.name, column.name)
        for dataset in catalogue.datasets.values()
        for column in dataset.columns
        if column.sensitivity is Sensitivity.DIRECT
    }
    return {
        "datasets": len(matrix),
        "datasets declared": len(catalogue.datasets),
        "columns": len(taken),
        "columns declared": sum(
            len(dataset.columns) for dataset in catalogue.datasets.values()
        ),
        "identifiers": len(direct),
        "identifiers never": len(direct - taken.keys()),
        "identifiers blunted everywhere": sum(
            KEEP not in taken[one] for one in direct & taken.keys()
        ),
        "identifiers as they are": sum(
            KEEP in taken[one] for one in direct & taken.keys()
        ),
    }
