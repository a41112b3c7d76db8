# SPDX-License-Identifier: Apache-2.0
"""Whether a client's data may go to an acquirer now; if not, why and until when.

Rules: the acquirer is whom the client was told of, by the very entry of the register;
the notice was delivered and its window has passed, by the time that is never ahead;
config.toml can lengthen the window and never shorten it; each refusal is in the ledger.
Not here: the notice's words (`notice.py`), who approves (`server/keeper/people.py`).
Source: the privacy statement, 4.2; REQUIREMENTS S9.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from server.errors import DeniedError, UsageError
from server.keeper.bounds import TRANSFER_WINDOW_SECONDS
from server.keeper.desk import Desk
from server.keeper.notices import CLIENT, Telling
from server.keeper.rights.about import moment
from server.keeper.sharing import granting
from server.keeper.sharing.permitted import Permission, unfit
from server.keeper.terms import day_of
from server.register import notices
from server.register.notices import Notice, NoticeKind
from wire import limits
from wire.papers.matter import Matter
from wire.papers.recipient import Recipient, RecipientRole, recipient_digest
from wire.policy import Policy
from wire.policy_check import DAY
from wire.purposes import RULES, Purpose

if TYPE_CHECKING:
    from wire.cbor import Plain

RECIPIENT, ENTRY, PURPOSES = "recipient", "entry", "purposes"
BASIS, UNTIL, FORMAT = "basis", "until", "format"
FORMATS = ("jsonl", "csv", "parquet")
"""In which any table can be; the others drop what they have no word for."""
BASIS_CHARS = limits.TEXT_CHARS - 64
"""Of the legal basis: a release's head has it with the purpose behind it."""
_EVENT = b"discreet/1/transfer-told\x00"


@dataclass(frozen=True, slots=True)
class Handover:
    """What is to go, to whom, and of which notice the client had the time to answer.

    Attributes:
        case: in which it is asked for, 16 bytes.
        recipient: the acquirer, as the register has it now.
        purposes: for which data goes.
        notice: by which the client was told.
        until: last second at which anything is handed over.
        form: format of the files.
        basis: on what legal basis.
    """

    case: bytes
    recipient: Recipient
    purposes: tuple[Purpose, ...]
    notice: Notice
    until: int
    form: str
    basis: str


def acquirer(desk: Desk, name: str, now: int) -> Recipient:
    """Return an acquirer that may get data at all.

    Raises:
        DeniedError: it may not, and why.
    """
    held = granting.registered(desk, name)
    moment_of = max(now, desk.clock.latest())
    refused = unfit(held, desk.settings().countries, moment_of)
    if refused or held is None:
        raise DeniedError(refused, Permission(refused=refused).sentence)
    if held.recipient.role is not RecipientRole.ACQUIRER:
        reason = "no-acquirer"
        msg = "a business goes to a recipient of role acquirer: register it as one"
        raise DeniedError(reason, msg)
    return held.recipient


def purposes_of(recipient: Recipient, policy: Policy) -> tuple[Purpose, ...]:
    """Return for which purposes of a policy an acquirer gets data.

    Of a purpose without identifiers, such as `improvement`, nobody gets rows.

    Raises:
        DeniedError: for none.
    """
    found = tuple(
        purpose
        for purpose in Purpose
        if purpose in recipient.purposes
        and RULES[purpose].identifiers
        and policy.rules(purpose) is not None
    )
    if not found:
        reason = "purpose-not-granted"
        msg = (
            "nothing goes for the purposes that the acquirer is registered for: "
            "register it for some of the policy in force; improvement has no rows"
        )
        raise DeniedError(reason, msg)
    return found


def told_of(recipient: Recipient, purposes: tuple[Purpose, ...]) -> Telling:
    """Return the telling of a transfer, without its words.

    Another entry of the acquirer, or another purpose, is another one.
    """
    names = tuple(purpose.value for purpose in purposes)
    parts = _EVENT, recipient_digest(recipient), " ".join(names).encode()
    event = hashlib.sha256(b"".join(parts)).digest()
    about = recipient.name, *names
    return Telling(NoticeKind.TRANSFER, CLIENT, event, "", about)


def window(desk: Desk) -> int:
    """Return how long nothing moves after the client was told, in seconds."""
    return max(TRANSFER_WINDOW_SECONDS, desk.settings().transfer_window)


def opens(desk: Desk, notice: Notice) -> int | None:
    """Return the first second at which something may move; None before delivery."""
    return None if notice.delivered is None else notice.delivered + window(desk)


def drawn(desk: Desk, matter: Matter, now: int) -> Handover:
    """Return what a matter asks for, if that may go now.

    Args:
        desk: what the keeper works with.
        matter: of kind transfer.
        now: the system's time.

    Raises:
        UsageError: it does not say what it must.
        DeniedError: it may not go now; the ledger has why.
    """
    name, basis = matter.term(RECIPIENT) or "", matter.term(BASIS) or ""
    form, purposes = matter.term(FORMAT), _purposes(matter)
    until = day_of(matter, UNTIL, "through which day data is handed over") + DAY - 1
    if not basis or len(basis.encode()) > BASIS_CHARS:
        msg = f"say on what legal basis, in {BASIS_CHARS} bytes at most"
        raise UsageError(msg)
    if form not in FORMATS:
        msg = f"--format is one of {', '.join(FORMATS)}"
        raise UsageError(msg)
    with noting(desk, {"case": matter.case, "recipient": name}, now):
        recipient = acquirer(desk, name, now)
        if recipient_digest(recipient).hex() != matter.term(ENTRY):
            _deny("other-recipient")
        notice = _heard(desk, recipient, purposes)
    return Handover(matter.case, recipient, purposes, notice, until, form, basis)


def _purposes(matter: Matter) -> tuple[Purpose, ...]:
    names = (matter.term(PURPOSES) or "").split()
    known = {purpose.value: purpose for purpose in Purpose}
    if not names or not set(names) <= known.keys():
        msg = "a transfer names the purposes for which data goes"
        raise UsageError(msg)
    return tuple(known[name] for name in names)


def _heard(desk: Desk, recipient: Recipient, purposes: tuple[Purpose, ...]) -> Notice:
    """Return the notice that the client had its time to answer."""
    with desk.register.view() as connection:
        notice = notices.find(connection, told_of(recipient, purposes).id)
    if notice is None:
        _deny("no-notice")
    first = opens(desk, notice)
    if first is None:
        _deny("notice-not-delivered")
    if desk.clock.now() < first:
        _deny("notice-window", moment(first), window(desk) // DAY)
    return notice


_SENTENCES = {
    "other-recipient": "the acquirer's entry changed since this was asked: tell the "
    "client of the new one, and ask again when its time has passed",
    "no-notice": "the client was not told of this acquirer, as it is registered now, "
    "for these purposes: write that with transfer notice",
    "notice-not-delivered": "nothing goes before the client was told: deliver the "
    "notice, and enter its proof with notice delivered",
    "notice-window": "nothing goes before {}, by the keeper's clock: the client has {} "
    "days to answer since the notice was delivered",
}


def _deny(reason: str, *words: object) -> NoReturn:
    raise DeniedError(reason, _SENTENCES[reason].format(*words))


@contextmanager
def noting(desk: Desk, body: "dict[str, Plain]", now: int) -> Iterator[None]:
    """Write down what is refused within, and let it go on.

    Args:
        desk: what the keeper works with.
        body: what the line says besides.
        now: seconds since the epoch.
    """
    try:
        yield
    except DeniedError as error:
        desk.ledger.add("transfer-refused", body | {"denied": error.reason}, now)
        raise
