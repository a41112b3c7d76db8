# SPDX-License-Identifier: Apache-2.0
"""Whether a request asks for what there is: the checks that need no device.

Rules: one check for who drafts, who signs and who sends, of which a device takes the
bounds; the catalogue is the asker's own, never one that came with the request.
Not here: who may sign (`wire/authorisation.py`), what a device checks beside
(`agent/orders`).
"""

from wire import limits
from wire.catalogue import Catalogue, Dataset
from wire.diagnostics import Caps, check_parameters
from wire.errors import ParameterError
from wire.orders import Request
from wire.purposes import Purpose
from wire.refusals import Refusal


def diagnostic_of(request: Request, catalogue: Catalogue) -> Dataset | None:
    """Return the declaration that a request asks for; None where there is none."""
    found = catalogue.datasets.get(request.diagnostic)
    return found if found is not None and found.diagnostic is not None else None


def unfit(request: Request, catalogue: Catalogue, now: int) -> Refusal | None:
    """Return why no device would do what is asked; None where one might.

    Args:
        request: as it was read.
        catalogue: of this release.
        now: seconds since the epoch.
    """
    dataset = diagnostic_of(request, catalogue)
    if dataset is None or dataset.diagnostic is None:
        return Refusal.UNKNOWN_DIAGNOSTIC
    if request.purpose is not Purpose.SUPPORT:
        return Refusal.WRONG_PURPOSE
    asked = dataset.diagnostic
    try:
        check_parameters(
            asked.parameters, ((one.name, one.value) for one in request.parameters)
        )
    except ParameterError:
        return Refusal.BAD_PARAMETERS
    return out_of_bounds(request, asked.caps, now)


def out_of_bounds(request: Request, caps: Caps, now: int) -> Refusal | None:
    """Return which bound a request breaks; None where it keeps to all.

    Args:
        request: as it was read.
        caps: as the diagnostic declares them.
        now: seconds since the epoch.
    """
    wanted = request.seconds, request.rows, request.octets
    most = caps.seconds, caps.rows, caps.octets
    if any(one > cap for one, cap in zip(wanted, most, strict=True)):
        return Refusal.OVER_CAPS
    if request.issued > now + limits.CLOCK_SKEW_SECONDS:
        return Refusal.NOT_YET_VALID
    if now > request.expires:
        return Refusal.EXPIRED
    if request.expires - request.issued > limits.ORDER_SECONDS:
        return Refusal.VALID_TOO_LONG
    return None
