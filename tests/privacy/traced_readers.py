# SPDX-License-Identifier: Apache-2.0
"""Every column of every dataset, read on a tree or on this machine; prints no value.

Rules: diagnostics as well, but for those that ask other machines.

usage: python traced_readers.py ROOT
"""

import json
import sys
import time

from agent.collectors import collectors
from agent.diagnostics import bound, checked, sources
from agent.governor.budgets import Budget
from agent.host.linux import LinuxHost
from agent.reading import run_reader
from tests.host_fixture import EVERY_ROOT_COLUMN

GIVEN = {"service": "cron", "seconds": "1"}
"""What has to be said, and a short wait."""


def main() -> int:
    """Read everything; print each dataset's outcome."""
    asked = {
        name: item
        for name, item in sources().items()
        if not {"host", "packets"} & {one.name for one in item.asked.parameters}
    }
    allowed = EVERY_ROOT_COLUMN | {
        f"{name}/{column.name}"
        for name, item in asked.items()
        for column in item.dataset.columns
    }
    host = LinuxHost(sys.argv[1], allowed=allowed, facts={"euid": 0})
    found = {}
    for name, item in collectors().items():
        columns = frozenset(column.name for column in item.dataset.columns)
        _, outcome = run_reader(item, host, columns, now=time.time())
        found[name] = outcome.outcome
    for name, diagnostic in asked.items():
        known = {one.name for one in diagnostic.asked.parameters}
        given = {key: text for key, text in GIVEN.items() if key in known}
        item = bound(diagnostic, checked(diagnostic, given), "00")
        columns = frozenset(column.name for column in item.dataset.columns)
        budget = Budget(diagnostic.asked.caps.seconds)
        _, outcome = run_reader(item, host, columns, now=time.time(), budget=budget)
        found[name] = outcome.outcome
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
