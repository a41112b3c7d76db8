# SPDX-License-Identifier: Apache-2.0
"""`make bench`: prints every figure beside its floor and writes JSON."""

import sys

from bench import (
    agent,
    coverage,
    footprint,
    formats,
    history,
    installed,
    inventory,
    orders,
    pages,
    passes,
    reading,
    recovery,
    redaction,
    rights,
    side_by_side,
    stand_ins,
    wire,
)
from bench.fleet import gate, herd, sql
from bench.measure import publish


def main() -> int:
    """Run the benchmarks.

    Returns:
        1 where the resident agent loads what it may not, or all goes on too late after
        a kill or an ill disk.
    """
    named = forbidden = agent.forbidden(agent.loaded())
    publish("The agent, on this machine's real data", "agent", agent.figures())
    wire.main()
    stand_ins.main()
    reading.main()
    formats.main()
    installed.main()
    inventory.main()
    coverage.main()
    side_by_side.main()
    redaction.main()
    late = recovery.main()
    rights.main()
    orders.main()
    pages.main()
    gate.main([])
    herd.main([])
    sql.main()
    passes.main([])
    footprint.main([])
    history.main([])
    if forbidden:
        print(f"the resident agent loads what it may not: {', '.join(named)}")
    if late:
        print("after a kill or an ill disk a bound was missed: see its table")
    return 1 if forbidden or late else 0


if __name__ == "__main__":
    sys.exit(main())
