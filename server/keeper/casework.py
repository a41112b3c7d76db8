# SPDX-License-Identifier: Apache-2.0
"""Takes in what people ask and decide, and does what was approved.

Rules: a matter is never changed after it was asked; each decision is in the ledger
before it counts, and so is each change of who may decide; what was approved and not
done, the keeper does when it comes back.
Not here: whose decision counts (`people.py`), what is done (`matters/`).
"""

from typing import TYPE_CHECKING

from server.access import withdrawn
from server.configuration_keeper import People, people_digest, people_lines
from server.errors import DeniedError, UsageError
from server.keeper import matters, people
from server.keeper.case_words import (
    DECISION_NOTE,
    MATTER_NOTE,
    REVIEW_NOTE,
    OpenCase,
    open_case,
    sealed,
)
from server.keeper.desk import Desk
from server.keeper.matters import Counts
from server.keeper.people import Standing, Verdict
from server.keeper.questions import begun_by
from server.keyring import KeyKind
from server.register import cases, reviews, rights
from server.register.cases import Case, State
from wire import limits
from wire.crypto.sealing import key_id
from wire.errors import WireError
from wire.papers.decision import Act, Decision
from wire.papers.matter import Matter, matter_digest, read_matter

if TYPE_CHECKING:
    from wire.cbor import Plain

_STATES = {
    Standing.ASKED: State.ASKED,
    Standing.APPROVED: State.APPROVED,
    Standing.REFUSED: State.REFUSED,
    Standing.WITHDRAWN: State.WITHDRAWN,
    Standing.LAPSED: State.LAPSED,
}
_ENDS = {State.REFUSED, State.WITHDRAWN, State.LAPSED}


def present_people(desk: Desk, now: int) -> People:
    """Return who may decide now; a change is in the ledger before it counts.

    Whom the register of people has suspended, removed or not trained does not.

    Raises:
        ServerError: config.toml or the register cannot be used.
    """
    present = desk.settings().people
    digest = people_digest(present)
    with desk.register.view() as connection:
        known = cases.known_people(connection)
    if known != digest and (present or known is not None):
        body: dict[str, Plain] = {"people": [*people_lines(present)], "digest": digest}
        desk.ledger.add("people-changed", body, now)
        with desk.register.transaction() as connection:
            cases.know_people(connection, digest)
    publics = [person.public for person in present.values()]
    ended = withdrawn.of_keys(desk.layout.people, publics, now)
    return {
        name: person for name, person in present.items() if person.public not in ended
    }


def ask(desk: Desk, matter_octets: bytes, decision: bytes, now: int) -> Counts:
    """Open a case; returns what it would touch.

    Args:
        desk: what the keeper works with.
        matter_octets: the encoded matter.
        decision: who asks, signed.
        now: seconds since the epoch.

    Raises:
        DeniedError: who asks may not, or what is asked for is refused.
        UsageError: it is not a matter, or one that this release cannot be asked for.
    """
    try:
        matter = read_matter(matter_octets)
    except WireError as error:
        msg = f"the keeper does not understand what is asked for: {error}"
        raise UsageError(msg) from None
    if matter.tenant != desk.tenant:
        msg = "what is asked for is of another tenant than this collector's"
        raise UsageError(msg)
    verdict = people.take(Verdict(), matter, decision, present_people(desk, now), now)
    counts = matters.handler(matter.kind).check(desk, matter, now)
    with desk.ending:
        with desk.register.view() as connection:
            if cases.find(connection, matter.case) is not None:
                msg = "there is a case of this id already: ask anew"
                raise UsageError(msg)
        desk.keyring.cases.add(desk.tenant, KeyKind.CASE, matter.case, now)
        _tell(desk, "case-asked", matter, matter_octets, verdict.counted[-1][0], now)
        locked = sealed(desk, matter.case, MATTER_NOTE, matter_octets)
        noted = sealed(desk, matter.case, DECISION_NOTE, decision)
        case = Case(matter.case, matter.kind.value, State.ASKED, now, None, locked)
        with desk.register.transaction() as connection:
            cases.add(connection, case)
            cases.add_decision(connection, matter.case, noted)
    return counts


