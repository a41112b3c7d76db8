# SPDX-License-Identifier: Apache-2.0
"""Sends signed orders to their device, takes them back, and notes how they ended.

Rules: the proofs are checked here as the device will check them, so that what it would
refuse is told at once, and the refusal is in the ledger; the ledger has an order before
the gate has it; an order is sealed to its device and a fresh list of removals goes
before it.
Not here: drafting (`drafting.py`), what a device makes of it (`agent/orders`).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from server.access import withdrawn
from server.errors import DeniedError, TrustError, UsageError
from server.orders.desk import Desk, refused
from server.register.tickets import digest_of
from server.store.interface import Device
from server.store.orders import FORGOTTEN_SECONDS, HeldOrder, OrderFate
from wire import limits
from wire.asking import diagnostic_of, unfit
from wire.authorisation import unauthorised
from wire.doing import OrderState
from wire.errors import WireError
from wire.orders import (
    Order,
    Proof,
    Request,
    challenge,
    read_order,
    seal_order,
    write_order,
)
from wire.refusals import Refusal

if TYPE_CHECKING:
    from wire.cbor import Plain

UNHEARD = "unheard"
"""How an order ended of which its device never said a word."""
SENT = "order-sent"
_KNOWN_SECONDS = limits.ORDER_SECONDS + FORGOTTEN_SECONDS + limits.CLOCK_SKEW_SECONDS
"""No order that the store remembers was sent before that."""
_PREFIX_CHARS = 4


def merged(signed: Sequence[bytes]) -> tuple[Order, Request]:
    """Return the one order of the files that technicians signed.

    Raises:
        TrustError: one is no order, or they are of different requests.
    """
    proofs: dict[bytes, Proof] = {}
    try:
        found = [read_order(octets)[0] for octets in signed]
        for order in found:
            proofs |= {proof.signer: proof for proof in order.proofs}
        if len({order.request for order in found}) == 1:
            return read_order(write_order(found[0].request, proofs.values()))
    except WireError:
        pass
    msg = "these are no orders of one request: give what discreet-authorise signed"
    raise TrustError(msg)


def send(desk: Desk, signed: Sequence[bytes], now: int, by: str) -> Request:
    """Check an order as its device will, and hand it to the gate; return its request.

    Args:
        desk: what orders are made with.
        signed: one or two files of the same request.
        now: seconds since the epoch.
        by: the person who sends it.

    Raises:
        TrustError: it is no order.
        DeniedError: no device would obey it; the ledger has that.
        UsageError: its device cannot be asked.
    """
    order, request = merged(signed)
    try:
        device = _allowed(desk, order, request, now)
        key = desk.ticket_key(request, now)
    except DeniedError as error:
        body: dict[str, Plain] = {"by": by, "order": request.id, "denied": error.reason}
        desk.ledger.add("order-refused", body, now)
        raise
    known = {one.identity: one.name for one in desk.authority.root().technicians}
    dataset = diagnostic_of(request, desk.catalogue)
    asked = dataset.diagnostic if dataset else None
    desk.ledger.add(
        SENT,
        {
            "by": by,
            "order": request.id,
            "device": request.device,
            "diagnostic": request.diagnostic,
            "ticket": request.ticket,
            "technicians": [known[proof.signer] for proof in order.proofs],
            "digest": challenge(order.request),
            "until": request.expires,
            "sensitive": int(asked is not None and asked.sensitive),
        },
        now,
    )
    desk.authority.removals().publish(now)
    octets = write_order(order.request, order.proofs, key)
    sealed = seal_order(octets, device.sealing, request.tenant, request.device)
    whose, ticket = (request.tenant, request.device), request.ticket
    digest = digest_of(request.tenant, ticket)
    held = HeldOrder(*whose, request.id, request.expires, sealed, digest)
    if not desk.store.orders.hold(held, now):
        msg = "this device is heard no more: nothing can be asked of it"
        raise UsageError(msg)
    return request


def cancel(desk: Desk, name: str, now: int, by: str) -> OrderFate:
    """Take an order back; its device is told before it does anything more.

    Args:
        desk: what orders are made with.
        name: first digits of its id.
        now: seconds since the epoch.
        by: the person who does it.

    Raises:
        UsageError: there is none, or it is over.
    """
    fate = find(desk, name)
    if fate.ended or fate.withdrawn or fate.expires < now:
        msg = "this order is over or was cancelled before: there is nothing to cancel"
        raise UsageError(msg)
    _take_back(desk, fate, now, by)
    return fate


def cancel_unsupported(desk: Desk, now: int) -> None:
    """Take orders back whose ticket was closed, or whose sender may ask no more."""
    waiting = [
        fate
        for fate in desk.store.orders.fates(desk.tenant)
        if not (fate.ended or fate.withdrawn or fate.expires < now)
    ]
    if not waiting:
        return
    senders = {
        order: str(body.get("by", "")) for order, body in sent_of(desk, now).items()
    }
    gone = withdrawn.of_senders(
        desk.layout.people, {*senders.values()}, desk.tenant, now
    )
    for fate in waiting:
        ticket = desk.ticket(fate.ticket)
        closed = ticket is None or not ticket.is_open(now)
        if closed or senders.get(fate.order) in gone:
            _take_back(desk, fate, now, "serve")


def sent_of(desk: Desk, now: int) -> Mapping[bytes, Mapping[int | str, "Plain"]]:
    """Return what the ledger has of the orders that the store may know, by order."""
    found: dict[bytes, Mapping[int | str, Plain]] = {}
    for entry in desk.ledger.recent(now - _KNOWN_SECONDS, SENT):
        body = entry.body or {}
        order = body.get("order")
        if isinstance(order, bytes):
            found[order] = body
    return found


def _take_back(desk: Desk, fate: OrderFate, now: int, by: str) -> None:
    body: dict[str, Plain] = {"by": by, "order": fate.order, "device": fate.device}
    desk.ledger.add("order-cancelled", body, now)
    # the list comes first: the withdrawal calls the device, which is told it then
    desk.authority.removals().publish(now, order=fate.order)
    desk.store.orders.withdraw(desk.tenant, fate.order, now)


def find(desk: Desk, name: str) -> OrderFate:
    """Return the one order that a person means.

    Raises:
        UsageError: it means none, or more than one.
    """
    digits = name.lower().replace(" ", "")
    found = [
        fate
        for fate in desk.store.orders.fates(desk.tenant)
        if len(digits) >= _PREFIX_CHARS and fate.order.hex().startswith(digits)
    ]
    if len(found) != 1:
        msg = (
            "no order of the last day begins so, or several do: discreet-server "
            "diagnose status shows them"
        )
        raise UsageError(msg)
    return found[0]


def note_ends(desk: Desk, now: int) -> None:
    """Write how orders ended into the ledger, each once.

    Raises:
        StateError: the ledger or the store cannot be written.
    """

    def write(fate: OrderFate) -> None:
        state = fate.doing.state.value if fate.doing else UNHEARD
        reason = fate.doing.reason if fate.doing else ""
        denied = reason or (state if state == OrderState.DENIED.value else "")
        body: dict[str, Plain] = {"order": fate.order, "device": fate.device}
        body |= {"state": state, "denied": denied}
        desk.ledger.add("order-ended", body, now)

    desk.store.orders.note_ends(desk.tenant, now, write)


def _allowed(desk: Desk, order: Order, request: Request, now: int) -> Device:
    """Return the device of an order that it would obey.

    Raises:
        DeniedError: it would not, by a rule that can be looked at here.
        UsageError: its device is not heard.
    """
    if request.tenant != desk.tenant:
        raise refused(Refusal.WRONG_TENANT)
    device = desk.store.device(desk.tenant, request.device)
    if device is None:
        raise refused(Refusal.WRONG_DEVICE)
    desk.heard(device)
    if request.incarnation != desk.incarnation(request.device):
        raise refused(Refusal.WRONG_INCARNATION)
    refusal = unfit(request, desk.catalogue, now) or _unsigned(desk, order, request)
    if refusal is not None:
        raise refused(refusal)
    desk.diagnostic(request.diagnostic)
    desk.check_ticket(request.ticket, request.device, now)
    if any(fate.order == request.id for fate in desk.store.orders.fates(desk.tenant)):
        raise refused(Refusal.SEEN_BEFORE)
    return device


def _unsigned(desk: Desk, order: Order, request: Request) -> Refusal | None:
    dataset = diagnostic_of(request, desk.catalogue)
    asked = dataset.diagnostic if dataset else None
    return unauthorised(
        order,
        request,
        desk.authority.root().technicians,
        desk.authority.removals().last().technicians,
        sensitive=asked is not None and asked.sensitive,
    )
