# SPDX-License-Identifier: Apache-2.0
"""The act `disclose`: counts a case's records again, hands its archive out.

Rules: only an approved case has an archive; its password is told once, and the ledger
has who was; the chain of custody is what the ledger says of the case.
Not here: asking and deciding (`case.py`), what is done (`server/keeper/matters`).
"""

from collections.abc import Callable, Generator, Mapping

from server.errors import UsageError
from server.keeper import case_words, casework, matters
from server.keeper.desk import Desk
from server.keeper.disclosing import production
from server.keeper.questions import step_of, text_of
from server.keeper.rights import exporting
from server.keeper.sharing import writing
from server.register import rights
from wire.papers.matter import MatterKind

NAME = "disclose"
KINDS = frozenset({MatterKind.DISCLOSE, MatterKind.PROTECT})
Answer = dict[str, object]


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Answer, None, None]:
    """Yield the one answer.

    Raises:
        UsageError: the question is none, or the case is no disclosure.
        DeniedError: nothing is in its scope any more.
    """
    step = step_of(message, _STEPS)
    number = casework.numbered(desk, text_of(message, "case"))
    if MatterKind(case_words.open_case(desk, number).case.kind) not in KINDS:
        msg = "this case is no disclosure: discreet-server case list shows all"
        raise UsageError(msg)
    yield {"end": step(desk, number, user, now)}


def _dry_run(desk: Desk, number: bytes, user: str, now: int) -> Answer:
    matter = case_words.open_case(desk, number).matter
    return {"counts": matters.handler(matter.kind).check(desk, matter, now)}


def _fetch(desk: Desk, number: bytes, user: str, now: int) -> Answer:
    """Tell where archive and head wait and, this once, the password; or the release."""
    if writing.find(desk, number) is not None:
        desk.ledger.add("disclosure-fetched", {"by": user, "case": number}, now)
        return {"path": str(writing.directory_of(desk, number)), "password": ""}
    password = exporting.password_of(desk, number)
    path = exporting.path_of(desk, number)
    if password is None or not path.exists():
        msg = "no archive waits for this case: it is not approved, or was fetched"
        raise UsageError(msg)
    desk.ledger.add("disclosure-fetched", {"by": user, "case": number}, now)
    with desk.register.transaction() as connection:
        rights.remove(connection, rights.EXPORTS, number)
    return {
        "path": str(path),
        "head": str(production.head_path(desk, number)),
        "name": production.ARCHIVE,
        "password": password,
    }


def _custody(desk: Desk, number: bytes, user: str, now: int) -> Answer:
    return {
        "custody": [
            {
                "entry": entry.index,
                "time": entry.time,
                "act": entry.act,
                "by": str(body.get("by", "keeper")),
                "digest": digest.hex() if isinstance(digest, bytes) else "",
            }
            for entry in desk.ledger.entries(0)
            if (body := entry.body or {}).get("case") == number
            for digest in [body.get("digest") or body.get("matter")]
        ]
    }


_STEPS: Mapping[str, Callable[[Desk, bytes, str, int], Answer]] = {
    "dry-run": _dry_run,
    "fetch": _fetch,
    "custody": _custody,
}
