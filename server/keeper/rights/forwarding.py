# SPDX-License-Identifier: Apache-2.0
"""Hands a person's request to the client, who answers for the data.

Rules: a provider that only processes answers nobody itself (GDPR, article 28(3)(e));
the notice is written for the client and names the case, never the person: whom it is
about is said where the two speak anyway, for a file may be read by many.
Not here: bringing the notice there, which people do (`server/keeper/notices.py`).
"""

import datetime as dt

from server.keeper import notices
from server.keeper.bounds import SUBJECT_DUE_SECONDS
from server.keeper.desk import Desk
from server.keeper.notices import CLIENT, Telling
from server.register.notices import NoticeKind


def forward(desk: Desk, case: bytes, right: str, asked: int, now: int) -> bytes:
    """Write the notice to the client; may be called again after a crash.

    Args:
        desk: what the keeper works with.
        case: its id.
        right: what the person asks for, as a slug.
        asked: when they did, in seconds since the epoch.
        now: seconds since the epoch.

    Returns:
        The notice's id.

    Raises:
        StateError: the disk refuses.
    """
    controller, by = desk.settings().controller, asked + SUBJECT_DUE_SECONDS
    lines = (
        f"To {controller.name or 'the client'} {controller.contact}".rstrip(),
        "",
        f"A person asked us on {_day(asked)} for their right: {right}.",
        "You answer for this data, we process it for you: so we hand the request over.",
        f"It is due by {_day(by)} (GDPR, article 12(3)).",
        f"Ask us for case {case.hex()}: we will tell you who it is, and do what you",
        "instruct us to.",
    )
    told = Telling(NoticeKind.REQUEST, CLIENT, case, "\n".join(lines))
    return notices.due(desk, told, by, now)


def _day(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).date().isoformat()
