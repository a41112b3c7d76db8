# SPDX-License-Identifier: Apache-2.0
"""Recipients and releases: who may get data, and what each got.

Rules: a recipient whose agreement is over, and a release of which nobody said that it
was received or deleted, are told as such; releases are told by columns and rows, never
by what is in them.
Not here: the papers (`wire/papers`), the register (`server/register`).
"""

from collections import Counter
from collections.abc import Iterable

from server.register.recipients import Entry
from server.register.releases import Made
from server.register.resolutions import Resolution
from wire.papers.recipient import read_recipient
from wire.papers.release import read_release


def recipients(
    entries: Iterable[Entry], public: bytes, as_of: int
) -> list[dict[str, object]]:
    """Return the recipients as they stand.

    Args:
        entries: of the register.
        public: the keeper's key, which signed them.
        as_of: seconds since the epoch.

    Raises:
        WireError: one was not signed by the keeper.
    """
    found: list[dict[str, object]] = []
    for entry in entries:
        one = read_recipient(entry.octets, public)
        found.append(
            {
                "name": one.name,
                "role": one.role.value,
                "agreement": one.agreement,
                "agreement until": one.agreement_until,
                "agreement over": one.agreement_until < as_of,
                "suspended": entry.suspended,
                "purposes": [purpose.value for purpose in one.purposes],
                "country": one.country,
                "transfer tool": one.transfer_tool,
                "contact": one.contact,
            }
        )
    return found


def releases(
    made: Iterable[Made], told: Iterable[Resolution], public: bytes, as_of: int
) -> list[dict[str, object]]:
    """Return what each recipient got or may get, the newest first.

    Args:
        made: of the register.
        told: answers to questions what their stand-ins mean.
        public: the keeper's key, which signed them.
        as_of: seconds since the epoch.

    Raises:
        WireError: one was not signed by the keeper.
    """
    found: list[dict[str, object]] = []
    asked = Counter[bytes]()
    for answer in told:
        asked[answer.release] += answer.asked
    for one in made:
        head = read_release(one.head, public)
        found.append(
            {
                "id": one.id.hex(),
                "recipient": one.recipient,
                "made": one.made,
                "expires": one.expires,
                "fetched": one.fetched,
                "received": one.received,
                "deleted": one.deleted,
                "revoked": one.revoked,
                "owes": [what.value for what in one.owes(as_of)],
                "octets": one.octets,
                "format": head.format,
                "pushed": head.pushed,
                "stand-ins asked about": asked[one.id],
                "tables": [
                    {
                        "dataset": table.dataset,
                        "rows": table.rows,
                        "columns": {
                            column.name: column.transform for column in table.columns
                        },
                    }
                    for table in head.tables
                ],
            }
        )
    return found
