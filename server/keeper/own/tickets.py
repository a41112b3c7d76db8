# SPDX-License-Identifier: Apache-2.0
"""Why tickets are kept, and the support data that each brought.

Rules: what it brought is explained by the same function that ends it.
Not here: until when a ticket is known (`ends.py`), its data
(`server/keeper/keeping.py`).
"""

from collections.abc import Iterator

from server.keeper import ends, facts, tickets
from server.keeper.bounds import TICKET_KEEP_SECONDS
from server.keeper.explaining import KEY_DIES, Group
from server.keeper.keeping import OPEN_END, keeping
from server.keeper.own import words
from server.keeper.own.question import Question


def ticket(asked: Question) -> Iterator[Group]:
    """Yield all tickets, and by key what each brought."""
    desk = asked.desk
    said, known = facts.promised(desk), asked.known()
    for held, note in tickets.listed(desk):
        end, why = ends.ticket(held), words.TICKET
        if end == OPEN_END:
            why = words.TICKET_OPEN
        told = "ticket", note.name, end, why, words.KEY
        yield words.group(*told, seconds=TICKET_KEEP_SECONDS)
        for key in desk.keyring.tickets.live(desk.tenant, held.digest):
            much = (0, 0)
            if not asked.counts:
                use = desk.store.sealed_to(desk.tenant, key.key_id)
                much = (use.envelopes, use.records)
            keep = keeping(key, said.get((key.purpose, key.retention)), known)
            yield Group(
                *("sealed", key.purpose.value, key.retention, key.key_id),
                *much,
                until=max([keep.key_dies, *keep.columns.values()]),
                because=keep.because,
                columns=dict(keep.columns),
                then=KEY_DIES,
                ticket=note.name,
                name=note.name,
            )
