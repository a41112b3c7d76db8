# SPDX-License-Identifier: Apache-2.0
"""Agent metrics: what this agent itself costs, holds and sends.

Rules: numbers of the agent alone, none of the machine or of a person; sums since the
agent started, so that a lost line loses nothing.
Not here: a reader: the pipeline builds this row itself, from the figures that the
resident agent hands over (`agent/figures.py`) and from the queue
(`agent/spool/spool.py`); how each collector fared (`agent_health.py`).
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import harmless
from agent.rows import Example, Reader
from wire.catalogue import Dataset, Kind, System, ValueType

BYTES, COUNT, SECONDS = ValueType.BYTES, ValueType.COUNT, ValueType.SECONDS
CPU_TIME = ValueType.DOUBLE_SECONDS

DATASET = Dataset(
    "agent_metrics",
    Kind.METRIC,
    "What the agent costs the machine, what it holds back and what it has sent.",
    (),
    (
        harmless("timestamp", ValueType.TIMESTAMP, "Orders the samples."),
        harmless("process.uptime", SECONDS, "Shows agents that keep restarting."),
        harmless("process.cpu.time", CPU_TIME, "Shows what the agent costs."),
        harmless("process.memory.usage", BYTES, "Shows what the agent holds."),
        harmless("pass.count", COUNT, "Shows an agent that has stopped reading."),
        harmless("pass.cpu.time", CPU_TIME, "Shows what the last pass cost."),
        harmless("pass.memory.peak", BYTES, "Shows what the last pass held at most."),
        harmless("sealed.records", COUNT, "Shows how much is collected."),
        harmless("sealed.envelopes", COUNT, "Shows how much is to be sent."),
        harmless("withheld", COUNT, "Shows that redaction is at work."),
        harmless("sent.envelopes", COUNT, "Shows an agent that cannot send."),
        harmless("sent.size", BYTES, "Shows what the agent costs the network."),
        harmless("queue.size", COUNT, "Shows envelopes that wait to be sent."),
        harmless("queue.usage", BYTES, "Shows a queue that is filling up."),
        harmless("queue.limit", BYTES, "Says when it would be full."),
        harmless("queue.age", SECONDS, "Shows since when nothing could be sent."),
        harmless("queue.unmarked", COUNT, "Shows a collector that answers and drops."),
        harmless("queue.refused", COUNT, "Shows envelopes that were never taken."),
        harmless("queue.dropped", COUNT, "Counts records that were given up."),
        harmless("queue.voids", COUNT, "Counts envelopes that were given up."),
        harmless("queue.folded", COUNT, "Shows metrics left out of a full queue."),
        harmless("gaps", COUNT, "Counts the losses that were announced."),
        harmless("alarms", ValueType.TEXT, "Names what a person should look at."),
    ),
)

READERS: Mapping[System, Reader] = {}

EXAMPLES: tuple[Example, ...] = ()
