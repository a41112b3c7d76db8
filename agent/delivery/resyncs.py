# SPDX-License-Identifier: Apache-2.0
"""Believes a resync of the store, and forgets the state that it names.

Rules: it is signed by the store's key, for this device and incarnation; one that is
not newer than the newest taken says nothing; it makes the next pass send a state whole
and can ask for nothing that is not planned, for only what was sent is remembered; one
state is forgotten once an hour at most; what was obeyed is in the ledger.
Not here: what is sent then (`snapshots.py`).
"""

from agent.device import Device
from agent.spool.spool import Spool
from wire import limits, signed
from wire.errors import IdentityError, NotYetValidError
from wire.messages import RESYNC
from wire.signed import SignedKind
from wire.trust import Root, by_identity

_TAKEN = "resync-taken"


def newest_resync(spool: Spool) -> int:
    """Return when the newest resync was issued that this spool has taken; 0: none."""
    return spool.value(_TAKEN) or 0


def take_resync(octets: bytes, device: Device, root: Root, now: int) -> bool:
    """Check a resync and forget the state that it names.

    Args:
        octets: the signed resync.
        device: whose spool remembers states.
        root: whose store keys may sign it.
        now: signed time, seconds since the epoch.

    Returns:
        Whether a state was forgotten; false where it is not news, where no such state
        was sent, and within an hour of the last time.

    Raises:
        WireError: it is not the store's, not for this spool, or not of this time.
        StateError: the disk refuses.
    """
    message = signed.read(octets, SignedKind.RESYNC, limits.RESYNC_BYTES)
    signed.check(message, by_identity(root.store))
    asked = RESYNC.decode(message.payload)
    spool = device.spool
    ours = device.who.tenant, device.who.device, spool.incarnation()
    if (asked.tenant, asked.device, asked.incarnation) != ours:
        msg = "the resync is for another device or spool"
        raise IdentityError(msg)
    if asked.issued > now + limits.CLOCK_SKEW_SECONDS:
        msg = "the resync is of a time that is still to come"
        raise NotYetValidError(msg)
    if asked.issued <= newest_resync(spool):
        return False
    purpose, dataset = asked.purpose.value, asked.dataset
    name = f"resync {purpose} {dataset}"
    last = spool.value(name)
    ready = last is None or now >= last + limits.RESYNC_SECONDS
    with spool.transaction() as change:
        change.set_number(_TAKEN, asked.issued)
        obeyed = ready and change.forget_snapshot(purpose, dataset)
        if obeyed:
            change.set_number(name, now)
            change.note(
                "resync",
                {"purpose": purpose, "dataset": dataset, "issued": asked.issued},
                now,
            )
    return obeyed
