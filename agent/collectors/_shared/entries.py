# SPDX-License-Identifier: Apache-2.0
"""Parts of a log entry that files and the journal share.

Rules: what claims to be a program's name and does not look like one is left out.
Not here: the form of a line or an entry (`event_logs.py`, `_linux/journal.py`).
Sources: RFC 5424 severities, OpenTelemetry's log data model, appendix B.
"""

import re

from agent.budget import LINE_BYTES
from wire.values import Value

_SEVERITIES = (
    ("emerg", 21),
    ("alert", 19),
    ("crit", 18),
    ("err", 17),
    ("warning", 13),
    ("notice", 10),
    ("info", 9),
    ("debug", 5),
)
"""Syslog's levels and OpenTelemetry's numbers for them."""
_PROGRAM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+/@-]{0,63}\Z")


def program_name(tag: str) -> str | None:
    """Return a program's name without its instance; None for any other text."""
    return tag.partition("@")[0] or None if _PROGRAM.match(tag) else None


def message(data: bytes) -> str:
    """Return a message as bounded text."""
    return data[:LINE_BYTES].decode("utf-8", "replace").replace("\0", "")


def severity(level: int | None) -> dict[str, Value]:
    """Return OpenTelemetry's number and syslog's word for a priority."""
    if level is None:
        return {}
    name, value = _SEVERITIES[level % len(_SEVERITIES)]
    return {"severity_number": value, "severity_text": name}
