# SPDX-License-Identifier: Apache-2.0
"""Tells a recipient what stand-ins of a release mean, once people have decided it.

Rules: what a stand-in was made of is found by making it again from the envelopes of
the very release that is named; no table leads back. Grant, recipient and agreement
must stand when it is asked for, found and handed out; the meaning is what a reader of
the purpose sees, and is nowhere but sealed to the recipient; the ledger has counts.
Not here: the question and the answer (`wire/papers/resolve.py`), who approves
(`server/keeper/people.py`), projection (`projection.py`).
Source: docs/adr/0035-what-leaves-by-a-channel.md.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from policies import catalogue
from server.errors import DeniedError, StateError, UsageError
from server.keeper import extracting, holding
from server.keeper.bounds import FETCH_SKEW_SECONDS, RESOLVED_OF_A_GRANT
from server.keeper.desk import Desk
from server.keeper.extracting import Tally
from server.keeper.ledger_lines import add_once
from server.keeper.proving import proof
from server.keeper.sharing import granting, letters, writing
from server.keeper.sharing.permitted import Permission, Registered
from server.keeper.sharing.projection import Meant, narrowed, shared
from server.reader.marked import in_force
from server.register import recipients, releases, resolutions
from server.register.recipients import Granted
from server.register.releases import Made
from server.register.resolutions import Resolution
from wire import limits, signed
from wire.errors import WireError
from wire.papers.grant import Grant
from wire.papers.resolve import (
    Meaning,
    Meanings,
    Resolve,
    Resolved,
    asked_about,
    read_resolve,
    seal_meanings,
    sign_resolved,
)

if TYPE_CHECKING:
    from wire.cbor import Plain


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a recipient that may be asked now.

    Attributes:
        octets: the signed question.
        question: what it says.
        made: the release that it names.
        granted: the grant of the release, as the register has it.
        grant: the grant.
        held: the recipient.
        permission: what the grant permits now.
    """

    octets: bytes
    question: Resolve
    made: Made
    granted: Granted
    grant: Grant
    held: Registered
    permission: Permission


def read(desk: Desk, octets: bytes, now: int) -> Asked:
    """Return a recipient's question, once it is known that it may be asked.

    Args:
        desk: what the keeper works with.
        octets: the signed question.
        now: seconds since the epoch.

    Raises:
        UsageError: it is not a question, or of no release.
        DeniedError: it may not be asked, and why.
    """
    moment = max(now, desk.clock.latest())
    made = writing.named(
        desk, octets, lambda one: asked_about(one).release, "a recipient's question"
    )
    with desk.register.view() as connection:
        granted = recipients.grant_named(connection, made.granted)
    if granted is None:
        reason = "no-grant"
        msg = "this was disclosed by law, under no grant: what it means is not told"
        raise DeniedError(reason, msg)
    grant = granting.opened(desk, granted)
    revoked = granted.revoked is not None
    held, permission = granting.require(desk, grant, moment, revoked=revoked)
    try:
        question = read_resolve(octets, held.recipient.signing)
    except WireError:
        _foreign()
    if question.recipient != made.recipient:
        _foreign()
    _require_given(made, moment)
    if question.time > moment + FETCH_SKEW_SECONDS:
        reason, msg = "ahead", "the question is of a time to come: set the clock there"
        raise DeniedError(reason, msg)
    return Asked(octets, question, made, granted, grant, held, permission)


def require_room(desk: Desk, asked: Asked) -> None:
    """Refuse what was answered before, or would be too many under one grant.

    Raises:
        DeniedError: it was, or would be.
    """
    with desk.register.view() as connection:
        before = resolutions.asked_of(connection, asked.granted.digest)
        again = resolutions.answered(connection, signed.digest(asked.octets))
    if again:
        reason = "answered"
        msg = "this question was answered: the answer can be had again by its case"
        raise DeniedError(reason, msg)
    if before + len(asked.question.stand_ins) > RESOLVED_OF_A_GRANT:
        reason = "too-many-resolved"
        msg = (
            f"a recipient is told of {RESOLVED_OF_A_GRANT} stand-ins under one grant, "
            f"and was told of {before}: grant the columns that it needs instead"
        )
        raise DeniedError(reason, msg)


def resolve(desk: Desk, asked: Asked, case: bytes, now: int) -> None:
    """Find what stand-ins mean and keep the sealed answer; may be called again.

    Args:
        desk: what the keeper works with; `ending` is held.
        asked: the question.
        case: in which people decided it, 16 bytes.
        now: seconds since the epoch.

    Raises:
        DeniedError: it would be too many.
        ServerError: something does not open, or cannot be kept.
    """
    with desk.register.view() as connection:
        if resolutions.find(connection, case) is not None:
            return
    require_room(desk, asked)
    digest = signed.digest(asked.octets)
    add_once(desk, "resolution-opened", body_of(asked, case), ("case",), 0)
    found = _found(desk, asked, now)
    meanings = Meanings(
        tuple(
            Meaning(one, _clipped(found.get(one))) for one in asked.question.stand_ins
        )
    )
    answer = Resolved(
        *(desk.tenant, asked.made.id, asked.made.recipient, digest, now),
        seal_meanings(meanings, digest, asked.held.recipient.sealing),
    )
    paper = sign_resolved(answer, desk.keyring.keeper_key())
    told = body_of(asked, case) | {"rows": len(found), "digest": signed.digest(paper)}
    desk.ledger.add("resolution-made", told, now)
    kept = Resolution(
        *(case, asked.made.id, asked.granted.digest, digest),
        *(len(asked.question.stand_ins), proof(desk, paper)),
    )
    with desk.register.transaction() as connection:
        resolutions.add(connection, kept)


