# SPDX-License-Identifier: Apache-2.0
"""Agent health: how each collector of this agent fared.

Rules: "disabled by policy", "unsupported", "failed" and "none found" are four different
outcomes; a reason is a slug, never a value.
Not here: a reader; the pipeline builds these rows itself, from what it ran.
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import harmless
from agent.rows import Example, Reader
from wire.catalogue import Dataset, Kind, System, ValueType

TEXT, COUNT = ValueType.TEXT, ValueType.COUNT

DATASET = Dataset(
    "agent_health",
    Kind.METRIC,
    "What the agent did: each collector's outcome, time and number of rows.",
    (),
    (
        harmless("collector", TEXT, "Says which dataset the line is about."),
        harmless("outcome", TEXT, "Tells nothing found from nothing read."),
        harmless("reason", TEXT, "Says what to do about a failure."),
        harmless("duration", ValueType.DOUBLE_SECONDS, "Shows what it costs."),
        harmless("rows", COUNT, "Shows a source that has gone quiet."),
        harmless("skipped", COUNT, "Shows a source that is no longer understood."),
        harmless("withheld", COUNT, "Shows that redaction is at work."),
        harmless("truncated", ValueType.BOOLEAN, "Shows that there was more."),
        harmless("cpu", ValueType.DOUBLE_SECONDS, "Shows which one is dear."),
        harmless("octets", ValueType.BYTES, "Shows how much it goes through."),
    ),
)

READERS: Mapping[System, Reader] = {}

EXAMPLES: tuple[Example, ...] = ()
