# SPDX-License-Identifier: Apache-2.0
"""Tests that outages are played with as many bytes as the agent seals.

Rules: the real agent reads this machine under the policy; a factor of two is forgiven,
for machines differ and an inventory grows with what is installed.
Not here: outages (`test_outage.py`).
"""

import time
from pathlib import Path

import pytest
from simulation.load import LINE_OCTETS, OCTETS, PACKAGES

from agent.collectors import collector
from agent.host import this_host
from agent.reading import run_reader
from agent.spool.change import SpoolClass
from bench.volume import due_every, line_bytes, obeying, sealed

pytestmark = [pytest.mark.fault, pytest.mark.slow]
TWICE = 2.0


def packages() -> int:
    """Return how many there are on this machine."""
    source = collector("software")
    columns = frozenset(column.name for column in source.dataset.columns)
    reading, _ = run_reader(source, this_host(), columns, now=time.time())
    return len(reading.rows)


def test_a_line_has_the_bytes_of_a_log_line() -> None:
    """Lines of a log take as much of an outage's room as sealed ones."""
    assert 1 / TWICE < line_bytes() / LINE_OCTETS < TWICE


def test_passes_have_the_bytes_of_the_policy_standard(tmp_path: Path) -> None:
    """Each pass of an outage takes as much room as the agent's own, read as a whole."""
    scale = {SpoolClass.METRIC: 1.0, SpoolClass.SNAPSHOT: packages() / PACKAGES}
    with obeying(tmp_path, "standard") as (bench, policy):
        passes = {
            every: sealed(bench, due_every(policy, every), whole=True)
            for every in sorted({every for one in OCTETS.values() for every in one})
        }
    ratios = {
        (kind.name, every): passes[every][kind.value][1] / (octets * scale[kind])
        for kind, sizes in OCTETS.items()
        for every, octets in sizes.items()
    }
    far = {what for what, one in ratios.items() if not 1 / TWICE < one < TWICE}
    assert far == set(), ratios
