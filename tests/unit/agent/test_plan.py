# SPDX-License-Identifier: Apache-2.0
"""The plan: policy x catalogue x this system, and never more.

Rules: policies here are as a signed message could bring them, past the compiler.
Not here: what a plan's run seals (`test_pipeline.py`).
"""

import pytest

from agent.catalogue import declared
from agent.host.root import qualified
from agent.plan import Plan, Unplanned, allowed, make_plan
from wire.catalogue import System
from wire.policy import (
    ColumnRule,
    DatasetRule,
    Policy,
    PurposeRules,
    RetentionClass,
)
from wire.purposes import Purpose
from wire.values import Withheld


def plan(
    purpose: Purpose,
    dataset: str,
    *columns: tuple[str, str],
    events: tuple[str, ...] | None = None,
    every: int | None = 900,
) -> Plan:
    """Plan one dataset for one purpose."""
    rules_of = tuple(ColumnRule(*item) for item in columns)
    rule = DatasetRule(dataset, "kept", every, rules_of, events=events)
    rules = PurposeRules(
        purpose,
        "instruction",
        ("reader",),
        (),
        (RetentionClass("kept", 86_400),),
        (rule,),
    )
    return make_plan(Policy("forged", (rules,)), declared(), System.LINUX)


def test_what_is_declared_and_permitted_is_planned() -> None:
    """Columns come in declared order, with their transforms, for the root side too."""
    found = plan(Purpose.SECURITY, "software", ("version", "keep"), ("name", "keep"))
    (item,) = found.datasets
    assert [column.name for column in item.columns] == ["name", "version"]
    assert found.allowed() == {
        qualified("software", "name"),
        qualified("software", "version"),
    }
    assert not found.unplanned
    assert "devices" in found.disabled
    assert "software" not in found.disabled


@pytest.mark.parametrize(
    ("purpose", "dataset", "column", "transform", "reason"),
    [
        (Purpose.SECURITY, "user_accounts", "user.full_name", "keep", "by-policy"),
        (Purpose.SUPPORT, "sessions", "user.name", "keep", "by-policy"),
        (Purpose.ADMINISTRATION, "event_logs", "message", "scrub", "by-policy"),
        (Purpose.IMPROVEMENT, "devices", "hw.serial_number", "keep", "by-policy"),
        (Purpose.SUPPORT, "event_logs", "message", "keep", "by-policy"),
        (Purpose.SECURITY, "software", "name", "publish", "by-policy"),
        (Purpose.SECURITY, "software", "colour", "keep", "unknown-column"),
        (Purpose.SECURITY, "browsing", "url", "keep", "unknown-column"),
        (Purpose.ACCOUNT, "devices", "host.type", "keep", "by-policy"),
        (Purpose.COMPLIANCE, "devices", "host.type", "keep", "by-policy"),
    ],
)
def test_what_the_product_forbids_is_not_obeyed(
    purpose: Purpose, dataset: str, column: str, transform: str, reason: str
) -> None:
    """A signed policy that asks too much, or for the unknown, gets a note."""
    found = plan(purpose, dataset, (column, transform))
    assert found.datasets == ()
    assert found.allowed() == frozenset()
    (noted,) = found.unplanned
    assert isinstance(noted, Unplanned)
    assert noted.reason is Withheld(reason)


def test_text_of_events_that_nobody_named_is_not_planned() -> None:
    """A forged or old policy that takes all texts, and names no events, gets none."""
    found = plan(Purpose.SUPPORT, "event_logs", ("message", "scrub"))
    assert (found.datasets, len(found.unplanned)) == ((), 1)
    assert found.unplanned[0].reason is Withheld.BY_POLICY
    without = plan(Purpose.SUPPORT, "event_logs", ("event.id", "keep"))
    assert [item.events for item in without.datasets] == [None]
    named = plan(
        Purpose.SUPPORT, "event_logs", ("message", "scrub"), events=("sshd/*",)
    )
    assert [item.events for item in named.datasets] == [("sshd/*",)]


def test_no_other_dataset_takes_a_list_of_events() -> None:
    """A list of events where there are none to choose from is not understood."""
    found = plan(Purpose.SECURITY, "software", ("name", "keep"), events=("*/*",))
    assert (found.datasets, len(found.unplanned)) == ((), 1)


def test_a_dropped_column_is_not_read() -> None:
    """`drop` takes the column out of the plan, so no reader is asked for it."""
    found = plan(Purpose.SECURITY, "software", ("version", "drop"), ("name", "keep"))
    assert found.allowed() == {qualified("software", "name")}


def test_a_diagnostic_is_planned_apart() -> None:
    """What is read on request is in no pass, and its columns are not root's to give."""
    found = plan(Purpose.SUPPORT, "socket_owners", ("process.pid", "keep"), every=None)
    (item,) = found.on_request
    assert (found.datasets, found.allowed()) == ((), frozenset())
    assert found.diagnostic("socket_owners") is item
    assert found.diagnostic("ping; id") is None
    assert allowed([item]) == {qualified("socket_owners", "process.pid")}


@pytest.mark.parametrize(
    ("purpose", "dataset", "column", "every"),
    [
        (Purpose.SUPPORT, "socket_owners", "process.pid", 900),
        (Purpose.SECURITY, "socket_owners", "process.pid", None),
        (Purpose.SECURITY, "software", "name", None),
    ],
)
def test_nothing_is_read_in_another_way_than_declared(
    purpose: Purpose, dataset: str, column: str, every: int | None
) -> None:
    """A policy that would schedule a diagnostic, or ask for an inventory, gets none."""
    found = plan(purpose, dataset, (column, "keep"), every=every)
    assert (found.datasets, found.on_request, len(found.unplanned)) == ((), (), 1)
