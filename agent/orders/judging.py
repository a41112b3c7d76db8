# SPDX-License-Identifier: Apache-2.0
"""Whether this device obeys an order: the checks, one after the other.

Rules: octets and what the device knows go in, a verdict comes out; the first check that
fails answers; nothing here is decided by what a gate or a collector says, but for the
list of removals, which can only refuse more; it is asked when an order comes, and once
more before it begins.
Not here: whether the signatures are whose they should be (`wire/authorisation.py`),
asking a person (`consent.py`), running (`running.py`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from wire.asking import out_of_bounds
from wire.authorisation import unauthorised
from wire.catalogue import Dataset
from wire.diagnostics import Checked, Consent, Diagnostic, check_parameters
from wire.errors import ParameterError, WireError
from wire.keys import PurposeKey
from wire.orders import Order, Request, read_order
from wire.purposes import Purpose
from wire.refusals import Refusal
from wire.technicians import Technician
from wire.ticket_key import key_of_ticket


@dataclass(frozen=True, slots=True)
class Standing:
    """What a device knows when it judges.

    Attributes:
        tenant: its own.
        device: its own.
        incarnation: of its spool.
        datasets: all that this release declares, by name.
        permitted: diagnostics that the policy in force names for support, here.
        technicians: whom the newest root names.
        publishers: public keys that may publish keys, of the newest root.
        removed: identities of keys that were taken back since.
        cancelled: ids of requests that were taken back.
        fresh: whether the list of removals is new enough.
        seen: ids that were obeyed or refused before.
        since: requests issued up to then may have been forgotten.
        consents: what a person at the machine has settled, by diagnostic.
        consent: what that person has settled for all others; None for nothing.
        now: signed time.
    """

    tenant: bytes
    device: bytes
    incarnation: bytes
    datasets: Mapping[str, Dataset]
    permitted: Collection[str]
    technicians: Sequence[Technician]
    publishers: Sequence[bytes]
    removed: Collection[bytes]
    cancelled: Collection[bytes]
    fresh: bool
    seen: Collection[bytes]
    since: int
    consents: Mapping[str, Consent]
    consent: Consent | None
    now: int


@dataclass(frozen=True, slots=True)
class Good:
    """An order that is to be obeyed, as soon as the person at the machine agrees.

    Attributes:
        request: what is asked.
        parameters: as declared, with the defaults of those left out.
        consent: what the person at the machine has to say.
        key: of the ticket, to which what it brings is sealed.
    """

    request: Request
    parameters: Checked
    consent: Consent
    key: PurposeKey


@dataclass(frozen=True, slots=True)
class Bad:
    """An order that is not obeyed.

    Attributes:
        refusal: why.
        request: what it says of itself, which nobody vouches for; None where unread.
    """

    refusal: Refusal
    request: Request | None = None


def judge(octets: bytes, standing: Standing) -> Good | Bad:
    """Return what becomes of an order.

    Args:
        octets: the encoded order, as it was opened.
        standing: what the device knows.
    """
    try:
        order, request = read_order(octets)
    except WireError:
        return Bad(Refusal.MALFORMED)
    found = _misplaced(request, standing) or _judged(order, request, standing)
    return Bad(found, request) if isinstance(found, Refusal) else found


def _judged(order: Order, request: Request, standing: Standing) -> Good | Refusal:
    """Return what becomes of an order to this device."""
    asked = _diagnostic(request, standing)
    if isinstance(asked, Refusal):
        return asked
    parameters = _parameters(request, asked)
    if parameters is None:
        return Refusal.BAD_PARAMETERS
    refusal = (
        out_of_bounds(request, asked.caps, standing.now)
        or _spent(request, standing)
        or _unsigned(order, request, asked, standing)
    )
    if refusal is not None:
        return refusal
    key = _key(order, request, standing)
    if key is None:
        return Refusal.NO_TICKET_KEY
    consent = standing.consents.get(request.diagnostic) or standing.consent
    consent = consent or asked.consent
    if consent is Consent.NEVER:
        return Refusal.FORBIDDEN_HERE
    return Good(request, parameters, consent, key)


def _misplaced(request: Request, standing: Standing) -> Refusal | None:
    """Return whose it is, where it is not this device's."""
    if request.tenant != standing.tenant:
        return Refusal.WRONG_TENANT
    if request.device != standing.device:
        return Refusal.WRONG_DEVICE
    if request.incarnation != standing.incarnation:
        return Refusal.WRONG_INCARNATION
    return None


def _diagnostic(request: Request, standing: Standing) -> Diagnostic | Refusal:
    """Return how the diagnostic is declared, where the policy has it."""
    dataset = standing.datasets.get(request.diagnostic)
    if dataset is None or dataset.diagnostic is None:
        return Refusal.UNKNOWN_DIAGNOSTIC
    if request.purpose is not Purpose.SUPPORT:
        return Refusal.WRONG_PURPOSE
    if request.diagnostic not in standing.permitted:
        return Refusal.NOT_IN_POLICY
    return dataset.diagnostic


def _parameters(request: Request, asked: Diagnostic) -> Checked | None:
    given = ((item.name, item.value) for item in request.parameters)
    try:
        return check_parameters(asked.parameters, given)
    except ParameterError:
        return None


def _spent(request: Request, standing: Standing) -> Refusal | None:
    """Return why it may not begin, or not again."""
    if request.id in standing.seen or request.issued <= standing.since:
        return Refusal.SEEN_BEFORE
    return Refusal.CANCELLED if request.id in standing.cancelled else None


def _key(order: Order, request: Request, standing: Standing) -> PurposeKey | None:
    """Return the key of the request's ticket; None where nobody vouches for one."""
    if order.key is None:
        return None
    try:
        return key_of_ticket(order.key, standing.publishers, request, standing.now)
    except WireError:
        return None


def _unsigned(
    order: Order, request: Request, asked: Diagnostic, standing: Standing
) -> Refusal | None:
    return unauthorised(
        order,
        request,
        standing.technicians,
        standing.removed,
        sensitive=asked.sensitive,
        fresh=standing.fresh,
    )
