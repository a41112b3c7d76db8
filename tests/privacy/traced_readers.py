# SPDX-License-Identifier: Apache-2.0
"""Every column of every dataset, read on a tree or on this machine; prints no value.

usage: python traced_readers.py ROOT
"""

import json
import sys
import time

from agent.collectors import collectors
from agent.host.linux import LinuxHost
from agent.reading import run_reader
from tests.host_fixture import EVERY_ROOT_COLUMN


def main() -> int:
    """Read everything; print each dataset's outcome."""
    host = LinuxHost(sys.argv[1], allowed=EVERY_ROOT_COLUMN, facts={"euid": 0})
    found = {}
    for name, item in collectors().items():
        columns = frozenset(column.name for column in item.dataset.columns)
        _, outcome = run_reader(item, host, columns, now=time.time())
        found[name] = outcome.outcome
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
