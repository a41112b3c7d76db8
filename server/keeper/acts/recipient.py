# SPDX-License-Identifier: Apache-2.0
"""The act `recipient`: registers who may get data, lists them, suspends one.

Rules: each change is in the ledger before it counts; an agreement has not ended, and
the country is one to which data may go; that one is registered grants it nothing.
Not here: the file (`server/recipient_source.py`), grants (`share.py`).
"""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

from server.errors import DeniedError, UsageError
from server.keeper.desk import Desk
from server.keeper.sharing.countries import may_go
from server.recipient_source import read_source
from server.register import recipients, releases
from server.register.recipients import Entry
from server.register.releases import Made, Owed
from wire.errors import WireError
from wire.papers.recipient import (
    Recipient,
    RecipientKeys,
    fingerprint,
    read_recipient,
    recipient_digest,
    sign_recipient,
)

if TYPE_CHECKING:
    from wire.cbor import Plain

NAME = "recipient"


def answer(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[dict[str, object], None, None]:
    """Yield the recipients, after the change that is asked for.

    Args:
        desk: what the keeper works with.
        message: "do" is "list", "suspend" with "name", or "add" with "source" (TOML),
            "keys" and "authority" (hexadecimal digits; empty for none).
        user: who asks.
        now: the system's time.

    Raises:
        UsageError: the change is not possible, with what is.
        DeniedError: no such recipient may be registered.
    """
    match message:
        case {"do": "list"}:
            pass
        case {
            "do": "add",
            "source": str(text),
            "keys": str(keys),
            "authority": str(authority),
        }:
            _add(desk, text, bytes.fromhex(keys), bytes.fromhex(authority), user, now)
        case {"do": "suspend", "name": str(name)}:
            _suspend(desk, name, user, now)
        case _:
            msg = "ask to add, list or suspend"
            raise UsageError(msg)
    latest = max(now, desk.clock.latest())
    with desk.register.view() as connection:
        entries, made = recipients.every(connection), releases.every(connection)
    yield {"end": {"recipients": [_line(desk, one, made, latest) for one in entries]}}


def _add(
    desk: Desk, text: str, keys: bytes, authority: bytes, user: str, now: int
) -> None:
    with desk.ending:
        draft = read_source(text, keys, authority or None, desk.tenant, 1)
        with desk.register.view() as connection:
            before = recipients.find(connection, draft.name)
        version = 1 if before is None else before.version + 1
        entry = read_source(text, keys, authority or None, desk.tenant, version)
        if entry.agreement_until < max(now, desk.clock.latest()):
            reason = "recipient-expired"
            msg = f"the agreement with {entry.name} has ended: name one that runs"
            raise DeniedError(reason, msg)
        if not may_go(entry, desk.settings().countries):
            reason = "country"
            msg = (
                "data may not go to that country: name the transfer_tool that makes it "
                "lawful, or let the operator add it to [transfers] of config.toml"
            )
            raise DeniedError(reason, msg)
        try:
            paper = sign_recipient(entry, desk.keyring.keeper_key())
        except WireError as error:
            msg = f"the recipient cannot be registered: {error}"
            raise UsageError(msg) from None
        _tell(desk, "recipient-added", entry, user, now)
        with desk.register.transaction() as connection:
            recipients.put(connection, entry.name, version, paper)
            if entry.channel is not None:
                pem = authority.decode("ascii", "replace")
                recipients.put_authority(connection, entry.channel.authority, pem)


def _suspend(desk: Desk, name: str, user: str, now: int) -> None:
    with desk.ending:
        with desk.register.view() as connection:
            held = recipients.find(connection, name)
        if held is None or held.suspended is not None:
            msg = "no such recipient, or it is suspended: recipient list shows all"
            raise UsageError(msg)
        _tell(desk, "recipient-suspended", _read(desk, held), user, now)
        with desk.register.transaction() as connection:
            recipients.suspend(connection, name, now)


def _read(desk: Desk, held: Entry) -> Recipient:
    return read_recipient(held.octets, desk.keyring.keeper_key().public)


def _tell(desk: Desk, act: str, entry: Recipient, user: str, now: int) -> None:
    body: dict[str, Plain] = {
        "by": user,
        "recipient": entry.name,
        "version": entry.version,
        "role": entry.role.value,
        "agreement_until": entry.agreement_until,
        "country": entry.country,
        "digest": recipient_digest(entry),
    }
    desk.ledger.add(act, body, now)


def _line(desk: Desk, held: Entry, made: list[Made], now: int) -> dict[str, object]:
    entry = _read(desk, held)
    own = [one for one in made if one.recipient == entry.name]
    missing = [one for one in own if one.fetched and not one.received]
    overdue = [one for one in own if Owed.ATTESTATION in one.owes(now)]
    ended = entry.agreement_until < now
    state = "suspended" if held.suspended else "ended" if ended else "live"
    return {
        "name": entry.name,
        "version": entry.version,
        "state": state,
        "role": entry.role.value,
        "agreement": entry.agreement,
        "until": entry.agreement_until,
        "purposes": [purpose.value for purpose in entry.purposes],
        "country": entry.country,
        "transfer_tool": entry.transfer_tool or "",
        "contact": entry.contact,
        "channel": entry.channel.kind.value if entry.channel else "",
        "fingerprint": fingerprint(RecipientKeys("-", entry.sealing, entry.signing)),
        "releases": len(own),
        "receipts_missing": len(missing),
        "attestations_overdue": len(overdue),
    }
