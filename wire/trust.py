# SPDX-License-Identifier: Apache-2.0
"""Who may say what: roles under an offline root, as in TUF, decided without I/O.

Rules: bytes and a time go in, a verdict comes out; each message is refused unless the
role that may sign it did, it is of this tenant, not older than the one held and not
past its end; a new root is signed by the old root and by itself.
Not here: storing what is trusted (`agent/identity.py`), making it (`server/authority`).
Source: TUF 1.0.33 section 5.3; python-tuf trusted_metadata_set.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wire import limits, signed
from wire.codec import Codec, Field, ListOf, Message, Octets, Uint, fixed
from wire.crypto.signing import PUBLIC_BYTES, identity
from wire.errors import (
    ExpiredError,
    IdentityError,
    NotYetValidError,
    RollbackError,
    SchemaError,
    SignatureError,
)
from wire.keys import KEY_STATEMENT, KeyStatement, epoch_length
from wire.placement import (
    Placed,
    Placement,
    check_follows,
    check_placed,
    read_placement,
)
from wire.policy import POLICY_STATEMENT, PolicyStatement
from wire.signed import SignedKind
from wire.technicians import TECHNICIAN, Technician, check_technicians


@dataclass(frozen=True, slots=True)
class Root:
    """The payload that the offline root signs: every other role's keys.

    Attributes:
        tenant: 16 bytes.
        version: 1, 2, 3 ... one at a time.
        issued: seconds since the epoch.
        not_after: a new root must have arrived by then.
        threshold: how many root keys must sign.
        roots: the root keys.
        policy: keys that may sign policies.
        keys: keys that may sign purpose keys.
        revocation: keys that may only remove.
        gate: current and next key of receipts and answers.
        store: current and next key of marks and pseudonym keys.
        authorities: SHA-256 of current and next CA certificate's public key (SPKI).
        technicians: who may authorise diagnostics.
    """

    tenant: bytes
    version: int
    issued: int
    not_after: int
    threshold: int
    roots: tuple[bytes, ...]
    policy: tuple[bytes, ...]
    keys: tuple[bytes, ...]
    revocation: tuple[bytes, ...]
    gate: tuple[bytes, ...]
    store: tuple[bytes, ...]
    authorities: tuple[bytes, ...]
    technicians: tuple[Technician, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that a device obeys, in one piece; each part carries its own signatures.

    Attributes:
        roots: signed roots, oldest first: the chain from any root still in use.
        policy: signed PolicyStatement.
        keys: signed KeyStatement.
        authorities: CA certificates, DER, current and next.
        placement: signed Placement of the device, where the policy has a target.
    """

    roots: tuple[bytes, ...]
    policy: bytes
    keys: bytes
    authorities: tuple[bytes, ...]
    placement: bytes | None = None


