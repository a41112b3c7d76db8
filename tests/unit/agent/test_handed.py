# SPDX-License-Identifier: Apache-2.0
"""What a quick pass hands over is put into the spool whole, or not at all.

Rules: a real quick pass over this machine, a real spool; what stands in the spool is
opened and its chain and ledger verified.
Not here: when a pass is quick (`test_quick.py`).
"""

import time
from collections.abc import Iterator

import pytest
from device_fixture import opened
from installation_fixture import Installation, standard

from agent import report
from agent.catalogue import declared
from agent.errors import AgentError, DeniedError
from agent.figures import Figures
from agent.given import Given
from agent.identity import load, trusted
from agent.plan import PlannedDataset, make_plan
from agent.quick import agent, place, work
from agent.shortcut import NAMES
from agent.spool.change import Place
from agent.spool.handed import Handed, take
from agent.spool.spool import Spool, open_spool
from agent.state import State
from wire import cbor
from wire.catalogue import System
from wire.cbor import Plain
from wire.ledger import verify


@pytest.fixture
def spool(state: State) -> Iterator[Spool]:
    """Return its open spool."""
    spool = open_spool(state.spool, int(time.time()))
    yield spool
    spool.close()


def given(state: State) -> Given:
    """Return what a pass of this moment goes by."""
    who, now = load(state), int(time.time())
    return Given(state, who, trusted(state, who, now), now, Figures())


def metrics() -> tuple[PlannedDataset, ...]:
    """Return what a quick pass reads under the preset `standard`."""
    plan = make_plan(standard(), declared(), System.LINUX)
    return tuple(item for item in plan.datasets if item.dataset.name in NAMES)


def handed(state: State, spool: Spool) -> bytes:
    """Return what a quick pass hands over for the spool's next place."""
    asked, items = given(state), metrics()
    at = place(spool, asked, items)
    assert at is not None
    return work(agent(asked, items), items, asked.now, at)


def state_of(spool: Spool) -> tuple[object, ...]:
    """Return what a change of the spool would change."""
    return spool.place(), spool.facts(), spool.passes(), spool.ledger()


def test_it_is_as_if_the_child_had_put_it_itself(
    state: State, spool: Spool, installation: Installation
) -> None:
    """Two passes: envelopes of one chain, a line of the ledger each, times of both."""
    each = len(metrics())
    for count in (1, 2):
        told = take(spool, handed(state, spool))
        assert told.sealed.records == told.sealed.envelopes == each
        assert spool.facts().waiting == each * count
    assert set(spool.passes()) == {
        (item.purpose.value, item.dataset.name) for item in metrics()
    }
    entries, head = spool.ledger()
    assert verify(entries, head).index == len(entries) == each * 2
    sealed = opened(state, installation)
    numbers = [item.header.sequence for item in sealed]
    assert numbers == [*range(1, each * 2 + 1)]
    assert {item.table.dataset for item in sealed} == NAMES


def test_the_child_opens_no_spool(
    state: State, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It seals for its place without a database."""
    asked, items = given(state), metrics()
    at = place(spool, asked, items)
    assert at is not None
    monkeypatch.setattr("sqlite3.connect", None)
    answer = work(agent(asked, items), items, asked.now, at)
    assert take(spool, answer).sealed.records


def test_what_was_sealed_for_another_place_is_not_taken(
    state: State, spool: Spool
) -> None:
    """A second answer for the same place, and one of another chain, change nothing."""
    answer = handed(state, spool)
    take(spool, answer)
    before = state_of(spool)
    with pytest.raises(AgentError, match="something else"):
        take(spool, answer)
    here = spool.place()
    other = Place(bytes(16), here.sequence, here.previous)
    asked, items = given(state), metrics()
    sealed = work(agent(asked, items), items, asked.now, other)
    with pytest.raises(AgentError, match="something else"):
        take(spool, sealed)
    assert state_of(spool) == before


JUNK: tuple[Plain, ...] = (
    ["put", b"", "provision", "all", 2, 1, 0, 0, 0],
    ["put", b"no envelope", "provision", "all", 2, 1, 0, 0],
    ["note", "sealed", "no map", 0],
    ["pass", "provision", "host_metrics"],
    ["trim", 1],
    [],
    7,
)


@pytest.mark.parametrize("step", JUNK)
def test_one_wrong_step_undoes_all(state: State, spool: Spool, step: Plain) -> None:
    """Of an answer with a step of another form nothing is there."""
    found = cbor.decode(handed(state, spool))
    assert isinstance(found, dict)
    steps = found["steps"]
    assert isinstance(steps, list)
    before = state_of(spool)
    with pytest.raises(AgentError, match="something else"):
        take(spool, cbor.encode({**found, "steps": [*steps, step]}))
    assert state_of(spool) == before
    take(spool, cbor.encode(found))
    assert state_of(spool) != before


@pytest.mark.parametrize("answer", [b"", b"\x00", cbor.encode({"report": b"", "x": 1})])
def test_what_is_no_answer_changes_nothing(spool: Spool, answer: bytes) -> None:
    """A child that says something else has done nothing."""
    before = state_of(spool)
    with pytest.raises(AgentError):
        take(spool, answer)
    assert state_of(spool) == before


def test_what_ended_the_child_is_raised_as_it_met_it(spool: Spool) -> None:
    """An error goes to the parent as its kind and its sentence; nothing is put."""
    told = Handed(spool.place())
    told.set_pass("provision", "host_metrics", 1)
    before = state_of(spool)
    with pytest.raises(DeniedError, match="not ours"):
        take(spool, told.told(report.encode_failure(DeniedError, "not ours")))
    assert state_of(spool) == before


def test_only_metrics_are_handed_over(spool: Spool) -> None:
    """What the spool has to remember of a source is for a pass that opens it."""
    told = Handed(spool.place())
    for change in (told.set_cursor, told.set_snapshot, told.count):
        with pytest.raises(TypeError):
            change("x")


def test_a_queue_that_fills_has_another_pass(
    state: State, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where readings are left out, or nothing is held back, it is no quick one's."""
    monkeypatch.setattr(spool, "keep_reserve", lambda: False)
    assert place(spool, given(state), metrics()) is None
