# SPDX-License-Identifier: Apache-2.0
"""Believes a mark of the store, and lets go of what it covers.

Rules: only a mark removes anything; it is signed by the store's key, for this device,
and names our own envelope, of this incarnation or of one that was salvaged; the newest
is kept beside the spool, which it may outlive.
Not here: receipts (`receipts.py`).
"""

from agent.anew import clear_former
from agent.device import Device
from agent.state import write
from wire import signed
from wire.errors import ChainError, IdentityError
from wire.messages import MARK
from wire.signed import SignedKind
from wire.trust import Root, by_identity


def take_mark(octets: bytes, device: Device, root: Root) -> int:
    """Check a mark and trim the spool.

    Args:
        octets: the signed mark.
        device: whose state directory keeps the mark and whose spool is trimmed.
        root: whose store keys may sign it.

    Returns:
        How many envelopes were removed; 0 where the mark is not news.

    Raises:
        WireError: it is not the store's, or not for what this spool has sent.
        StateError: the disk refuses.
    """
    message = signed.read(octets, SignedKind.MARK)
    signed.check(message, by_identity(root.store))
    mark = MARK.decode(message.payload)
    spool = device.spool
    ours = mark.incarnation == spool.incarnation()
    if (mark.tenant, mark.device) != (device.who.tenant, device.who.device):
        msg = "the mark is for another device"
        raise IdentityError(msg)
    if ours and mark.sequence <= spool.facts().marked:
        return 0
    since = spool.unmarked_since(mark.incarnation, mark.sequence)
    removed = spool.trim(mark.incarnation, mark.sequence, mark.digest, mark.server_time)
    if not removed and not ours:
        msg = "the mark is for another spool, of which nothing is here any more"
        raise IdentityError(msg)
    if not removed:
        msg = "the mark does not fit what this device has sent"
        raise ChainError(msg)
    if ours:
        write(device.state.unmarked_since, b"%d" % min(since, mark.server_time))
        write(device.state.mark, octets)
        clear_former(device)
    return removed
