# SPDX-License-Identifier: Apache-2.0
"""Who must decide on a matter, and whether the signed decisions are enough.

Rules: who asked never approves, by any path; one person counts once; a decision counts
by the person's key as config.toml has it now and for exactly this matter; who refuses
ends it.
Not here: signatures themselves (`wire/papers/decision.py`), keeping cases
(`casework.py`).
Source: docs/adr/0017-who-decides-is-a-signature.md; REQUIREMENTS S7, S11, S12.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import NoReturn

from server.access.actions import Action
from server.access.model import capacities
from server.configuration_keeper import People, Person
from server.errors import DeniedError
from server.keeper.bounds import CASE_LAPSE_SECONDS
from wire import limits, signed
from wire.crypto.signing import identity
from wire.errors import WireError
from wire.papers.decision import Act, Decided, Decision, Role, read_decision
from wire.papers.matter import MATTER, Matter, MatterKind, matter_digest
from wire.signed import SignedKind


@dataclass(frozen=True, slots=True)
class Needs:
    """Who must decide on a kind of matter.

    Attributes:
        asks: roles of which who asks must have one.
        approves: roles in which it is approved, or refused.
        count: how many people must approve.
        among: the role in which one of them must; None for any of `approves`.
    """

    asks: frozenset[Role]
    approves: frozenset[Role]
    count: int = 1
    among: Role | None = None


def _able(act: Action) -> frozenset[Role]:
    """Return in which roles of a decision an act may be done."""
    names = capacities(act)
    return frozenset(role for role in Role if role.value in names)


def _needs(kind: MatterKind, count: int = 1, among: Role | None = None) -> Needs:
    asks, approves = Action(f"{kind.value}.ask"), Action(f"{kind.value}.approve")
    return Needs(_able(asks), _able(approves), count, among)


NEEDS: Mapping[MatterKind, Needs] = {kind: _needs(kind) for kind in MatterKind} | {
    MatterKind.PROTECT: _needs(MatterKind.PROTECT, 2, Role.COUNSEL),
    MatterKind.TRANSFER: _needs(MatterKind.TRANSFER, 2, Role.COUNSEL),
}
"""Who may is `server/access/actions.py`; how many must is here."""

SECOND = "second"
"""A term of an erasure that two people must approve."""
_MANY = Needs(
    _able(Action.ERASE_ASK), _able(Action.SHARE_APPROVE), 2, Role.PRIVACY_OFFICER
)


_SENTENCES = {
    "already-decided": "this case is {standing}: open another",
    "asked-already": "somebody asked for this already",
    "from-the-future": "the decision is of a later time: set the clock",
    "not-asked": "nobody who counts has asked for this",
    "not-their-key": "nobody in [people] of config.toml has the key that signed this: "
    "discreet-server person list shows who is there",
    "not-their-role": "config.toml gives whoever has this key another name, or not the "
    "role {role}",
    "not-theirs": "only who asked can withdraw it: refuse it instead",
    "other-matter": "the decision is about another matter than this case: show the "
    "case, and decide on what it says",
    "same-person": "who asked cannot decide: another person with role {roles} must",
    "same-person-twice": "this person has approved already: another one must",
    "wrong-role": "that is for {roles}, not for {role}",
}


def needs(kind: MatterKind) -> Needs:
    """Return who must decide on a kind of matter."""
    return NEEDS[kind]


class Standing(Enum):
    """What the decisions on a matter come to."""

    NOBODY = "not-asked"
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided so far; see `check`.

    Attributes:
        standing: what it comes to.
        asked: when it was asked; 0 before.
        counted: the decisions that count, in order, and whose each is.
        octets: each of them as it was signed.
    """

    standing: Standing = Standing.NOBODY
    asked: int = 0
    counted: tuple[tuple[Decision, Person], ...] = ()
    octets: tuple[bytes, ...] = ()

    @property
    def decided(self) -> tuple[Decided, ...]:
        """Return the decisions that count, as papers carry them."""
        return tuple(
            Decided(octets, person.public)
            for octets, (_, person) in zip(self.octets, self.counted, strict=True)
        )

    def people(self, act: Act) -> list[Person]:
        """Return who said this."""
        return [person for said, person in self.counted if said.act is act]


def check(
    matter: Matter, decisions: Iterable[bytes], people: People, now: int
) -> Verdict:
    """Return what the decisions on a matter come to; what does not count is left out.

    Args:
        matter: what they are about.
        decisions: signed, in the order in which they were given.
        people: who may decide.
        now: seconds since the epoch.
    """
    verdict = Verdict()
    for octets in decisions:
        try:
            verdict = take(verdict, matter, octets, people, now)
        except DeniedError:
            continue
    return _lapsed(verdict, now)


