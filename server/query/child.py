# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The query child: `python -I -m server.query.child`, one query and then the end.

Rules: it leaves the network and every right while it has one thread, before DuckDB
and Arrow are imported; it ends without exit handlers, which would want files.
Not here: what it leaves (`server/desk/leaving.py`), the query
(`server/query/answer.py`), its bounds (`server/query/lockdown.py`).
"""

import os
import sys

from server.desk.leaving import leave

if sys.platform == "win32":
    reason = "a collector's reader runs on Linux"
    raise ImportError(reason)


def main() -> None:
    """Answer one query over standard input and output, and end."""
    leave()
    from server.query.answer import answer  # noqa: PLC0415 - it starts threads

    with os.fdopen(0, "rb") as incoming, os.fdopen(1, "wb") as outgoing:
        answer(incoming, outgoing)
        outgoing.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
