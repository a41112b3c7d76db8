# SPDX-License-Identifier: Apache-2.0
"""What a process that serves strangers says of itself: a line of JSON an event.

Rules: fields, never values of a request.
Not here: structlog's core (`wire/log_lines.py`), what is counted (`server/figures`),
the ledger (`server/ledger.py`).
"""

import json
import sys
from datetime import UTC, datetime

from wire.log_lines import Event, Lines, logger


def log(event: str, *, level: str = "error", **fields: str) -> None:
    """Write an event to standard error.

    Args:
        event: its name, a slug.
        level: "info" for what needs nobody.
        **fields: what is said of it.
    """
    logger(Lines(sys.stderr), [_stamp, _line])(event, level=level, **fields)


def log_failure(event: str, error: BaseException, **fields: str) -> None:
    """Write an event that names the class of a failure; its words may quote a request.

    Args:
        event: its name, a slug.
        error: what happened.
        **fields: what is said of it besides.
    """
    log(event, error=type(error).__name__, **fields)


def _stamp(_logger: object, _method: str, event: Event) -> Event:
    event["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return event


def _line(_logger: object, _method: str, event: Event) -> str:
    return json.dumps(event, sort_keys=True)
