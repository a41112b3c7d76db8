# SPDX-License-Identifier: Apache-2.0
"""Tells those who were given rows of an erased person (GDPR, article 19).

Rules: a release whose key nobody has fetched is revoked, so nobody ever opens it; each
recipient of one that was fetched gets one notice, until it says that it deleted the
release; both may be repeated.
Not here: notices (`server/keeper/notices.py`), releases (`server/keeper/sharing`).
"""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from server.keeper import notices
from server.keeper.bounds import RECEIVERS_SECONDS
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.notices import Telling
from server.register import releases
from server.register.notices import NoticeKind
from server.register.releases import Made

if TYPE_CHECKING:
    from wire.cbor import Plain


def tell(desk: Desk, case: bytes, sources: Iterable[bytes], after: int) -> int:
    """Tell every recipient of rows of some envelopes; returns how many are told.

    Args:
        desk: what the keeper works with; `ending` is held.
        case: of the erasure, 16 bytes.
        sources: digests of the envelopes that had rows of the person.
        after: number of a ledger entry before the erasure.

    Raises:
        ServerError: they cannot be told now.
    """
    had: dict[str, list[Made]] = {}
    for made in _having(desk, sources):
        if made.fetched is not None:
            had.setdefault(made.recipient, []).append(made)
        elif made.revoked is None:
            _revoke(desk, case, made, after)
    now = desk.clock.latest()
    for name, found in sorted(had.items()):
        told = Telling(NoticeKind.ERASE_AT_RECIPIENT, name, case, _words(found))
        notices.due(desk, told, now + RECEIVERS_SECONDS, now)
    return len(had)


def _having(desk: Desk, sources: Iterable[bytes]) -> list[Made]:
    """Return the releases that may have rows of some envelopes and were not deleted."""
    with desk.register.view() as connection:
        numbers = {
            number
            for source in sources
            for number in releases.having(connection, source)
        }
        found = [releases.find(connection, number) for number in sorted(numbers)]
    return [made for made in found if made is not None and made.deleted is None]


def _revoke(desk: Desk, case: bytes, made: Made, after: int) -> None:
    body: dict[str, Plain] = {
        "case": case,
        "release": made.id,
        "recipient": made.recipient,
    }
    add_once(desk, "share-revoked", body, ("release",), after)
    now = desk.clock.latest()
    with desk.register.transaction() as connection:
        releases.revoke(connection, made.id, now)


def _words(found: Iterable[Made]) -> str:
    lines = [
        f"- {made.id.hex()}, made on "
        f"{dt.datetime.fromtimestamp(made.made, dt.UTC).date().isoformat()}"
        for made in found
    ]
    return "\n".join(
        [
            "What you were given has rows of somebody whose data was erased since.",
            "Delete these releases and all that was made of them, and tell us that you",
            "did (discreet-open attest). Where you still need the other rows, ask for",
            "another release: it will not have these.",
            "",
            *lines,
        ]
    )
