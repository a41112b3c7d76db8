# SPDX-License-Identifier: Apache-2.0
"""The keeper's key, and the way from a pinned root digest to a paper.

Rules: root digest, roots, keys role, keeper statement, paper, each signed by the one
before; what was signed in its time stays proven after its end, so a paper is judged by
its own time and not by the reader's.
Not here: publishing the statement (`server/publishing.py`).
Source: docs/spec/keeper.md, "Trust".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wire import limits, signed, trust
from wire.codec import Field, ListOf, Message, Octets, Uint, fixed
from wire.crypto.signing import PUBLIC_BYTES, SigningKey
from wire.errors import ExpiredError, IdentityError, NotYetValidError, SchemaError
from wire.signed import SignedKind


@dataclass(frozen=True, slots=True)
class KeeperStatement:
    """The payload by which the keys role names the keeper's key.

    Attributes:
        tenant: 16 bytes.
        version: goes up with each statement.
        issued: seconds since the epoch.
        not_after: no paper of a later time counts.
        public: the keeper's Ed25519 key.
        since: no paper of an earlier time counts.
    """

    tenant: bytes
    version: int
    issued: int
    not_after: int
    public: bytes
    since: int


@dataclass(frozen=True, slots=True)
class Proof:
    """A paper with all that verifies it but the pinned root digest.

    Attributes:
        roots: signed roots, oldest first, the first one pinned.
        keeper: signed KeeperStatement.
        paper: the signed paper.
    """

    roots: tuple[bytes, ...]
    keeper: bytes
    paper: bytes


KEEPER_STATEMENT = Message(
    "keeper-statement",
    KeeperStatement,
    (
        Field(1, "tenant", fixed(16)),
        Field(2, "version", Uint(minimum=1)),
        Field(3, "issued", Uint()),
        Field(4, "not_after", Uint()),
        Field(5, "public", fixed(PUBLIC_BYTES)),
        Field(6, "since", Uint()),
    ),
)
_NESTED = Octets(1, limits.MESSAGE_BYTES)
PROOF = Message(
    "proof",
    Proof,
    (
        Field(1, "roots", ListOf(_NESTED, limits.ROOTS, 1)),
        Field(2, "keeper", _NESTED),
        Field(3, "paper", _NESTED),
    ),
)


def sign_keeper(statement: KeeperStatement, key: SigningKey) -> bytes:
    """Return a statement signed by a key of the keys role."""
    payload = KEEPER_STATEMENT.encode(statement)
    return signed.sign(SignedKind.KEEPER, payload, [key])


def keeper_of(
    roots: Sequence[bytes], statement: bytes, digest: bytes, now: int | None
) -> KeeperStatement:
    """Return what the keys role says of the keeper.

    Args:
        roots: signed roots, oldest first.
        statement: signed KeeperStatement.
        digest: `wire.trust.root_digest` of the first root, from elsewhere.
        now: to refuse what has ended; None for a paper that is read later.

    Raises:
        WireError: of the kind that names the reason.
    """
    if not roots:
        msg = "no root: nothing says whose paper this is"
        raise SchemaError(msg)
    root = trust.first_root(roots[0], digest)
    for item in roots[1:]:
        root = trust.next_root(item, root)
    message = signed.read(statement, SignedKind.KEEPER)
    signed.check(message, trust.by_identity(root.keys))
    found = KEEPER_STATEMENT.decode(message.payload)
    trust.same_tenant(root, found.tenant, "keeper's statement")
    trust.within("root", root.issued, root.not_after, now)
    trust.within("keeper's statement", found.issued, found.not_after, now)
    return found


def proven(octets: bytes, digest: bytes) -> tuple[KeeperStatement, bytes]:
    """Return the keeper of a proof, of which only a digest is trusted, and its paper.

    Args:
        octets: an encoded Proof.
        digest: the root digest of the collector, from elsewhere.

    Raises:
        WireError: of the kind that names the reason.
    """
    proof = PROOF.decode(octets, limits.PROOF_BYTES)
    return keeper_of(proof.roots, proof.keeper, digest, None), proof.paper


def check_time(keeper: KeeperStatement, made: int, tenant: bytes) -> None:
    """Require that a paper is of the keeper's tenant and time.

    Args:
        keeper: who signed it.
        made: when the paper says it was made.
        tenant: whose paper it says it is.

    Raises:
        IdentityError: of another tenant.
        NotYetValidError: made before the key was the keeper's.
        ExpiredError: made after the key was the keeper's.
    """
    if tenant != keeper.tenant:
        msg = "the paper is of another tenant than the keeper that signed it"
        raise IdentityError(msg)
    if made + limits.CLOCK_SKEW_SECONDS < keeper.since:
        msg = "the paper was made before this key was the keeper's"
        raise NotYetValidError(msg)
    if made > keeper.not_after:
        msg = "the paper was made after this key was the keeper's"
        raise ExpiredError(msg)
