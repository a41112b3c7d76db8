# SPDX-License-Identifier: Apache-2.0
"""Why entries of the ledger are kept, and what they say.

Rules: all at once are told by act, each with the end of its oldest; one alone by its
number.
Not here: until when (`server/keeper/ledger_ends.py`), erasing
(`server/keeper/rounds/ledger_bodies.py`).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from server.keeper import ledger_ends
from server.keeper.explaining import Group
from server.keeper.keeping import Facts
from server.keeper.own import words
from server.keeper.own.question import Question

KIND = "ledger"


def ledger(asked: Question) -> Iterator[Group]:
    """Yield one entry, or all by act: what is for ever, and what is said."""
    desk, name, known = asked.desk, asked.name, asked.known()
    if name:
        number = int(name) if name.isascii() and name.isdecimal() else 0
        entries = desk.ledger.entries(number - 1) if number > 0 else iter(())
        for entry in islice(entries, 1):
            yield words.for_ever(KIND, name)
            if entry.body is not None:
                yield from _said(name, entry.act, entry.time, 1, known)
        return
    oldest: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for entry in desk.ledger.entries():
        if entry.body is not None:
            oldest.setdefault(entry.act, entry.time)
            counts[entry.act] += 1
    whole = words.for_ever(KIND, "")
    yield replace(whole, records=desk.ledger.head().index)
    for act, time in sorted(oldest.items()):
        yield from _said(act, act, time, counts[act], known)


def _said(name: str, act: str, time: int, count: int, known: Facts) -> Iterator[Group]:
    """Yield what an act's bodies say, where they end."""
    because = ledger_ends.reasons(act, time, known)
    if because:
        end = ledger_ends.last(because)
        told = words.group(KIND, name, end, "", words.DIGEST)
        yield replace(told, because=because, records=count)
