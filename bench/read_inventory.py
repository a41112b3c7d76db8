# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""One inventory by the product's own readers, not redacted: what is measured.

Rules: a child reads, as in a pass, and answers counts and costs alone; rows are made
into JSON, for an inventory's reader wants bytes, and end with the child; every column
of the named datasets is read.
Not here: comparing (`inventory.py`), redaction and sealing (`agent.py`, `wire.py`).
"""

import json
import resource
import sys
import time
from collections.abc import Sequence

from agent.budget import CHILD_REPORT_BYTES, PASS_SECONDS
from agent.collectors import collector
from agent.host import this_host
from agent.host.child import in_child
from agent.host.root import COLUMNS, DATASETS, qualified
from agent.reading import run_reader

if sys.platform == "win32":
    reason = "what a program cost is asked of the kernel of Linux"
    raise ImportError(reason)

KIB = 1024


def allowed(names: Sequence[str]) -> frozenset[str]:
    """Return all that root may be asked for these: a plan that asks for everything."""
    return frozenset(
        qualified(dataset, column)
        for verb, datasets in DATASETS.items()
        for dataset in datasets
        if dataset in names
        for column in COLUMNS[verb]
    )


def spent() -> float:
    """Return processor time so far in milliseconds, programs that were run included."""
    below = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (time.process_time() + below.ru_utime + below.ru_stime) * 1000


def read_all(names: Sequence[str]) -> bytes:
    """Read datasets; return what each gave and cost, as JSON."""
    host = this_host(allowed(names))
    found = []
    for name in names:
        began = spent()
        source = collector(name)
        loaded = spent()
        columns = frozenset(column.name for column in source.dataset.columns)
        reading, outcome = run_reader(source, host, columns, now=time.time())
        read = spent()
        rows = [{key: row.value(key) for key in row.columns()} for row in reading.rows]
        written = json.dumps(rows, separators=(",", ":"))
        found.append(
            {
                "dataset": name,
                "outcome": outcome.outcome,
                "reason": outcome.reason,
                "rows": outcome.rows,
                "bytes": len(written),
                "load": loaded - began,
                "read": read - loaded,
                "write": spent() - read,
            }
        )
    return json.dumps(found).encode()


def main(names: Sequence[str]) -> int:
    """Read in a child; print what it answered, and the memory of both."""
    ended = in_child(lambda: read_all(names), PASS_SECONDS, CHILD_REPORT_BYTES)
    if not ended.report:
        return 1
    parent = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB
    document = {"parent": parent, "child": ended.memory}
    document["datasets"] = json.loads(ended.report)
    sys.stdout.write(json.dumps(document))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
