# SPDX-License-Identifier: Apache-2.0
"""Who speaks, and whether it is heard.

Rules: the key is the one that was enrolled under the name in the message; the state is
looked at after the signature, so only the device itself learns it.
Not here: what is said (`protocol.py`), who holds how much (`shares.py`).
"""

from typing import TypeVar

from server.problems import Problem, Refusal
from server.store.interface import Device, DeviceState, Sender
from wire import limits, signed
from wire.crypto.signing import identity
from wire.errors import WireError

T = TypeVar("T")
Whose = tuple[bytes, bytes]
"""A tenant and a device of it."""


def check_name(message: signed.Signed, device: bytes) -> None:
    """Require that a message is signed in the name of the device that it names.

    Raises:
        Refusal: wrong-identity.
    """
    if all(item.signer != device for item in message.signatures):
        raise Refusal(Problem.WRONG_IDENTITY)


def enrolled(found: T | None) -> T:
    """Return what a store knows of a device.

    Raises:
        Refusal: unknown-device.
    """
    if found is None:
        raise Refusal(Problem.UNKNOWN_DEVICE)
    return found


def check_speaker(
    message: signed.Signed,
    found: Device | Sender,
    whose: Whose,
    *,
    leaving: bool = False,
) -> None:
    """Require that a device that is heard has signed for itself.

    Args:
        message: what somebody signed.
        found: the device that it names, as the store knows it.
        whose: tenant and device that it names.
        leaving: whether one that said farewell is heard, for it may repeat that.

    Raises:
        Refusal: bad-signature, revoked, quarantined, gone.
    """
    try:
        signed.check(message, {identity(found.public): found.public})
    except WireError:
        raise Refusal(Problem.BAD_SIGNATURE) from None
    check_state(found.state, whose, leaving=leaving)


def check_state(state: DeviceState, whose: Whose, *, leaving: bool = False) -> None:
    """Require that a device is heard.

    Args:
        state: as the store knows it.
        whose: the tenant and the device, which has signed.
        leaving: whether one that said farewell is.

    Raises:
        Refusal: revoked, quarantined or gone.
    """
    if state is DeviceState.GONE and not leaving:
        raise Refusal(Problem.GONE, whose)
    if state is DeviceState.REVOKED:
        raise Refusal(Problem.REVOKED, whose)
    if state is DeviceState.QUARANTINED:
        raise Refusal(Problem.QUARANTINED, whose)


def check_clock(stated: int, now: int, whose: Whose | None = None) -> None:
    """Require that a stated time is near the server's.

    Args:
        stated: seconds since the epoch.
        now: the server's.
        whose: the tenant and the device, which has signed; None for one that is none.

    Raises:
        Refusal: clock-skew.
    """
    if abs(stated - now) > limits.CLOCK_SKEW_SECONDS:
        raise Refusal(Problem.CLOCK_SKEW, whose)
