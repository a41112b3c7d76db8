# SPDX-License-Identifier: Apache-2.0
"""`make bench`: prints every figure beside its floor and writes JSON."""

import subprocess
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
    volume,
    wire,
)
from bench.fleet import gate, herd, sql
from bench.measure import PYTHON, publish


def main() -> int:
    """Run the benchmarks.

    Returns:
        1 where the resident agent loads what it may not, all goes on too late after a
        kill or an ill disk, or a hostile device costs the others more than it may.
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
    # in a process of its own, for it goes before all else and stays there
    flooded = subprocess.run([PYTHON, "-m", "bench.flood"], check=False).returncode
    sql.main()
    passes.main([])
    volume.main([])
    footprint.main([])
    history.main([])
    if forbidden:
        print(f"the resident agent loads what it may not: {', '.join(named)}")
    if late:
        print("after a kill or an ill disk a bound was missed: see its table")
    if flooded:
        print("a hostile device costs the others more than it may")
    return 1 if forbidden or late or flooded else 0


if __name__ == "__main__":
    sys.exit(main())