def hand_out(desk: Desk, case: bytes, user: str, now: int) -> bytes:
    """Return the sealed answer of a case, while the grant stands.

    Args:
        desk: what the keeper works with.
        case: its id.
        user: who asks.
        now: seconds since the epoch.

    Raises:
        UsageError: there is none.
        DeniedError: the grant or the release is over.
    """
    with desk.ending:
        with desk.register.view() as connection:
            kept = resolutions.find(connection, case)
            made = releases.find(connection, kept.release) if kept else None
            granted = recipients.grant_named(connection, kept.granted) if kept else None
        if kept is None or kept.answer is None or made is None or granted is None:
            msg = "no answer waits for this case: it is not approved, or is over"
            raise UsageError(msg)
        moment = max(now, desk.clock.latest())
        grant, revoked = granting.opened(desk, granted), granted.revoked is not None
        granting.require(desk, grant, moment, revoked=revoked)
        _require_given(made, moment)
        body: dict[str, Plain] = {"by": user, "case": case, "release": made.id}
        body["recipient"] = made.recipient
        desk.ledger.add("resolution-fetched", body, now)
        with desk.register.transaction() as connection:
            resolutions.note_fetched(connection, case, now)
        return kept.answer


def sweep(desk: Desk, now: int) -> None:
    """Drop the answers whose release is over.

    Args:
        desk: what the keeper works with; `ending` is held.
        now: the time that releases end by.
    """
    with desk.register.transaction() as connection:
        for kept in resolutions.every(connection):
            made = releases.find(connection, kept.release)
            over = made is None or made.revoked or made.deleted or made.expires < now
            if kept.answer is not None and over:
                resolutions.let_go(connection, kept.case)


def body_of(asked: Asked, case: bytes) -> "dict[str, Plain]":
    """Return what the ledger says of a question: names and counts, no stand-in."""
    return {
        "case": case,
        "grant": asked.granted.digest,
        "release": asked.made.id,
        "recipient": asked.made.recipient,
        "purpose": asked.grant.purpose.value,
        "count": len(asked.question.stand_ins),
        "digest": signed.digest(asked.octets),
    }


def _found(desk: Desk, asked: Asked, now: int) -> dict[str, str]:
    """Make the release's stand-ins again, and return what those asked for are of."""
    moment = max(now, desk.clock.latest())
    with desk.register.view() as connection:
        sources = releases.sources_of(connection, asked.made.id)
    grant, columns = asked.grant, asked.permission.columns
    scope, known = narrowed(grant.scope, columns), catalogue()
    live, _ = holding.reach(desk, grant.scope, moment)
    keys = letters.keys_of(desk, grant, moment)
    place = desk.layout.register, desk.keyring, desk.tenant
    marked = in_force(*place, grant.purpose)
    meaning = Meant(frozenset(asked.question.stand_ins))
    scoped = desk.keyring.scoped(desk.tenant, grant.purpose, moment)
    for source in extracting.in_scope(
        desk,
        scope,
        [key.key_id for key in live],
        scoped.opening_key,
        Tally(),
        only=sources,
    ):
        if desk.stopping.is_set():
            msg = "the keeper is to end: it goes on when it runs again"
            raise StateError(msg)
        for _ in shared(
            *(source.place, source.chosen, columns, keys, known, marked),
            meaning=meaning,
        ):
            pass  # what they stand for is noted while they are made
        if len(meaning.found) == len(meaning.asked):
            break
    return meaning.found


def _clipped(value: str | None) -> str | None:
    """Return a meaning that fits: a path may be longer than a text of ours."""
    if value is None:
        return None
    return value.encode()[: limits.TEXT_CHARS].decode(errors="ignore")


def _require_given(made: Made, now: int) -> None:
    reasons = {
        "revoked": (made.revoked is not None, "the release was revoked"),
        "expired": (now > made.expires, "the release expired"),
        "not-fetched": (made.fetched is None, "nobody fetched this release yet"),
        "deleted": (
            made.deleted is not None,
            "the recipient said that it deleted this release",
        ),
    }
    for reason, (holds, sentence) in reasons.items():
        if holds:
            msg = f"{sentence}: what its stand-ins mean is not told"
            raise DeniedError(reason, msg)


def _foreign() -> NoReturn:
    reason, msg = "other-recipient", "it is not signed by whom the release is for"
    raise DeniedError(reason, msg) from None
