# SPDX-License-Identifier: Apache-2.0
"""The data map: which column is collected for which purpose, how, and for how long.

Rules: a column that the policy drops is collected for nothing and is not told.
Not here: what laws and holds keep beyond that (`discreet-server why`).
"""

from collections.abc import Iterator

from wire.catalogue import Catalogue, Dataset
from wire.policy import DatasetRule, PolicyStatement, PurposeRules
from wire.policy_check import DAY

_DROP = "drop"


def data_map(statement: PolicyStatement, catalogue: Catalogue) -> dict[str, object]:
    """Return the map of a policy by purpose and dataset."""
    return {
        "policy": {
            "name": statement.policy.name,
            "version": statement.version,
            "issued": statement.issued,
        },
        "purposes": {
            rules.purpose.value: {
                "basis": rules.basis,
                "readers": list(rules.readers),
                "recipients": list(rules.recipients),
                "datasets": dict(_datasets(rules, catalogue)),
            }
            for rules in statement.policy.purposes
        },
    }


def collected(
    rules: PurposeRules, catalogue: Catalogue
) -> Iterator[tuple[DatasetRule, Dataset]]:
    """Yield the datasets of a purpose of which a column is collected."""
    for rule in rules.datasets:
        if any(one.transform != _DROP for one in rule.columns):
            yield rule, catalogue.datasets[rule.dataset]


def _datasets(
    rules: PurposeRules, catalogue: Catalogue
) -> Iterator[tuple[str, dict[str, object]]]:
    for rule, dataset in collected(rules, catalogue):
        age = rules.maximum_age(rule.retention)
        columns = {one.name: one for one in dataset.columns}
        yield (
            dataset.name,
            {
                "title": dataset.title,
                "retention": rule.retention,
                "days": None if age is None else age // DAY,
                "columns": {
                    one.column: {
                        "type": columns[one.column].type.value,
                        "sensitivity": columns[one.column].sensitivity.name.lower(),
                        "reason": columns[one.column].reason,
                        "transform": one.transform,
                    }
                    for one in rule.columns
                    if one.transform != _DROP
                },
            },
        )
