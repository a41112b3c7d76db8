# SPDX-License-Identifier: Apache-2.0
"""Crash summary: which programs ended by a fault in the last days, and how often.

Rules: no stack, argument, environment or memory, as in the passes; where the source
was read up to in those is not moved.
Not here: how crashes are found (`agent/collectors/crashes.py`).
"""

from collections.abc import Mapping

from agent.collectors import crashes
from agent.diagnostics import Reader
from agent.diagnostics._shared.again import columns_of, read_again
from agent.diagnostics._shared.declare import asked_for, whole
from agent.host.interface import Host
from agent.rows import Reading, Want
from wire.catalogue import System
from wire.diagnostics import Checked
from wire.values import Value

DATASET = asked_for(
    "crash_summary",
    "Programs that ended by a fault in the last days.",
    columns_of(
        crashes.DATASET,
        "timestamp",
        "program",
        "version",
        "exception_code",
        "module",
        "package",
        "count",
    ),
    whole("days", "How many days to look back.", 1, 30, 7),
)

_DAY = 86_400


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for crashes alike within an hour."""
    oldest = want.now - given.number("days") * _DAY

    def choose(values: Mapping[str, Value]) -> Mapping[str, Value] | None:
        at = values.get("timestamp")
        return values if isinstance(at, int) and at >= oldest else None

    return read_again(
        host, want, crashes.DATASET, crashes.READERS, choose, frozenset({"timestamp"})
    )


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}
