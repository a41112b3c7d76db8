# SPDX-License-Identifier: Apache-2.0
"""A machine that is set back to a snapshot, at a gate that was started again since.

Rules: the gate is a process; the device's state is what its spool held at the moment.
Not here: what the store compares (`tests/contract/test_store_voids.py`).
"""

from dataclasses import replace
from pathlib import Path

import pytest
from installation_fixture import install, running_gate
from store_chain import delete
from stranger_fixture import enrolled, ship

from wire.messages import Fate, Result

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
STORED, DUPLICATE = Result(Fate.STORED, ""), Result(Fate.DUPLICATE, "")


@pytest.mark.parametrize("deleted", [False, True])
def test_a_restored_machine_is_found_out(tmp_path: Path, *, deleted: bool) -> None:
    """What it says anew under numbers that it used is never merged with what it said.

    That holds after the gate was started again, and where what it said is deleted.
    """
    made = install(tmp_path)
    device = enrolled(made)
    with running_gate(made) as gate:
        before = [device.gap()]
        snapshot = replace(device, drift=-60)  # so that its gap records differ
        after = [device.gap(), device.gap()]
        assert ship(made, gate, device, before + after).results == (STORED,) * 3
    if deleted:
        delete(made.layout.store)
    with running_gate(made) as gate:
        assert ship(made, gate, snapshot, before).results == (DUPLICATE,)
        forked = (Result(Fate.REFUSED, "forked"),)
        assert ship(made, gate, snapshot, [snapshot.gap()]).results == forked
        assert gate.ask("POST", "/v1/poll", device.poll()).slug == "quarantined"
    left = [item.octets for item in made.store.envelopes(made.tenant)]
    assert left == ([] if deleted else before + after)
    made.store.close()