_KEY: Codec[bytes] = fixed(PUBLIC_BYTES)
_KEYS = ListOf(_KEY, 4, 1)
_NESTED = Octets(1, limits.MESSAGE_BYTES)
ROOT = Message(
    "root",
    Root,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "version", Uint(minimum=1)),
        Field(3, "issued", Uint()),
        Field(4, "not_after", Uint()),
        Field(5, "threshold", Uint(limits.SIGNATURES, 1)),
        Field(6, "roots", ListOf(_KEY, limits.SIGNATURES, 1)),
        Field(7, "policy", _KEYS),
        Field(8, "keys", _KEYS),
        Field(9, "revocation", _KEYS),
        Field(10, "gate", _KEYS),
        Field(11, "store", _KEYS),
        Field(12, "authorities", ListOf(fixed(32), 4, 1)),
        Field(13, "technicians", ListOf(TECHNICIAN, limits.TECHNICIANS)),
    ),
)
BUNDLE = Message(
    "bundle",
    Bundle,
    (
        Field(1, "roots", ListOf(_NESTED, limits.ROOTS, 1)),
        Field(2, "policy", _NESTED),
        Field(3, "keys", _NESTED),
        Field(4, "authorities", ListOf(Octets(1, 8 * limits.KIB), 4, 1)),
        Field(5, "placement", Octets(1, limits.PLACEMENT_BYTES), optional=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Trusted:
    """What a device trusts after checking a bundle.

    Attributes:
        root: the newest root.
        policy: the policy statement.
        policy_digest: SHA-256 of its payload, named in every header.
        keys: the key statement.
        authorities: CA certificates, DER.
        placement: which policy the device obeys; None where every device obeys it.
    """

    root: Root
    policy: PolicyStatement
    policy_digest: bytes
    keys: KeyStatement
    authorities: tuple[bytes, ...]
    placement: Placement | None = None

    @property
    def placed(self) -> Placed:
        """Return the policy with what says for whom it is."""
        return Placed(self.policy, self.policy_digest, self.placement)


def by_identity(keys: tuple[bytes, ...]) -> Mapping[bytes, bytes]:
    """Return signer identity -> public key."""
    return {identity(public): public for public in keys}


def root_digest(root: Root) -> bytes:
    """Return the digest that an enrolment token pins.

    It covers tenant, threshold and root keys, which survive a new version of the root
    that only changes other roles.
    """
    pinned = (root.tenant, root.threshold.to_bytes(1, "big"), *sorted(root.roots))
    return signed.digest(b"discreet/1/root\x00" + b"".join(pinned))


def read_root(payload: bytes) -> Root:
    """Return the root that a payload is; nothing in it is trusted yet.

    Raises:
        DecodeError: it is none, or names a technician's key twice.
    """
    root = ROOT.decode(payload)
    check_technicians(root.technicians)
    return root


def first_root(octets: bytes, digest: bytes) -> Root:
    """Return a root that a token pins.

    Args:
        octets: the signed root.
        digest: `root_digest` from the token.

    Raises:
        SignatureError: it is another root, or not signed by its own keys.
    """
    message = signed.read(octets, SignedKind.ROOT)
    root = read_root(message.payload)
    if root_digest(root) != digest:
        msg = "the collector's root is not the one that the token pins"
        raise SignatureError(msg)
    signed.check(message, by_identity(root.roots), root.threshold)
    return root


def next_root(octets: bytes, held: Root) -> Root:
    """Return the newer of a signed root and the one held.

    Raises:
        SignatureError: not signed by the old and the new root keys.
        RollbackError: a version was skipped.
        IdentityError: of another tenant.
    """
    message = signed.read(octets, SignedKind.ROOT)
    root = read_root(message.payload)
    if root.tenant != held.tenant:
        msg = "a root is of another tenant"
        raise IdentityError(msg)
    if root.version <= held.version:
        return held
    if root.version != held.version + 1:
        msg = "a version of the root is missing from the chain"
        raise RollbackError(msg)
    signed.check(message, by_identity(held.roots), held.threshold)
    signed.check(message, by_identity(root.roots), root.threshold)
    return root


def check_bundle(
    octets: bytes,
    root: Root,
    held: Trusted | None,
    now: int | None,
    device: bytes | None = None,
) -> Trusted:
    """Return what a bundle makes trusted, and what its device is to obey.

    Args:
        octets: the encoded bundle.
        root: the root held (or pinned by the token).
        held: what was trusted before, to refuse a step back; None at first.
        now: signed server time, or the newest time known; None to look at no dates,
            for a bundle that is only compared with its successor.
        device: who is to obey it; without one, no policy that has a target is taken.

    Raises:
        WireError: of the kind that names the reason.
    """
    trusted = check_statements(octets, root, held, now)
    check_placed(trusted.placed, root.tenant, device)
    return trusted


def check_statements(
    octets: bytes, root: Root, held: Trusted | None, now: int | None
) -> Trusted:
    """Return what a bundle makes trusted, whoever is to obey its policy.

    Args:
        octets: as `check_bundle` takes it, and so are the others.
        root: the root held.
        held: what was trusted before.
        now: signed time.

    Raises:
        WireError: of the kind that names the reason.
    """
    bundle = BUNDLE.decode(octets)
    for item in bundle.roots:
        root = next_root(item, root)
    within("root", root.issued, root.not_after, now)
    message = signed.read(bundle.policy, SignedKind.POLICY)
    signed.check(message, by_identity(root.policy))
    policy = POLICY_STATEMENT.decode(message.payload)
    same_tenant(root, policy.tenant, "policy")
    within("policy", policy.issued, policy.not_after, now)
    keys_message = signed.read(bundle.keys, SignedKind.KEYS)
    signed.check(keys_message, by_identity(root.keys))
    keys = KEY_STATEMENT.decode(keys_message.payload)
    same_tenant(root, keys.tenant, "keys")
    within("keys", keys.issued, keys.not_after, now)
    placement = None
    if bundle.placement is not None:
        placement = read_placement(bundle.placement, by_identity(root.policy))
    digest = signed.digest(message.payload)
    trusted = Trusted(root, policy, digest, keys, bundle.authorities, placement)
    if held is not None:
        check_follows(trusted.placed, held.placed)
        if keys.version < held.keys.version:
            msg = "the keys are older than those already trusted"
            raise RollbackError(msg)
    _check_keys(trusted)
    return trusted


def check_dates(trusted: Trusted, now: int) -> None:
    """Require that what was checked once is still in force.

    Args:
        trusted: what `check_bundle` has made of a bundle.
        now: as it takes it.

    Raises:
        ExpiredError: a part of it has ended.
        NotYetValidError: a part was issued later, beyond the skew.
    """
    root, policy, keys = trusted.root, trusted.policy, trusted.keys
    within("root", root.issued, root.not_after, now)
    within("policy", policy.issued, policy.not_after, now)
    within("keys", keys.issued, keys.not_after, now)


def within(what: str, issued: int, not_after: int, now: int | None) -> None:
    """Require that a moment lies between a statement's issue and its end.

    Args:
        what: the statement, for the sentence.
        issued: seconds since the epoch.
        not_after: its last second.
        now: the moment; None to look at no dates.

    Raises:
        ExpiredError: it has ended.
        NotYetValidError: it was issued later, beyond the skew.
    """
    if now is None:
        return
    if now > not_after:
        msg = f"the {what} has expired; publish a new one on the collector"
        raise ExpiredError(msg)
    if issued > now + limits.CLOCK_SKEW_SECONDS:
        msg = f"the {what} was issued later than now; set this machine's clock"
        raise NotYetValidError(msg)


def same_tenant(root: Root, tenant: bytes, what: str) -> None:
    """Require that a statement is of the root's tenant.

    Raises:
        IdentityError: of another tenant.
    """
    if tenant != root.tenant:
        msg = f"the {what} is of another tenant"
        raise IdentityError(msg)


def _check_keys(trusted: Trusted) -> None:
    """Require that no purpose key lives longer than the policy's retention allows."""
    for key in trusted.keys.keys:
        rules = trusted.policy.policy.rules(key.purpose)
        age = rules.maximum_age(key.retention) if rules else None
        if key.start >= key.end:
            msg = "a purpose key's epoch is empty"
            raise SchemaError(msg)
        if age is not None and key.end - key.start > epoch_length(age):
            msg = "a purpose key's epoch is longer than its retention allows"
            raise SchemaError(msg)
