# SPDX-License-Identifier: Apache-2.0
"""Decides until when what the ledger says of an act is kept, and why, without I/O.

Rules: a body is kept for the term of its act, which names its law; a law pack may want
it for longer, and nothing wants it for less.
Not here: which act has which term (`server/ledger_acts.py`), erasing
(`rounds/ledger_bodies.py`).
Source: the privacy statement, section 6; REQUIREMENTS R4, R5.
"""

from collections.abc import Iterable

from server.keeper.criteria import LegalObligation
from server.keeper.keeping import OPEN_END, Because, Facts, minimum_ends
from server.laws import LEDGER
from server.ledger_acts import ACTS
from wire.policy_check import DAY


def reasons(act: str, time: int, known: Facts) -> tuple[Because, ...]:
    """Return why the body of an act is kept; none for one that is kept for ever.

    Args:
        act: its slug.
        time: when it was done.
        known: what is so now.
    """
    rule = ACTS.get(act)
    if rule is None or rule.term is None:
        return ()
    term = rule.term
    where = f"{term.statute} ({term.jurisdiction})"
    words = f"{where} asks that it can be shown: it is kept for {term.days} days"
    clause = LegalObligation.clause
    found = [Because(f"ledger:{term.name}", term.ends(time), words, clause)]
    for one in known.minima:
        if (LEDGER, term.name) in one.columns:
            until = minimum_ends(one, time, known)
            words = f"{one.law.words()}: at least {one.seconds // DAY} days"
            clause = one.law.clause
            found.append(Because(f"law:{one.rule}", until, words, clause, least=True))
    return tuple(found)


def end(act: str, time: int, known: Facts) -> int:
    """Return the second from which a body is due; `OPEN_END` for not yet known.

    Args:
        act: its slug.
        time: when it was done.
        known: what is so now.
    """
    return last(reasons(act, time, known))


def last(found: Iterable[Because]) -> int:
    """Return the end of a body that is kept for these reasons."""
    return max((one.until for one in found), default=OPEN_END)
