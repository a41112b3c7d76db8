# SPDX-License-Identifier: Apache-2.0
"""What a process that serves strangers says of itself: a line of JSON an event.

Rules: fields, never values of a request; a logging framework costs such a process six
megabytes, and there are many of them.
Not here: what is counted (`server/figures`), the ledger (`server/ledger.py`).
"""

import json
import sys
from datetime import UTC, datetime


def log(event: str, **fields: str) -> None:
    """Write an event to standard error.

    Args:
        event: its name, a slug.
        **fields: what is said of it.
    """
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    line = json.dumps({**fields, "event": event, "timestamp": now})
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
