# SPDX-License-Identifier: Apache-2.0
"""A mark tells from when on nothing is known to be stored, should the spool be lost.

Rules: a real spool; the mark is signed by the store.
Not here: which marks are believed (`test_delivery.py`).
"""

from pathlib import Path

import pytest
from installation_fixture import Installation
from spool_fixture import queue

from agent.delivery.marks import take_mark
from agent.device import Device
from agent.state import marked_at, write
from wire import signed
from wire.envelope import digest
from wire.messages import MARK, Mark
from wire.signed import SignedKind

pytestmark = pytest.mark.slow  # commits that reach the disk


@pytest.mark.parametrize(("marked", "since"), [(1, 0), (2, 100), (3, 200)])
def test_what_a_mark_leaves_out_begins_where_it_ends(
    installation: Installation, tmp_path: Path, marked: int, since: int
) -> None:
    """A loss is announced from the newest that is marked on, not from the signing."""
    with queue(tmp_path / "state", installation) as held:
        begun = held.now
        sent = []
        for _ in range(3):
            sent.append(held.put())
            held.now += 100
        device = Device(held.state, held.who, held.spool)
        assert marked_at(held.state) is None
        ours = held.who.tenant, held.who.device, held.spool.incarnation()
        mark = Mark(*ours, marked, digest(sent[marked - 1]), begun + 9_000)
        octets = signed.sign(
            SignedKind.MARK, MARK.encode(mark), [installation.roles.store]
        )
        assert take_mark(octets, device, installation.root) == marked
        assert marked_at(held.state) == begun + since
        write(held.state.unmarked_since, b"soon")
        assert marked_at(held.state) == begun + 9_000
