# SPDX-License-Identifier: Apache-2.0
"""What is said of why a record of the keeper's own is kept, and of its end.

Rules: each sentence stands here once; a number in it is in braces, for whoever says it
in another language.
Not here: the statement's criteria (`server/keeper/criteria.py`).
"""

from dataclasses import replace

from server.keeper.criteria import LimitationPeriod, PurposeNeed
from server.keeper.explaining import Group
from server.keeper.keeping import OPEN_END, Because

NEED, CLAIMS = PurposeNeed.clause, LimitationPeriod.clause
OPEN = "it is open until somebody decides or closes it"
CLOSED = "it is closed, and is shown for {days} days, in which claims may come"
NOT_DELIVERED = "it is not delivered"
TEXT = "its text is kept for {days} days after its delivery"
WAITS = "it waits to be fetched for {days} days"
FETCHED = "the grant lets it be fetched until then"
REVOKED = "it was revoked"
LIFTED = "it is in force until people lift it"
TICKET_OPEN = "its ticket is open"
TICKET = "its ticket is closed, and its name is known for {days} days"
DAYS = "it is kept for {days} days"
ASKED = "who asked for it is known for {days} days"
STANDS = "it stands: a look still finds it"
TAKES_PART = "who takes part has an entry until somebody removes it"
SIGNED_IN = "who signed in stays so until then, and until it is left unused"
ORDER_WAITS = "until a day after its last second its device may say what became of it"
ORDER_OVER = "until a day after its last second its end can be looked at"
WAITS_TO_GO = "it waits to be sent, or for its channel to be given up"
INVITED = "it lets somebody add a passkey until then"
ERASED = "it erases again what comes back, until nothing lives that is as old"
TOO_LATE = "whoever enrols by it too late is told so for {days} days"
ENDED = "it is shown for {days} days after its end, in which claims may come"
RECIPIENT = (
    "it is shown for {days} days after its agreement, its grants and its releases, in "
    "which claims may come"
)
OWES = "it has not said yet that it deleted what it was given"
FOR_EVER = "it tells of no person, only what was done and when"

KEY = "its key is destroyed, and with it all that was said"
WRITTEN_OVER = "it is deleted and written over"
DELETED = "it is deleted"
DIGEST = "its words are erased, and their digest stays"
NOTHING = ""
EVERY = (
    *(OPEN, CLOSED, NOT_DELIVERED, TEXT, WAITS, FETCHED, REVOKED, LIFTED, TICKET_OPEN),
    *(TICKET, DAYS, ASKED, STANDS, TAKES_PART, SIGNED_IN, ORDER_WAITS, ORDER_OVER),
    *(WAITS_TO_GO, INVITED, ERASED),
    *(TOO_LATE, ENDED, RECIPIENT, OWES, FOR_EVER),
    *(KEY, WRITTEN_OVER, DELETED, DIGEST),
)
"""All."""


def group(  # noqa: PLR0913 - what is told of one record
    kind: str,
    name: str,
    until: int,
    words: str,
    then: str,
    *,
    clause: str = NEED,
    seconds: int = 0,
) -> Group:
    """Return a record with the one reason for which it is kept.

    Args:
        kind: which kind of record.
        name: by which people name it.
        until: first second at which it is not kept.
        words: why.
        then: what happens then.
        clause: of the privacy statement.
        seconds: that `words` tells as days.
    """
    told = words.format(days=seconds // 86_400)
    because = (Because(kind, until, told, clause),)
    return Group(*(kind, "", "", b"", 0, 1, until, because), then=then, name=name)


def for_ever(kind: str, name: str) -> Group:
    """Return a record that nothing ends, for it tells of no person."""
    return replace(group(kind, name, OPEN_END, FOR_EVER, NOTHING), never=True)