def decide(desk: Desk, number: bytes, decision: bytes, now: int) -> State:
    """Take a decision on a case, and do what is approved by it; returns the state.

    Args:
        desk: what the keeper works with.
        number: the case.
        decision: signed.
        now: seconds since the epoch.

    Raises:
        DeniedError: the decision does not count.
        UsageError: there is no such case.
    """
    with desk.ending:
        held = open_case(desk, number)
        if held.case.state is not State.ASKED:
            msg = f"this case is {held.case.state.value}: open another"
            reason = "already-decided"
            raise DeniedError(reason, msg)
        present = present_people(desk, now)
        before = people.check(held.matter, held.decisions, present, now)
        after = people.take(before, held.matter, decision, present, now)
        said = after.counted[-1][0]
        ready = matters.handler(held.matter.kind).ready
        if said.act is Act.APPROVE and ready is not None:
            ready(desk, held.matter, now)
        _tell(desk, "case-decided", held.matter, held.octets, said, now)
        state = _STATES[after.standing]
        noted = sealed(desk, number, DECISION_NOTE, decision)
        with desk.register.transaction() as connection:
            cases.add_decision(connection, number, noted)
            closed = now if state in _ENDS else None
            cases.move(connection, number, State.ASKED, state, closed)
        if state is not State.APPROVED:
            return state
        carry_out(desk, number, after, now)
        return State.DONE


def carry_out(desk: Desk, number: bytes, verdict: Verdict, now: int) -> None:
    """Do what was approved; may be called again after a crash.

    Args:
        desk: what the keeper works with; `ending` is held.
        number: a case that is approved.
        verdict: of the decisions that approved it.
        now: seconds since the epoch.

    Raises:
        ServerError: it cannot be done now.
    """
    held = open_case(desk, number)
    done = matters.handler(held.matter.kind).do(desk, held.matter, verdict.decided, now)
    with desk.register.transaction() as connection:
        closed = now if done else None
        cases.move(connection, number, State.APPROVED, State.DONE, closed)


def verdict_of(desk: Desk, held: OpenCase, now: int) -> Verdict:
    """Return what the decisions on a case come to, by who may decide now."""
    present = present_people(desk, now)
    return people.check(held.matter, held.decisions, present, now)


def numbered(desk: Desk, digits: str) -> bytes:
    """Return the id of the one case that begins with these digits.

    Raises:
        UsageError: none does, or more than one.
    """
    with desk.register.view() as connection:
        known = {one.id: one.id for one in cases.every(connection)}
    return begun_by(digits, known, "case", "case list")


def _tell(
    desk: Desk, act: str, matter: Matter, octets: bytes, said: Decision, now: int
) -> None:
    body: dict[str, Plain] = {
        "by": said.person,
        "case": matter.case,
        "kind": matter.kind.value,
        "act": said.act.value,
        "role": said.role.value,
        "matter": matter_digest(octets),
    }
    desk.ledger.add(act, body, now)


def forget(desk: Desk, number: bytes, now: int) -> None:
    """End the words of a case: its key dies, and nothing of it is left.

    Args:
        desk: what the keeper works with; `ending` is held.
        number: a case whose time is over.
        now: seconds since the epoch.
    """
    key = desk.keyring.cases.opening(desk.tenant, KeyKind.CASE, number)
    if key is not None:
        desk.keyring.destroy([key_id(key.public)], "case-ended", now)
    with desk.register.transaction() as connection:
        cases.forget(connection, number)
        reviews.forget(connection, number)
        rights.remove(connection, rights.EXTENSIONS, number)


def review(
    desk: Desk, number: bytes, reason: str, user: str, now: int, *, over: bool
) -> None:
    """Note that somebody looked again at a use that protects rights.

    Args:
        desk: what the keeper works with.
        number: its case.
        reason: why it is still needed, or that it is over.
        user: who looked.
        now: seconds since the epoch.
        over: nobody needs it any more.

    Raises:
        UsageError: it is no such use, or is over already, or no reason is given.
    """
    with desk.ending:
        with desk.register.view() as connection:
            found = {one.case.id: one for one in reviews.uses(connection)}
        if number not in found or found[number].due is None:
            msg = "only an approved use to protect rights is reviewed, until it is over"
            raise UsageError(msg)
        if not reason.strip() or len(reason) > limits.TEXT_CHARS:
            msg = "say with --reason why it is still needed, or that it is over"
            raise UsageError(msg)
        note = sealed(desk, number, REVIEW_NOTE, reason.encode())
        body: dict[str, Plain] = {
            "by": user,
            "case": number,
            "kind": found[number].case.kind,
            "act": "over" if over else "needed",
        }
        desk.ledger.add("case-reviewed", body, now)
        with desk.register.transaction() as connection:
            reviews.look(connection, number, now, note, over=over)


def lapse(desk: Desk, case: Case, now: int) -> None:
    """Note that nobody approved a case in time."""
    desk.ledger.add("case-lapsed", {"case": case.id, "kind": case.kind}, now)
    with desk.register.transaction() as connection:
        cases.move(connection, case.id, case.state, State.LAPSED, now)
