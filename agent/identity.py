# SPDX-License-Identifier: Apache-2.0
"""Who this device is, and whom it believes.

Rules: identity is a key made here, never a name; what is believed hangs from the
pinned root; the pseudonym keys lie on disk only as they came, sealed to the device.
Not here: how an identity is gained (`enrolment.py`).
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from agent.errors import NotEnrolledError, StateError
from agent.state import State, read, write
from wire import limits, signed
from wire.codec import Field, Message, Octets, Text, Uint, fixed
from wire.crypto.opening import SEED_BYTES, OpeningKey
from wire.crypto.signing import SigningKey, identity
from wire.errors import IdentityError, WireError
from wire.keys import (
    PSEUDONYM_KEYS,
    PSEUDONYM_STATEMENT,
    PseudonymKey,
    pseudonym_info,
)
from wire.purposes import Purpose
from wire.signed import SignedKind
from wire.trust import ROOT, Root, Trusted, by_identity, check_bundle

_LIMIT = limits.MESSAGE_BYTES


@dataclass(frozen=True, slots=True)
class Held:
    """The identity file's content."""

    url: str
    signing: bytes = field(repr=False)
    sealing: bytes = field(repr=False)
    authority: bytes = field(repr=False)
    root: bytes = field(repr=False)
    enrolled: int


HELD = Message(
    "identity",
    Held,
    (
        Field(1, "url", Text(200, 1)),
        Field(2, "signing", fixed(32)),
        Field(3, "sealing", fixed(SEED_BYTES)),
        Field(4, "authority", Octets(1, 8 * limits.KIB)),
        Field(5, "root", Octets(1, _LIMIT)),
        Field(6, "enrolled", Uint()),
    ),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A device that has enrolled.

    Attributes:
        url: the collector's address.
        signing: the device's signing key.
        sealing: the device's own opening key, for its pseudonym keys and orders only.
        authority: the pinned CA certificate, DER.
        root: the newest root it was given at enrolment; a bundle brings newer ones.
        enrolled: when, seconds since the epoch.
    """

    url: str
    signing: SigningKey
    sealing: OpeningKey
    authority: bytes
    root: Root
    enrolled: int

    @property
    def device(self) -> bytes:
        """Return the device's 16-byte identity."""
        return identity(self.signing.public)

    @property
    def tenant(self) -> bytes:
        """Return the tenant's 16-byte id."""
        return self.root.tenant


def save(state: State, held: Held) -> None:
    """Write the identity file."""
    write(state.identity, HELD.encode(held))


def load(state: State) -> Identity:
    """Read the identity.

    Raises:
        NotEnrolledError: there is none.
        StateError: the file is damaged.
    """
    octets = read(state.identity, 2 * _LIMIT)
    if octets is None:
        msg = "this machine is not enrolled: run discreet-agent enrol TOKEN"
        raise NotEnrolledError(msg)
    try:
        held = HELD.decode(octets, 2 * _LIMIT)
        root = ROOT.decode(signed.read(held.root, SignedKind.ROOT).payload)
        keys = SigningKey(held.signing), OpeningKey(held.sealing)
    except WireError:
        msg = "identity.cbor is damaged: restore it, or remove it and enrol again"
        raise StateError(msg) from None
    return Identity(held.url, *keys, held.authority, root, held.enrolled)


def trusted(state: State, who: Identity, now: int) -> Trusted:
    """Return what the stored bundle makes trusted.

    Args:
        state: the state directory.
        who: the device.
        now: signed time.

    Raises:
        NotEnrolledError: no bundle is here.
        WireError: the bundle is expired, damaged or not signed by its roles.
    """
    octets = read(state.bundle, _LIMIT)
    if octets is None:
        msg = "no policy has arrived yet: run discreet-agent once"
        raise NotEnrolledError(msg)
    return check_bundle(octets, who.root, None, now, who.device)


def adopt_bundle(state: State, who: Identity, octets: bytes, now: int) -> Trusted:
    """Check a new bundle against the one held and store it.

    Raises:
        WireError: it may not be adopted; the one held stays.
    """
    held = held_bundle(state, who)
    accepted = check_bundle(octets, who.root, held, now, who.device)
    write(state.bundle, octets)
    return accepted


def held_bundle(state: State, who: Identity) -> Trusted | None:
    """Return what the stored bundle makes trusted but for its dates, or None.

    A damaged one is none: it must not keep the next one out.
    """
    octets = read(state.bundle, _LIMIT)
    if octets is not None:
        with suppress(WireError):
            return check_bundle(octets, who.root, None, None, who.device)
    return None


def pseudonym_keys(state: State, who: Identity, root: Root) -> tuple[PseudonymKey, ...]:
    """Return the pseudonym keys that were sealed to this device, or none."""
    octets = read(state.pseudonyms, _LIMIT)
    return () if octets is None else open_pseudonyms(octets, who, root)


def open_pseudonyms(
    octets: bytes, who: Identity, root: Root
) -> tuple[PseudonymKey, ...]:
    """Check and open a pseudonym message.

    Raises:
        WireError: not signed by the store, for another device, or damaged.
    """
    message = signed.read(octets, SignedKind.PSEUDONYMS)
    signed.check(message, by_identity(root.store))
    statement = PSEUDONYM_STATEMENT.decode(message.payload)
    if (statement.tenant, statement.device) != (who.tenant, who.device):
        msg = "the pseudonym keys are for another device"
        raise IdentityError(msg)
    info = pseudonym_info(who.tenant, who.device)
    return PSEUDONYM_KEYS.decode(who.sealing.open(statement.sealed, info)).keys


def current_names(
    keys: Sequence[PseudonymKey], trust: Trusted, now: int
) -> dict[tuple[Purpose, str], bytes]:
    """Return the pseudonym key of each class whose epoch it is.

    Args:
        keys: this device's pseudonym keys.
        trust: names the epochs; a pseudonym lives as long as its class's key.
        now: signed time, seconds since the epoch.

    Returns:
        (purpose, retention class) -> key; a class without one is absent.
    """
    known = {(item.purpose, item.start, item.end): item.key for item in keys}
    return {
        (item.purpose, item.retention): known[item.purpose, item.start, item.end]
        for item in trust.keys.keys
        if item.start <= now < item.end
        and (item.purpose, item.start, item.end) in known
    }