def take(
    verdict: Verdict, matter: Matter, octets: bytes, people: People, now: int
) -> Verdict:
    """Return a verdict with one more decision.

    Args:
        verdict: of the decisions before.
        matter: what it is about.
        octets: the signed decision.
        people: who may decide.
        now: seconds since the epoch.

    Raises:
        DeniedError: it does not count, and why.
    """
    verdict = _lapsed(verdict, now)
    decision, person = _read(octets, matter, people, now)
    if verdict.standing not in {Standing.NOBODY, Standing.ASKED}:
        _deny("already-decided", standing=verdict.standing.value)
    standing = _JUDGES[decision.act](verdict, matter, decision, person)
    asked = decision.time if decision.act is Act.ASK else verdict.asked
    return Verdict(
        standing,
        asked,
        (*verdict.counted, (decision, person)),
        (*verdict.octets, octets),
    )


def _read(
    octets: bytes, matter: Matter, people: People, now: int
) -> tuple[Decision, Person]:
    """Return a decision and whose it is, once it is known to be theirs and on this."""
    try:
        message = signed.read(octets, SignedKind.DECISION, limits.DECISION_BYTES)
        signer = message.signatures[0].signer
        person = _keys(people)[signer]
        decision = read_decision(octets, person.public)
    except (WireError, KeyError):
        _deny("not-their-key")
    mine = matter_digest(MATTER.encode(matter)), matter.tenant, matter.case
    if (decision.matter, decision.tenant, decision.case) != mine:
        _deny("other-matter")
    if decision.person != person.name or decision.role not in person.roles:
        _deny("not-their-role", role=decision.role.value)
    if decision.time > now + limits.CLOCK_SKEW_SECONDS:
        _deny("from-the-future")
    return decision, person


def _keys(people: People) -> Mapping[bytes, Person]:
    return {identity(person.public): person for person in people.values()}


def _lapsed(verdict: Verdict, now: int) -> Verdict:
    """Return the verdict; one that nobody approved in time has lapsed."""
    late = now - verdict.asked > CASE_LAPSE_SECONDS
    if verdict.standing is Standing.ASKED and late:
        return replace(verdict, standing=Standing.LAPSED)
    return verdict


def _ask(
    verdict: Verdict,
    matter: Matter,
    decision: Decision,
    person: Person,  # noqa: ARG001 - every judge is called so
) -> Standing:
    if verdict.standing is Standing.ASKED:
        _deny("asked-already")
    asks = needs(matter.kind).asks
    if decision.role not in asks:
        _deny("wrong-role", roles=_words(asks), role=decision.role.value)
    return Standing.ASKED


def _decide(
    verdict: Verdict, matter: Matter, decision: Decision, person: Person
) -> Standing:
    """Take an approval or a refusal."""
    many = matter.kind is MatterKind.ERASE and matter.term(SECOND) is not None
    need = _MANY if many else needs(matter.kind)
    roles = _words(need.approves)
    if verdict.standing is Standing.NOBODY:
        _deny("not-asked")
    if decision.role not in need.approves:
        _deny("wrong-role", roles=roles, role=decision.role.value)
    if person in verdict.people(Act.ASK):
        _deny("same-person", roles=roles)
    if decision.act is Act.REFUSE:
        return Standing.REFUSED
    before = verdict.people(Act.APPROVE)
    if person in before:
        _deny("same-person-twice")
    given = [said.role for said, _ in verdict.counted if said.act is Act.APPROVE]
    enough = len(before) + 1 >= need.count
    named = need.among is None or need.among in {*given, decision.role}
    return Standing.APPROVED if enough and named else Standing.ASKED


def _withdraw(
    verdict: Verdict,
    matter: Matter,  # noqa: ARG001 - every judge is called so
    decision: Decision,  # noqa: ARG001 - likewise
    person: Person,
) -> Standing:
    if person not in verdict.people(Act.ASK):
        _deny("not-theirs")
    return Standing.WITHDRAWN


def _deny(reason: str, **words: str) -> NoReturn:
    raise DeniedError(reason, _SENTENCES[reason].format(**words)) from None


def _words(roles: frozenset[Role]) -> str:
    return " or ".join(sorted(role.value for role in roles))


_JUDGES: Mapping[Act, Callable[[Verdict, Matter, Decision, Person], Standing]] = {
    Act.ASK: _ask,
    Act.APPROVE: _decide,
    Act.REFUSE: _decide,
    Act.WITHDRAW: _withdraw,
}


def role_for(person: Person, kind: MatterKind, act: Act) -> Role | None:
    """Return the role in which a person may do this, the most needed one first."""
    need = needs(kind)
    allowed = need.approves if act in {Act.APPROVE, Act.REFUSE} else need.asks
    may = sorted(person.roles & allowed, key=lambda role: role.value)
    return need.among if need.among in may else next(iter(may), None)
