# SPDX-License-Identifier: Apache-2.0
"""An agent that is killed at any step of an order: it never runs twice, always ends.

Rules: SIGKILL comes as a write, a flush or the reader's look at a folder is entered;
then an agent starts, hears the order again, as of a gate that was told nothing, and
does what is next until the order has ended.
Not here: a child that dies while its agent lives (`test_orders_running.py`).
"""

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from agent.orders.hearing import hear_order
from agent.orders.turn import settle
from agent.state import State
from tests.kills.struck import await_watcher, killed_at
from tests.order_room import Room, alone
from wire.order_state import OrderState

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace kills"),
]
CALLS = "pwrite64,fdatasync,getdents64"
MANY = 400
"""More steps than there are: the loop ends where none is reached."""


def _hear(here: Room, sealed: bytes) -> None:
    with here.device() as device:
        hear_order(device, sealed, here.now)


def _started_again(here: Room, sealed: bytes, order: str) -> None:
    """Do what an agent does that starts after a kill, until the order has ended."""
    _hear(here, sealed)
    for _ in range(3):
        with here.device() as device:
            settle(device.spool, (), here.now)
        here.work(order)
        if here.held(order).ended:
            return


def test_killed_at_any_step_it_runs_once_at_most_and_ends(tmp_path: Path) -> None:
    """One begins at most, one end is written, and what is done was sent once."""
    first = alone(tmp_path)
    asked = first.request()
    order, sealed = asked.id.hex(), first.seal(first.order(asked))
    ends: Counter[OrderState] = Counter()
    for turn in range(1, MANY):
        folder = tmp_path / str(turn)
        shutil.copytree(first.state.directory, folder)
        here = replace(first, state=State(folder))

        def life(here: Room = here) -> None:
            await_watcher()
            _hear(here, sealed)
            here.work(order)

        struck = killed_at(life, CALLS, turn)
        _started_again(here, sealed, order)
        held, acts = here.held(order), Counter(here.acts())
        assert held.state in {OrderState.DONE, OrderState.FAILED}, turn
        assert (acts["order-begun"], acts["order-ended"]) == (1, 1), turn
        assert here.sent() == (held.state is OrderState.DONE), turn
        assert held.reason in {"", "interrupted"}, turn
        ends[held.state] += 1
        shutil.rmtree(folder)
        if not struck:
            break
    else:
        pytest.fail("there are more steps than were tried")
    assert min(ends[OrderState.DONE], ends[OrderState.FAILED]) > 1
