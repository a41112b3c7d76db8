# SPDX-License-Identifier: Apache-2.0
"""A request, written from what a person asks: whole, bounded and not signed.

Rules: what no device would do is refused here, in a sentence that says why; who asks is
a technician whom the root names; each parameter that was left out has its default, so
that all of it is seen before it is signed; none outlives its ticket.
Not here: signing (`technician/`), sending (`sending.py`).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from server import technicians
from server.errors import UsageError
from server.orders.desk import Desk, refused
from wire import limits
from wire.asking import unfit
from wire.diagnostics import check_parameters
from wire.doing import ORDER_ID_BYTES
from wire.errors import ParameterError, WireError
from wire.orders import Given, Request, write_request
from wire.parameter_words import as_signed, declared_of
from wire.purposes import Purpose
from wire.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for.

    Attributes:
        device: by label or first digits.
        diagnostic: its name.
        parameters: NAME=VALUE each.
        ticket: under which.
        reason: why, in the person's words.
        asked_by: the technician who will sign.
        seconds: until it may begin no more.
    """

    device: str
    diagnostic: str
    parameters: Sequence[str]
    ticket: str
    reason: str
    asked_by: str
    seconds: int


def draft(desk: Desk, wish: Wish, now: int) -> bytes:
    """Return the encoded request of a wish.

    Args:
        desk: what orders are made with.
        wish: what is asked for.
        now: seconds since the epoch.

    Raises:
        UsageError: a word of it will not do.
        DeniedError: it may not be asked.
    """
    device = desk.device(wish.device)
    dataset = desk.diagnostic(wish.diagnostic)
    asked = dataset.diagnostic
    if asked is None:
        raise refused(Refusal.UNKNOWN_DIAGNOSTIC)
    try:
        known = declared_of(dataset)
        typed = map(_pair, wish.parameters)
        signed = ((name, as_signed(known.get(name), text)) for name, text in typed)
        given = check_parameters(asked.parameters, signed)
    except ParameterError as error:
        raise UsageError(str(error)) from None
    ticket = desk.check_ticket(wish.ticket, device.device, now)
    request = Request(
        desk.tenant,
        device.device,
        desk.incarnation(device.device),
        secrets.token_bytes(ORDER_ID_BYTES),
        dataset.name,
        tuple(Given(name, value) for name, value in given.pairs()),
        Purpose.SUPPORT,
        wish.ticket,
        wish.reason,
        _asking(desk, wish.asked_by),
        now,
        min(now + _lasting(wish.seconds), ticket.until),
        asked.caps.seconds,
        asked.caps.rows,
        asked.caps.octets,
    )
    refusal = unfit(request, desk.catalogue, now)
    if refusal is not None:
        raise refused(refusal)
    try:
        return write_request(request)
    except WireError:
        msg = f"a reason has 1 to {limits.TEXT_CHARS} printable characters"
        raise UsageError(msg) from None


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        msg = "a parameter is written NAME=VALUE"
        raise UsageError(msg)
    return name, value


def _lasting(seconds: int) -> int:
    if not 0 < seconds <= limits.ORDER_SECONDS:
        msg = "a request is good for up to 24h: give it a shorter time"
        raise UsageError(msg)
    return seconds


def _asking(desk: Desk, name: str) -> str:
    """Return the name of a technician who may ask."""
    root = desk.authority.root()
    mine = [one for one in root.technicians if one.name == name]
    if not mine:
        mine = [technicians.find(root.technicians, name)]
    removed = desk.authority.removals().last().technicians
    if all(one.identity in removed for one in mine):
        raise refused(Refusal.TECHNICIAN_REMOVED)
    if not any(one.asks for one in mine):
        raise refused(Refusal.MAY_NOT_ASK)
    return mine[0].name
