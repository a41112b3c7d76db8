# SPDX-License-Identifier: Apache-2.0
"""What a disclosure's matter must name before anybody is asked to approve it.

Rules: who asks, on what legal basis, and the digest of the letter, or of the memo that
weighs the provider's rights against the people's; for each column that names somebody
or is free text, why it is needed; why and until when the client is not told at once.
Not here: which records (`records.py`), who approves (`server/keeper/people.py`).
Source: the privacy statement, 4.3 and 4.4; REQUIREMENTS S11, S12.
"""

from policies import catalogue
from server.errors import DeniedError, UsageError
from server.keeper.bounds import HOLD_REVIEW_SECONDS
from server.keeper.desk import Desk
from server.keeper.notices import Delay
from server.keeper.terms import day_of, scope_of, waiting
from wire.catalogue import Sensitivity
from wire.papers.matter import Matter, MatterKind
from wire.papers.scope import Scope

AUTHORITY, BASIS, LETTER, MEMO, REVIEW = (
    *("authority", "basis", "letter", "memo", "review"),
)
HOLD, DELAY_UNTIL, DELAY_BASIS = "hold", "delay-until", "delay-basis"
NEED = "need {}.{}"
"""Name of the term that says why a column is needed."""
_TELLING = frozenset({Sensitivity.DIRECT, Sensitivity.FREE_TEXT})
_UNTIL = "until which day the notice waits"
_DIGEST_CHARS = 64


def check(desk: Desk, matter: Matter, now: int) -> Scope:
    """Return the scope of a matter that names all that it must.

    Raises:
        UsageError: something is missing or wrong.
        DeniedError: a column of a person is not said to be needed.
    """
    scope = scope_of(desk, matter)
    if scope.until > now:
        msg = "a disclosure is of what there is: let its scope end today or before"
        raise UsageError(msg)
    if not matter.term(BASIS):
        msg = "say on what legal basis the data is given"
        raise UsageError(msg)
    if matter.kind is MatterKind.PROTECT:
        _digest(matter, MEMO, "the memo that weighs why this is necessary")
        review = day_of(matter, REVIEW, "on which day somebody looks at it again")
        if not 0 < review - now <= HOLD_REVIEW_SECONDS:
            msg = "its review lies ahead, within a year"
            raise UsageError(msg)
    else:
        _digest(matter, LETTER, "the authority's letter")
        if not matter.term(AUTHORITY):
            msg = "say which authority asks"
            raise UsageError(msg)
    if delay_of(matter) is not None:
        waiting(matter, DELAY_UNTIL, now)
    _require_needs(matter, scope)
    return scope


def delay_of(matter: Matter) -> Delay | None:
    """Return until when the client's notice waits; None where it does not.

    Raises:
        UsageError: it has a basis without an end, or an end without a basis.
    """
    until, basis = matter.term(DELAY_UNTIL), matter.term(DELAY_BASIS)
    if until is None and basis is None:
        return None
    if not until or not basis:
        msg = "the client's notice waits on a lawful basis and until a day: give both"
        raise UsageError(msg)
    return Delay(day_of(matter, DELAY_UNTIL, _UNTIL), matter.case)


def _digest(matter: Matter, name: str, words: str) -> None:
    text = matter.term(name) or ""
    if len(text) != _DIGEST_CHARS or set(text) - set("0123456789abcdef"):
        msg = f"give the SHA-256 digest of {words}"
        raise UsageError(msg)


def _require_needs(matter: Matter, scope: Scope) -> None:
    """Refuse a column that tells of a person and that nobody says is needed."""
    known = catalogue().datasets
    for dataset in scope.datasets:
        for name in dataset.columns:
            column = known[dataset.name].column(name)
            telling = column is not None and column.sensitivity in _TELLING
            if telling and not matter.term(NEED.format(dataset.name, name)):
                reason = "minimum-fields"
                msg = (
                    f"say why {dataset.name}.{name} is needed, with --need "
                    f"{dataset.name}.{name}=REASON, or leave it out"
                )
                raise DeniedError(reason, msg)
