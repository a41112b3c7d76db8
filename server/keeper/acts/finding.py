# SPDX-License-Identifier: Apache-2.0
"""The act `finding`: opens, lists and closes what was found to be wrong.

Rules: each change is in the ledger before it counts; a finding closes with what shows
it and never without; its day lies within a year.
Not here: the register's rows (`server/register/findings.py`), telling who is late
(`server/keeper/rounds/findings.py`).
"""

import hashlib
import re
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING

from server.errors import UsageError
from server.keeper.bounds import FINDING_DUE_SECONDS
from server.keeper.desk import Desk
from server.keeper.questions import (
    choice_of,
    number_of,
    octets_of,
    step_of,
    text_of,
)
from server.register import findings
from server.register.findings import (
    Closing,
    Finding,
    Held,
    Severity,
    Source,
    Standing,
)
from wire import limits
from wire.policy_toml import is_slug

if TYPE_CHECKING:
    from wire.cbor import Plain

NAME = "finding"
PROOF_BYTES = 32
Answer = dict[str, object]
_TEST = re.compile(r"tests/[a-z0-9_/]+\.py::test_[a-z0-9_]+")
_SLUG = "with lower-case words and hyphens, such as {example}"


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Answer, None, None]:
    """Yield the one answer.

    Raises:
        UsageError: the question is none, or the change is not possible.
    """
    step = step_of(message, _STEPS)
    yield {"end": step(desk, message, user, now)}


def _list(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    with desk.register.view() as connection:
        found = findings.every(connection)
    return {"findings": [_told(one, now) for one in found]}


def _open(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    finding = _asked(message, now)
    with desk.ending:
        with desk.register.view() as connection:
            if findings.find(connection, finding.id) is not None:
                msg = "there is a finding of this name: give another one"
                raise UsageError(msg)
        body: dict[str, Plain] = {
            "by": user,
            "finding": finding.id,
            "severity": finding.severity.value,
            "source": finding.source.value,
            "due": finding.due,
            "digest": hashlib.sha256(finding.title.encode()).digest(),
        }
        desk.ledger.add("finding-opened", body, now)
        with desk.register.transaction() as connection:
            findings.add(connection, finding)
    return _told(Held(finding), now)


def _close(desk: Desk, message: Mapping[str, object], user: str, now: int) -> Answer:
    name, closing = text_of(message, "finding"), _shown(message, user, now)
    with desk.ending:
        with desk.register.view() as connection:
            held = findings.find(connection, name)
        if held is None or held.standing(now) is Standing.CLOSED:
            msg = "there is no such finding, or it is closed: finding list shows all"
            raise UsageError(msg)
        body: dict[str, Plain] = {"by": user, "finding": name}
        shown: dict[str, Plain] = (
            {"test": closing.test} if closing.test else {"digest": closing.proof}
        )
        desk.ledger.add("finding-closed", body | shown, now)
        with desk.register.transaction() as connection:
            findings.close(connection, name, closing)
    return _told(Held(held.finding, closing), now)


def _asked(message: Mapping[str, object], now: int) -> Finding:
    """Return the finding that is to be opened, each part of it checked.

    Raises:
        UsageError: a part is not what it must be.
    """
    name, owner = text_of(message, "finding"), text_of(message, "owner")
    title, due = text_of(message, "title"), number_of(message, "due")
    if not is_slug(name):
        msg = f"name a finding {_SLUG.format(example='pt-2026-03')}"
        raise UsageError(msg)
    if not is_slug(owner):
        msg = f"name the owner, a role or team, {_SLUG.format(example='platform')}"
        raise UsageError(msg)
    if not title.strip() or not title.isprintable() or len(title) > limits.TEXT_CHARS:
        msg = f"say what is wrong in one line of at most {limits.TEXT_CHARS} characters"
        raise UsageError(msg)
    if not 0 < due - now <= FINDING_DUE_SECONDS:
        msg = "a finding is due on a day within a year; what stays is a residual risk"
        raise UsageError(msg)
    severity = choice_of(Severity, message, "severity")
    source = choice_of(Source, message, "source")
    return Finding(name, title.strip(), severity, source, owner, now, due)


def _shown(message: Mapping[str, object], user: str, now: int) -> Closing:
    """Return what shows that a finding is over.

    Raises:
        UsageError: it is neither a test nor a digest.
    """
    test, proof = text_of(message, "test"), octets_of(message, "proof")
    if bool(test) is bool(proof):
        msg = "a finding closes with what shows it: name one test, or one file"
        raise UsageError(msg)
    if test and not _TEST.fullmatch(test):
        msg = "name a test as pytest does, such as tests/fault/test_a.py::test_b"
        raise UsageError(msg)
    if proof and len(proof) != PROOF_BYTES:
        msg = "a finding is closed by the SHA-256 digest of a file"
        raise UsageError(msg)
    return Closing(now, user, test, proof)


def _told(held: Held, now: int) -> Answer:
    finding, closing = held.finding, held.closing
    return {
        "id": finding.id,
        "title": finding.title,
        "severity": finding.severity.value,
        "source": finding.source.value,
        "owner": finding.owner,
        "opened": finding.opened,
        "due": finding.due,
        "state": held.standing(now).value,
        "closed": 0 if closing is None else closing.time,
        "closed_by": "" if closing is None else closing.by,
        "test": "" if closing is None else closing.test,
        "proof": "" if closing is None else closing.proof.hex(),
    }


_STEPS: Mapping[str, Callable[[Desk, Mapping[str, object], str, int], Answer]] = {
    "list": _list,
    "open": _open,
    "close": _close,
}
