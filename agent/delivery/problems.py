# SPDX-License-Identifier: Apache-2.0
"""Reads the collector's refusals: RFC 9457 problem documents, or only a status.

Rules: the slug decides, never the wording; nothing the other side wrote is shown or
obeyed but the slug and, within a bound, how long to stay away.
Not here: what is done about a refusal (`shipping.py`).
"""

import json
import re

from agent.budget import RETRY_AFTER_SECONDS
from agent.errors import Problem
from wire import limits

CONTENT_TYPE = "application/problem+json"
_TYPE = re.compile(r"urn:discreet:problem:([a-z][a-z0-9-]{0,39})\Z")
_SECONDS = re.compile(r"[0-9]{1,9}\Z")
_BY_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    429: "overloaded",
    502: "overloaded",
    503: "overloaded",
    504: "overloaded",
}
"""What a server in front of the gate means, which knows no slugs of ours."""
_OTHERWISE = "internal"


def read_problem(
    status: int, content_type: str, retry_after: str | None, body: bytes
) -> Problem:
    """Return the refusal that an answer is.

    Args:
        status: of HTTP, not a success.
        content_type: media type without parameters.
        retry_after: the header, as it came.
        body: bounded by the caller.
    """
    slug, server_time = _BY_STATUS.get(status, _OTHERWISE), None
    if content_type == CONTENT_TYPE:
        document = _document(body)
        found = _TYPE.match(str(document.get("type")))
        slug = found[1] if found else slug
        stated = document.get("server_time")
        if isinstance(stated, int) and 0 <= stated <= limits.SEQUENCE:
            server_time = stated
    return Problem(slug, status, _seconds(retry_after), server_time)


def _document(body: bytes) -> dict[str, object]:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(header: str | None) -> int | None:
    """Return whole seconds; a date is not read, for clocks differ."""
    text = (header or "").strip()
    if not _SECONDS.match(text):
        return None
    return min(int(text), RETRY_AFTER_SECONDS)
