# SPDX-License-Identifier: Apache-2.0
"""The plan: what this machine will really do.

Rules: policy x catalogue x local restrictions x what this system offers; what the
catalogue does not declare is left out and noted, never guessed; a plan only narrows.
Not here: running it (`pipeline.py`), when (`schedule.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.host.root import placed, qualified
from wire.catalogue import Catalogue, Column, Dataset, System
from wire.errors import TransformError
from wire.policy import DatasetRule, Policy, PurposeRules
from wire.policy_check import (
    refuse_column,
    refuse_dataset,
    refuse_events,
    refuse_every,
    refuse_networks,
)
from wire.purposes import RULES, Purpose
from wire.transforms.call import DROP, Call, parse_call
from wire.values import Withheld

EVENTS_NEED_ROOM = "spool-full"


@dataclass(frozen=True, slots=True)
class PlannedDataset:
    """One dataset for one purpose.

    Attributes:
        dataset: the declaration.
        purpose: why it is read.
        retention: name of the retention class.
        maximum_age: of that class, seconds.
        every: seconds between two passes; None for on request only.
        calls: transform of each column that may leave.
        columns: those columns, in declared order.
        networks: the only networks on which it is read; None for anywhere.
        events: the only events that are read of it; None for all.
    """

    dataset: Dataset
    purpose: Purpose
    retention: str
    maximum_age: int
    every: int | None
    calls: Mapping[str, Call]
    columns: tuple[Column, ...]
    networks: tuple[str, ...] | None = None
    events: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A part of the policy that is not obeyed; nothing is read for it.

    Attributes:
        purpose: for which it was asked.
        dataset: its name; empty where the whole purpose may not collect.
        column: its name; empty where it is about the whole dataset.
        reason: unknown to this release, or forbidden by the product.
    """

    purpose: Purpose
    dataset: str
    column: str
    reason: Withheld


@dataclass(frozen=True, slots=True)
class Plan:
    """What this machine will do.

    Attributes:
        datasets: what is read by itself, by purpose and dataset.
        unplanned: what the policy names and this release does not know.
        disabled: declared datasets that no purpose gets.
        on_request: diagnostics that a signed order may ask for; no pass reads them.
    """

    datasets: tuple[PlannedDataset, ...]
    unplanned: tuple[Unplanned, ...]
    disabled: tuple[str, ...]
    on_request: tuple[PlannedDataset, ...] = ()

    def for_purpose(self, purpose: Purpose) -> Sequence[PlannedDataset]:
        """Return what is read for one purpose."""
        return [item for item in self.datasets if item.purpose is purpose]

    def allowed(self) -> frozenset[str]:
        """Return what a pass may ask of the root side."""
        return allowed(self.datasets)

    def diagnostic(self, name: str) -> PlannedDataset | None:
        """Return a diagnostic that an order may ask for; None for any other name."""
        return next((i for i in self.on_request if i.dataset.name == name), None)

    def scrubs(self) -> bool:
        """Tell whether any free text may leave, so that a dictionary is needed."""
        return any(
            call.name not in {"keep", "pseudonymise"}
            for item in self.datasets
            for call in item.calls.values()
        )


def allowed(items: Iterable[PlannedDataset]) -> frozenset[str]:
    """Return every planned column and network as the root side names it."""
    items = tuple(items)
    columns = frozenset(
        qualified(item.dataset.name, column.name)
        for item in items
        for column in item.columns
    )
    return columns | {
        placed(item.dataset.name, network)
        for item in items
        for network in item.networks or ()
    }


def make_plan(policy: Policy, catalogue: Catalogue, system: System) -> Plan:
    """Make the plan of a policy that was verified and narrowed.

    Args:
        policy: provider's policy after every restriction.
        catalogue: what this release declares.
        system: the operating system at hand.
    """
    planned: list[PlannedDataset] = []
    unplanned: list[Unplanned] = []
    for rules in policy.purposes:
        if not RULES[rules.purpose].collects:
            unplanned.append(Unplanned(rules.purpose, "", "", Withheld.BY_POLICY))
            continue
        for rule in rules.datasets:
            found = _plan_dataset(rules, rule, catalogue, system, unplanned)
            if found is not None:
                planned.append(found)
    used = {item.dataset.name for item in planned}
    disabled = tuple(name for name in catalogue.datasets if name not in used)
    return Plan(
        tuple(item for item in planned if item.every is not None),
        tuple(unplanned),
        disabled,
        tuple(item for item in planned if item.every is None),
    )


def _plan_dataset(
    rules: PurposeRules,
    rule: DatasetRule,
    catalogue: Catalogue,
    system: System,
    unplanned: list[Unplanned],
) -> PlannedDataset | None:
    dataset = catalogue.datasets.get(rule.dataset)
    age = rules.maximum_age(rule.retention)
    if (
        dataset is None
        or age is None
        or refuse_dataset(rules.purpose, dataset)
        or refuse_every(dataset, rule.every)
        or refuse_networks(dataset, rule.networks)
        or refuse_events(dataset, _leaving(rule), rule.events)
    ):
        unknown = dataset is None
        reason = Withheld.UNKNOWN_COLUMN if unknown else Withheld.BY_POLICY
        unplanned.append(Unplanned(rules.purpose, rule.dataset, "", reason))
        return None
    calls: dict[str, Call] = {}
    for item in rule.columns:
        column = dataset.column(item.column)
        call = None
        if column is not None:
            call = _call(rules.purpose, dataset, column, item.transform)
        if column is None or call is None:
            unknown = column is None
            reason = Withheld.UNKNOWN_COLUMN if unknown else Withheld.BY_POLICY
            unplanned.append(
                Unplanned(rules.purpose, rule.dataset, item.column, reason)
            )
        elif call != DROP and system in column.systems:
            calls[column.name] = call
    columns = tuple(column for column in dataset.columns if column.name in calls)
    if not columns:
        return None
    return PlannedDataset(
        dataset,
        rules.purpose,
        rule.retention,
        age,
        rule.every,
        calls,
        columns,
        rule.networks,
        rule.events,
    )


def _leaving(rule: DatasetRule) -> Sequence[str]:
    return [item.column for item in rule.columns if item.transform != DROP.name]


def _call(purpose: Purpose, dataset: Dataset, column: Column, text: str) -> Call | None:
    """Return a transform that may be applied; None for what the product forbids."""
    try:
        call = parse_call(text)
    except TransformError:
        return None
    refused = call != DROP and refuse_column(purpose, dataset, column, call)
    return None if refused else call
