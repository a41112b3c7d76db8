# SPDX-License-Identifier: Apache-2.0
"""Counts a device's rows under a grant, instead of believing the index.

Rules: the grant is decided and the line is in the ledger before anything is opened; one
envelope is in memory at a time and only numbers leave; what differs or does not open is
counted by its reason.
Not here: what the numbers should be (`server/balance.py`), showing rows
(`requests.py`).
"""

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field

from server import configuration
from server.devices import find_in
from server.errors import LimitError, UsageError
from server.reader.blocks import Keys
from server.reader.entries import entry_of
from server.reader.question import Request
from server.reader.remainders import open_remainder
from server.reader.requests import Desk, Message
from server.reader.tickets import keys_under
from server.store.interface import REMAINDER, Device, StoredEnvelope
from wire import envelope
from wire.envelope import EnvelopeKind, Header
from wire.errors import WireError
from wire.unsealing import unseal


@dataclass(slots=True)
class Counted:
    """What was counted.

    Attributes:
        envelopes: that were opened.
        rows: found in them.
        records: what the index says of them.
        announced: gaps and voids whose signature holds.
        wrong: what differs from what the device signed, by reason.
        unopened: what could not be opened, by reason.
    """

    envelopes: int = 0
    rows: int = 0
    records: int = 0
    announced: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    unopened: Counter[str] = field(default_factory=Counter)

    def message(self) -> Message:
        """Return it as the reader tells it."""
        return {
            "end": {
                "envelopes": self.envelopes,
                "rows": self.rows,
                "records": self.records,
                "announced": self.announced,
                "wrong": dict(sorted(self.wrong.items())),
                "unopened": dict(sorted(self.unopened.items())),
            }
        }


def counted(desk: Desk, request: Request, now: int) -> Generator[Message, None, None]:
    """Count the rows of one device and purpose; yields one message, the end.

    Args:
        desk: what a reading needs.
        request: from `parse`; it names one device.
        now: seconds since the epoch.

    Raises:
        UsageError: it names no device, or something that is none.
        DeniedError: the person may not read for the purpose; it is in the ledger.
        LimitError: the grant ended.
    """
    begun = desk.clock()
    settings = configuration.read(desk.layout)
    grant = desk.granted(request.wish, settings, now)
    if len(request.devices) != 1:
        msg = "one device is accounted for at a time: give --device once"
        raise UsageError(msg)
    device = find_in(desk.store, settings.tenant, request.devices[0])
    if grant.devices and device.device not in grant.devices:
        msg = "the ticket is bound to other devices than --device names"
        raise UsageError(msg)
    if grant.begins.get(device.device):
        msg = "the ticket shows a part of this device: account for it under another"
        raise UsageError(msg)
    desk.ledger.add("accounted", entry_of(grant) | {"device": device.device}, now)
    ends = begun + grant.until - now
    found = Counted()
    keys = keys_under(desk.keyring, settings.tenant, grant, now)
    keeper = desk.keyring.keeper_key().public
    for stored in desk.store.envelopes(
        settings.tenant, device=device.device, purpose=grant.purpose.value
    ):
        if desk.clock() >= ends:
            msg = "the grant ended before all was counted: ask for more --minutes"
            raise LimitError(msg)
        if stored.kind == REMAINDER:
            _count_remainder(found, keys, keeper, stored)
        else:
            _count(found, keys, device, stored)
    yield found.message()


def _count(found: Counted, keys: Keys, device: Device, stored: StoredEnvelope) -> None:
    """Count one envelope, or why not."""
    try:
        sealed, header = envelope.read(stored.octets)
        envelope.check_signature(sealed, header, device.public)
    except WireError as error:
        found.wrong[error.code] += 1
        return
    if _index(header) != _stored(stored):
        found.wrong["index-differs"] += 1
    if header.kind is not EnvelopeKind.DATA:
        found.announced += 1
        return
    key = keys.opening_key(header.key_id)
    if key is None:
        found.unopened[keys.why(header.key_id)] += 1
        return
    try:
        _, body = unseal(stored.octets, key, device.public)
    except WireError as error:
        found.wrong[error.code] += 1
        return
    found.envelopes += 1
    found.records += stored.records
    found.rows += sum(table.rows for table in body.tables)


def _count_remainder(
    found: Counted, keys: Keys, keeper: bytes, stored: StoredEnvelope
) -> None:
    """Count what is left of an envelope since an erasure: no row that is blank."""
    key = keys.opening_key(stored.key_id)
    if key is None:
        found.unopened[keys.why(stored.key_id)] += 1
        return
    try:
        _, opened = open_remainder(stored, key, keeper)
    except WireError as error:
        found.wrong[error.code] += 1
        return
    found.envelopes += 1
    found.records += stored.records
    found.rows += sum(item.left for item in opened.tables)


def _index(header: Header) -> tuple[object, ...]:
    """Return what the index has of an envelope that was signed so."""
    return (
        header.incarnation,
        header.sequence,
        header.kind.value,
        header.purpose.value,
        header.retention,
        header.records,
        header.instead,
        header.gap,
    )


def _stored(stored: StoredEnvelope) -> tuple[object, ...]:
    return (
        stored.incarnation,
        stored.sequence,
        stored.kind,
        stored.purpose,
        stored.retention,
        stored.records,
        stored.instead,
        stored.gap,
    )
