# SPDX-License-Identifier: Apache-2.0
"""What the holder of keys does unasked: marks, pseudonym keys, and giving up holes.

Rules: a mark is signed only for what the store holds without a hole, or for what it
gave up; a hole is given up only where its device says that it cannot send it again,
after a day in which a backup may fill it, and in the ledger first; pseudonym keys are
sealed to the one device they are for, anew when an epoch or the policy changes;
all are small and cheap when there is nothing to do.
Not here: when (`process.py`), the keys themselves (`server/keyring`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.store.bounds import LOST_SECONDS
from server.store.interface import Device, DeviceState, Store
from wire import signed
from wire.cbor import Plain
from wire.crypto import sealing
from wire.crypto.signing import SigningKey
from wire.errors import SchemaError, WireError
from wire.keys import (
    PSEUDONYM_KEYS,
    PSEUDONYM_STATEMENT,
    PseudonymKey,
    PseudonymKeys,
    PseudonymStatement,
    pseudonym_info,
)
from wire.messages import MARK, Mark
from wire.policy import PolicyStatement
from wire.purposes import Purpose
from wire.signed import SignedKind

ALL_SECONDS = 600
"""How often every message is read again, though nothing has changed."""


class PseudonymSource(Protocol):
    """What pseudonym messages need of a keyring."""

    def pseudonym_keys(
        self, tenant: bytes, purposes: Sequence[Purpose], now: int
    ) -> list[PseudonymKey]:
        """Return the keys of purposes whose epoch has not ended."""


def sign_marks(store: Store, role: SigningKey, now: int) -> int:
    """Sign a mark for each chain that grew; returns how many.

    Args:
        store: the sealed store.
        role: the store role's key.
        now: seconds since the epoch, told to devices as signed time.
    """
    ends = store.unmarked()
    for end in ends:
        mark = Mark(
            end.tenant, end.device, end.incarnation, end.sequence, end.digest, now
        )
        store.set_mark(end, signed.sign(SignedKind.MARK, MARK.encode(mark), [role]))
    return len(ends)


class Acts(Protocol):
    """Where acts are written down."""

    def add(self, act: str, body: Mapping[str, Plain], now: int) -> object:
        """Add an entry durably."""


def give_up_holes(store: Store, ledger: Acts, now: int) -> int:
    """Let chains go on over what nobody can send; returns how many holes.

    Such a hole is left where a store was restored from a backup: its devices hold
    marks for what came after, and have deleted it.

    Args:
        store: the sealed store.
        ledger: has a line for each device before its holes are given up; which they
            are is in its account.
        now: seconds since the epoch.
    """
    holes = store.unfillable(now - LOST_SECONDS)
    for device in dict.fromkeys(hole.device for hole in holes):
        found = [hole for hole in holes if hole.device == device]
        body: dict[str, Plain] = {
            "device": device,
            "holes": len(found),
            "numbers": sum(hole.last - hole.first + 1 for hole in found),
        }
        ledger.add("store-lost", body, now)
        for hole in found:
            store.give_up(hole, now)
    return len(holes)


@dataclass(slots=True)
class Served:
    """Until when all active devices that had a message had what was due.

    Attributes:
        due: since when a message has to be.
        until: seconds since the epoch after which all are looked at again: the disk may
            have damaged one.
    """

    due: int = -1
    until: int = -1


def send_pseudonym_keys(
    store: Store,
    keyring: PseudonymSource,
    role: SigningKey,
    policy: PolicyStatement,
    now: int,
    served: Served | None = None,
) -> int:
    """Leave each active device its current pseudonym keys; returns to how many.

    Args:
        store: the sealed store, where the gate finds the messages.
        keyring: has the keys.
        role: the store role's key.
        policy: in force; its purposes are those that devices emit.
        now: seconds since the epoch.
        served: of the last look; only devices without a message are looked at where
            nothing has changed since. None looks at all.
    """
    served = served or Served()
    purposes = [rules.purpose for rules in policy.policy.purposes]
    keys = keyring.pseudonym_keys(policy.tenant, purposes, now)
    due = max((key.start for key in keys if key.start <= now), default=0)
    due = max(due, policy.issued)
    every = served.due != due or not 0 <= served.until - now <= ALL_SECONDS
    some = store.devices(policy.tenant) if every else store.unkeyed(policy.tenant)
    sent = 0
    for device in some:
        if device.state is DeviceState.ACTIVE and _issued(store, device) < due:
            message = _message(device, keys, role, now)
            if message is not None:
                store.set_pseudonyms(device.tenant, device.device, message)
                sent += 1
    if every:
        served.due, served.until = due, now + ALL_SECONDS
    return sent


def _issued(store: Store, device: Device) -> int:
    """Return when a device's message was made; -1 for none or a damaged one."""
    octets = store.pseudonyms(device.tenant, device.device)
    if octets is None:
        return -1
    try:
        message = signed.read(octets, SignedKind.PSEUDONYMS)
        return PSEUDONYM_STATEMENT.decode(message.payload).issued
    except WireError:
        return -1


def _message(
    device: Device, keys: Sequence[PseudonymKey], role: SigningKey, now: int
) -> bytes | None:
    """Return the signed message; None where the device's own key is malformed."""
    content = PSEUDONYM_KEYS.encode(PseudonymKeys(tuple(keys)))
    info = pseudonym_info(device.tenant, device.device)
    try:
        sealed = sealing.seal(content, device.sealing, info)
    except SchemaError:
        return None
    statement = PseudonymStatement(device.tenant, device.device, now, sealed)
    return signed.sign(
        SignedKind.PSEUDONYMS, PSEUDONYM_STATEMENT.encode(statement), [role]
    )
