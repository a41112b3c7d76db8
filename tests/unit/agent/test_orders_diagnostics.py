# SPDX-License-Identifier: Apache-2.0
"""Every diagnostic, from signed orders to what is sealed.

Rules: diagnostics are found, not listed; each is asked on the machine of its own first
example, under the standard policy, by technicians' real keys.
Not here: what each reads (`tests/contract/test_diagnostics.py`).
"""

from dataclasses import replace
from pathlib import Path

import pytest
from device_fixture import opened
from installation_fixture import Installation

from agent.diagnostics import Source, sources
from agent.state import write
from tests.host_fixture import recorded_host
from tests.order_fixture import technicians  # noqa: F401 - fixtures
from tests.order_room import TICKET, Room, room
from wire.catalogue import System
from wire.diagnostics import Consent, check_parameters
from wire.order_state import OrderState
from wire.orders import Given

pytestmark = pytest.mark.slow
ALL = sources()


def asked(here: Room, name: str, found: Source, given: dict[str, str]) -> str:
    """Have the device hear an order for a diagnostic, signed by whom it takes."""
    caps = found.asked.caps
    checked = check_parameters(found.asked.parameters, given.items())
    request = here.request(
        diagnostic=name,
        parameters=tuple(Given(*pair) for pair in checked.pairs()),
        seconds=caps.seconds,
        rows=caps.rows,
        octets=caps.octets,
    )
    return here.send(request, ("ana", "ben") if found.asked.sensitive else ("ana",))


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_diagnostic_answers_an_order(
    name: str, tmp_path: Path, installation: Installation
) -> None:
    """It runs once, and its rows are sealed for support under the order's id."""
    found = ALL[name]
    case = next(c for c in found.examples if c.example.system is System.LINUX)
    usual = room(tmp_path, installation)
    host = recorded_host(case.example, tmp_path / "other")
    here = replace(usual, host=host)
    write(here.state.restrictions, b'[diagnostics]\ndefault = "allow"\n')
    order = asked(here, name, found, dict(case.given))
    here.work(order)
    held = here.held(order)
    assert (held.state, held.consent) == (OrderState.DONE, "allow"), held.reason
    if not held.found:  # what happened when, the policy's events, chose nothing
        assert name in {"crash_summary", "event_totals", "log_slice"}
        return
    (sealed,) = opened(here.state, here.installation, TICKET)
    assert sealed.table.dataset == name
    assert set(sealed.columns["request"]) == {order}
    allowed = {column.name for column in found.dataset.columns}
    assert set(sealed.columns) <= allowed


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_diagnostic_waits_for_whom_it_needs(
    name: str, tmp_path: Path, installation: Installation
) -> None:
    """A sensitive one needs two signatures; one that asks waits for a person."""
    found = ALL[name]
    case = next(c for c in found.examples if c.example.system is System.LINUX)
    here = room(tmp_path, installation)
    order = asked(here, name, found, dict(case.given))
    if found.asked.consent is Consent.ASK:
        here.work(order)
        assert here.held(order).state is OrderState.ASKING
        assert here.sent() == 0
    if found.asked.sensitive:
        alone = replace(found, asked=replace(found.asked, sensitive=False))
        order = asked(here, name, alone, dict(case.given))
        here.work(order)
        assert here.held(order).state is OrderState.REFUSED
    assert here.sent() == 0
