# SPDX-License-Identifier: Apache-2.0
"""Writes notices into the outbox, lets them wait, and notes that they were delivered.

Rules: a text names cases, datasets, counts and days, never a value of a record; who
sends it is a person, and what proves that it arrived is a file's digest; a notice waits
only for a lawful reason that people decided on, and until a day.
Not here: who has to be told of what (what calls `due`), sending.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from server.errors import StateError, UsageError
from server.keeper.bounds import NOTICE_BYTES
from server.keeper.desk import Desk
from server.keeper.ledger_lines import add_once
from server.keeper.questions import begun_by
from server.key_files import have_directory, read_private, replace_file
from server.register import notices
from server.register.notices import Notice, NoticeKind, Standing

if TYPE_CHECKING:
    from wire.cbor import Plain

CLIENT = "client"
"""Whom a notice is for that goes to the tenant itself."""
DELAYABLE = frozenset({NoticeKind.DISCLOSURE, NoticeKind.BREACH})
"""What a law may forbid to tell at once; all else is told in its time."""
_LABEL = b"discreet/1/notice\x00"
_CASE = 16
"""Bytes of a case's id; other events are digests."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What somebody is to be told.

    Attributes:
        kind: what sort of notice it is.
        to: `CLIENT`, or a name of the register of recipients.
        event: what it is about: a case's id, or another id or digest.
        words: the text, without a value of any record.
        about: names that it tells of, such as uses.
    """

    kind: NoticeKind
    to: str
    event: bytes
    words: str
    about: tuple[str, ...] = ()

    @property
    def id(self) -> bytes:
        """Return what names the notice: told twice, it is the same one."""
        parts = self.kind.value.encode(), self.to.encode(), self.event
        framed = b"".join(hashlib.sha256(part).digest() for part in parts)
        return hashlib.sha256(_LABEL + framed).digest()[:16]


@dataclass(frozen=True, slots=True)
class Delay:
    """That a notice waits, by what people decided.

    Attributes:
        until: seconds since the epoch.
        case: in which they decided it.
    """

    until: int
    case: bytes


def due(
    desk: Desk, told: Telling, by: int | None, now: int, delay: Delay | None = None
) -> bytes:
    """Write a notice for somebody to deliver; one that was written stays as it is.

    Args:
        desk: what the keeper works with.
        told: what is told, and to whom.
        by: until when it is to be delivered, in seconds since the epoch; None where
            what it is about waits for it.
        now: seconds since the epoch.
        delay: until when it may wait instead, where people decided so.

    Returns:
        The notice's id.

    Raises:
        UsageError: the text is longer than a notice may be.
        StateError: the disk refuses, or the ledger; then nobody is told.
    """
    octets = f"{told.words.rstrip()}\n".encode()
    if len(octets) > NOTICE_BYTES:
        msg = f"a notice has {NOTICE_BYTES} bytes at most: say less"
        raise UsageError(msg)
    with desk.ending:
        with desk.register.view() as connection:
            if notices.find(connection, told.id) is not None:
                return told.id
        digest = hashlib.sha256(octets).digest()
        notice = Notice(
            *(told.id, told.kind, told.to, told.event, told.about, digest, now, by),
            *((None, None) if delay is None else (delay.until, delay.case)),
        )
        body = _body(notice) | {"digest": digest}
        if by is not None:
            body["until"] = by
        add_once(desk, "notice-due", body, ("notice",), 0)
        if delay is not None:
            waits: dict[str, Plain] = {"until": delay.until, "case": delay.case}
            add_once(desk, "notice-delayed", _body(notice) | waits, ("notice",), 0)
        path = path_of(desk, told.id)
        have_directory(path.parent)
        replace_file(path, octets)
        with desk.register.transaction() as connection:
            notices.add(connection, notice)
    return told.id


def delay(desk: Desk, number: bytes, waits: Delay, now: int) -> None:
    """Let a notice wait that was not delivered; may be called again after a crash.

    Args:
        desk: what the keeper works with.
        number: the notice.
        waits: until when, and by which case.
        now: seconds since the epoch.

    Raises:
        UsageError: there is no such notice.
    """
    with desk.ending:
        notice = held(desk, number)
        if notice.standing(now) is Standing.DELIVERED:
            return
        body = _body(notice) | {"until": waits.until, "case": waits.case}
        add_once(desk, "notice-delayed", body, ("notice", "case"), 0)
        with desk.register.transaction() as connection:
            notices.delay(connection, number, waits.until, waits.case)


def delayable(desk: Desk, number: bytes, now: int) -> Notice:
    """Return a notice that may wait.

    Raises:
        UsageError: there is no such notice, or it may not wait.
    """
    notice = held(desk, number)
    if notice.kind not in DELAYABLE:
        msg = f"no law lets a notice of {notice.kind.value} wait: deliver it"
        raise UsageError(msg)
    if notice.standing(now) is Standing.DELIVERED:
        msg = "this notice was delivered: there is nothing to delay"
        raise UsageError(msg)
    return notice


def deliver(desk: Desk, number: bytes, proof: bytes, user: str, now: int) -> Notice:
    """Note that a notice was delivered; returns it as it stands then.

    Args:
        desk: what the keeper works with.
        number: the notice.
        proof: digest of the file that shows it, 32 bytes.
        user: who says so.
        now: seconds since the epoch.

    Raises:
        UsageError: there is no such notice, or it was delivered.
    """
    with desk.ending:
        notice = held(desk, number)
        if notice.standing(now) is Standing.DELIVERED:
            msg = "this notice was delivered already: its proof stays as it is"
            raise UsageError(msg)
        moment = max(now, desk.clock.latest())  # what waits since then waits in full
        said: dict[str, Plain] = {"by": user, "digest": proof}
        desk.ledger.add("notice-delivered", _body(notice) | said, moment)
        with desk.register.transaction() as connection:
            notices.deliver(connection, number, proof, moment)
        return held(desk, number)


def held(desk: Desk, number: bytes) -> Notice:
    """Return a notice.

    Raises:
        UsageError: there is no such notice.
    """
    with desk.register.view() as connection:
        notice = notices.find(connection, number)
    if notice is None:
        msg = "there is no such notice: discreet-server notice list shows all"
        raise UsageError(msg)
    return notice


def numbered(desk: Desk, digits: str) -> bytes:
    """Return the id of the one notice that begins with these digits.

    Raises:
        UsageError: none does, or more than one.
    """
    with desk.register.view() as connection:
        known = {one.id: one.id for one in notices.every(connection)}
    return begun_by(digits, known, "notice", "notice list")


def path_of(desk: Desk, number: bytes) -> Path:
    """Return where a notice's text waits."""
    return desk.layout.outbox / f"{number.hex()}.txt"


def text_of(desk: Desk, notice: Notice) -> str:
    """Return a notice's text; empty where it has ended.

    Raises:
        StateError: it is not the text that was written.
    """
    path = path_of(desk, notice.id)
    if not path.exists():
        return ""
    octets = read_private(path, NOTICE_BYTES)
    if hashlib.sha256(octets).digest() != notice.digest:
        msg = f"{path} is not the text that was written: restore it from a backup"
        raise StateError(msg)
    return octets.decode()


def _body(notice: Notice) -> "dict[str, Plain]":
    body: dict[str, Plain] = {
        "notice": notice.id,
        "kind": notice.kind.value,
        "recipient": notice.recipient,
    }
    return body | ({"case": notice.event} if len(notice.event) == _CASE else {})
