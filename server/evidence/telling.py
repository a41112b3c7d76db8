# SPDX-License-Identifier: Apache-2.0
"""Notices in a package: who was told of what, when, and what proves that it arrived.

Rules: digests of text and proof are there, the words are not; what is overdue or was
not delivered is told as such.
Not here: writing and delivering notices (`server/keeper/notices.py`).
"""

from collections.abc import Iterable

from server.register.notices import Notice


def notices(found: Iterable[Notice], as_of: int) -> list[dict[str, object]]:
    """Return the notices as they stand, the oldest first.

    Args:
        found: of the register.
        as_of: seconds since the epoch.
    """
    return [
        {
            "id": one.id.hex(),
            "kind": one.kind.value,
            "to": one.recipient,
            "about": list(one.about),
            "written": one.written,
            "due": one.due,
            "delayed": one.delayed,
            "delivered": one.delivered,
            "text": one.digest.hex(),
            "proof": None if one.proof is None else one.proof.hex(),
            "state": one.standing(as_of).value,
        }
        for one in found
    ]
