# SPDX-License-Identifier: Apache-2.0
"""Gives out the data key of a release, once; takes receipts; ends what is over.

Rules: the key leaves only sealed to the recipient, on a request that it signed, before
the release expires or is revoked, while the recipient and its agreement stand; the
keeper's own copy is then destroyed; the same request is answered alike, no other is.
Not here: making a release (`writing.py`), the messages (`wire/papers/fetch.py`).
"""

from typing import TYPE_CHECKING

from server.errors import DeniedError, UsageError
from server.keeper import ends
from server.keeper.bounds import FETCH_SKEW_SECONDS
from server.keeper.desk import Desk
from server.keeper.sharing import pushing, resolving, writing
from server.register import recipients, releases
from server.register.releases import Made
from wire.errors import WireError
from wire.papers.fetch import (
    RELEASE_KEY,
    ReleaseKey,
    Said,
    named_release,
    read_fetch,
    read_received,
    received_release,
)
from wire.papers.recipient import Recipient, read_recipient
from wire.papers.release import head_digest, seal_data_key

if TYPE_CHECKING:
    from wire.cbor import Plain

_SIGNED = "what a recipient signs"


def give(desk: Desk, request: bytes, now: int) -> bytes:
    """Return the answer to a recipient's request, an encoded ReleaseKey.

    Args:
        desk: what the keeper works with.
        request: signed Fetch.
        now: the system's time.

    Raises:
        UsageError: it is not a request, or of no release.
        DeniedError: the key may not be given out; the ledger has why.
    """
    with desk.ending:
        made = writing.named(desk, request, named_release, _SIGNED)
        latest = desk.clock.latest()
        try:
            answer = _answered(desk, made, request, max(now, latest))
        except DeniedError as error:
            _tell(desk, "release-fetched", made, {"denied": error.reason}, now)
            raise
        if made.answer is None:
            _tell(desk, "release-fetched", made, {}, now)
            nonce = RELEASE_KEY.decode(answer).nonce
            with desk.register.transaction() as connection:
                releases.give(connection, made.id, nonce, answer, now)
        writing.end_key(desk, made.id, now)
        return answer


def take(desk: Desk, receipt: bytes, now: int) -> Said:
    """Note what a recipient says of a release; returns what that is.

    Args:
        desk: what the keeper works with.
        receipt: signed Received.
        now: seconds since the epoch.

    Raises:
        UsageError: it is not a receipt, or of no release.
        DeniedError: another signed it, or it is of another head.
    """
    with desk.ending:
        made = writing.named(desk, receipt, received_release, _SIGNED)
        recipient = _recipient(desk, made)
        try:
            said = read_received(receipt, recipient.signing)
        except WireError:
            raise _foreign() from None
        if said.head != head_digest(writing.head_of(desk, made)):
            reason, msg = "other-head", "the receipt is of another release of that id"
            raise DeniedError(reason, msg)
        deleted = said.said is Said.DELETED
        _tell(desk, "release-ended" if deleted else "release-received", made, {}, now)
        with desk.register.transaction() as connection:
            if deleted:
                releases.note_deleted(connection, made.id, now)
            else:
                releases.note_received(connection, made.id, now)
        return said.said


def revoke(desk: Desk, release: bytes, user: str, now: int) -> None:
    """End a release: its key is given out no more, and its files are removed.

    Args:
        desk: what the keeper works with.
        release: its id.
        user: who asks.
        now: seconds since the epoch.

    Raises:
        UsageError: there is no such release, or it was revoked.
    """
    with desk.ending:
        made = writing.find(desk, release)
        if made is None or made.revoked is not None:
            msg = "there is no such release, or it was revoked: share list shows all"
            raise UsageError(msg)
        _tell(desk, "share-revoked", made, {"by": user}, now)
        with desk.register.transaction() as connection:
            releases.revoke(connection, release, now)
        if writing.head_of(desk, made).pushed:
            return  # its head is a list of what left, and the recipient's to receipt
        writing.clear(desk, release, now)


def sweep(desk: Desk, now: int) -> None:
    """End what expired, and remove what was never whole.

    Args:
        desk: what the keeper works with.
        now: the system's time.

    Raises:
        ServerError: something cannot be removed; it is tried again.
    """
    with desk.ending:
        latest = max(now, desk.clock.latest())
        with desk.register.view() as connection:
            known = {made.id.hex(): made for made in releases.every(connection)}
        for made in known.values():
            if ends.release(made) <= latest and (made.note or made.answer):
                with desk.register.transaction() as connection:
                    releases.let_go(connection, made.id)
        kept = {
            name
            for name, made in known.items()
            if (latest < ends.release(made) and made.revoked is None)
            or (made.deleted is None and writing.head_of(desk, made).pushed)
        }
        for path in sorted(desk.layout.releases.glob("*")):
            if path.name not in kept:
                writing.remove(path)
        writing.end_strange_keys(desk, now)
        resolving.sweep(desk, latest)
        pushing.sweep(desk, latest)


def _answered(desk: Desk, made: Made, request: bytes, now: int) -> bytes:
    recipient = _recipient(desk, made)
    try:
        fetch = read_fetch(request, recipient.signing)
    except WireError:
        raise _foreign() from None
    if fetch.recipient != made.recipient:
        raise _foreign()
    if made.revoked is not None:
        reason, msg = "revoked", "the release was revoked: its key is given out no more"
        raise DeniedError(reason, msg)
    if now > made.expires:
        reason, msg = "expired", "the release expired: ask for another one"
        raise DeniedError(reason, msg)
    if now > recipient.agreement_until:
        reason = "recipient-expired"
        msg = f"the agreement with {recipient.name} ended: renew it with recipient add"
        raise DeniedError(reason, msg)
    if fetch.time > now + FETCH_SKEW_SECONDS:
        reason, msg = "ahead", "the request is of a time to come: set the clock there"
        raise DeniedError(reason, msg)
    if made.answer is not None and made.nonce == fetch.nonce:
        return made.answer
    head = writing.head_of(desk, made)
    if head.pushed:
        reason, msg = "pushed", "this was pushed to the channel: there is no key to it"
        raise DeniedError(reason, msg)
    key = writing.locked_key(desk, made)
    if key is None:
        reason, msg = "given-out", "the key was given out already: make a new release"
        raise DeniedError(reason, msg)
    sealed = seal_data_key(key, head, fetch.nonce, recipient.sealing)
    return RELEASE_KEY.encode(ReleaseKey(made.id, fetch.nonce, sealed))


def _recipient(desk: Desk, made: Made) -> Recipient:
    with desk.register.view() as connection:
        entry = recipients.find(connection, made.recipient)
    if entry is None or entry.suspended is not None:
        reason, msg = "no-recipient", "the recipient is suspended, or not registered"
        raise DeniedError(reason, msg)
    return read_recipient(entry.octets, desk.keyring.keeper_key().public)


def _foreign() -> DeniedError:
    reason, msg = "other-recipient", "it is not signed by whom the release is for"
    return DeniedError(reason, msg)


def _tell(desk: Desk, act: str, made: Made, more: "dict[str, Plain]", now: int) -> None:
    body: dict[str, Plain] = {
        "grant": made.granted,
        "release": made.id,
        "recipient": made.recipient,
    }
    desk.ledger.add(act, body | more, now)
