# SPDX-License-Identifier: Apache-2.0
"""The act `tables`: what the policy in force gives each purpose, and how long.

Rules: what is told is of the policy and the catalogue; a dataset that this release does
not declare any more has no table; nothing is opened.
Not here: differences between policies, what a client may change.
"""

from collections.abc import Generator

from server.access.actions import Action
from server.access.model import Person
from server.office.acts import Message
from server.orders.desk import Desk
from server.reader.arrow import shown_name
from server.reader.grants import columns_of
from wire.catalogue import Dataset
from wire.policy import DatasetRule, PurposeRules

NAME = "tables"
ACTION = Action.POLICY_SEE
PURPOSE = None


def answer(
    desk: Desk, question: Message, person: Person, now: int
) -> Generator[Message, None, None]:
    """Yield the tables of every purpose, one message each purpose."""
    del question, person, now
    statement, known = desk.authority.policy(), desk.catalogue.datasets
    for rules in statement.policy.purposes:
        allowed = columns_of(rules)
        yield {
            "purposes": [
                {
                    "purpose": rules.purpose.value,
                    "tables": [
                        _table(known[rule.dataset], rules, rule, allowed[rule.dataset])
                        for rule in rules.datasets
                        if rule.dataset in known
                    ],
                }
            ]
        }
    yield {"end": {"version": statement.version}}


def _table(
    dataset: Dataset, rules: PurposeRules, rule: DatasetRule, allowed: frozenset[str]
) -> Message:
    given = [column for column in dataset.columns if column.name in allowed]
    return {
        "table": dataset.name,
        "title": dataset.title,
        "kind": dataset.kind.value,
        "keep": rules.maximum_age(rule.retention) or 0,
        "every": rule.every or 0,
        "columns": {
            shown_name(dataset, column.name): [column.type.value, column.reason]
            for column in given
        },
        "withheld": [
            column.name for column in dataset.columns if column.name not in allowed
        ],
    }
