# SPDX-License-Identifier: Apache-2.0
"""Whether a technician signed a request: by a key file, or by a passkey's assertion.

Rules: the kind of the technician's key alone decides how it is checked, and nothing in
the proof does; an assertion is checked by WebAuthn's limited verification: the client
data has to begin with the octets that type, challenge, pinned origin and no crossing of
origins give, so no JSON is parsed; the user was present and verified; no extension, no
counter: a device sees few of a key's signatures.
Not here: whether that technician may (`wire/authorisation.py`).
Source: Web Authentication Level 3, sections 5.8.1.1 and 5.8.1.2 (serialisation and
limited verification), 6.1 (authenticator data), 7.2 (verifying an assertion).
"""

import base64
import hashlib
import hmac

from wire import limits
from wire.crypto.p256 import verify_es256
from wire.crypto.signing import SigningKey, identity, verify
from wire.errors import SignatureError
from wire.orders import Proof
from wire.technicians import KeyKind, Technician

_LABEL = b"discreet/1/order-proof\x00"
_HASH_BYTES = 32
_PRESENT, _VERIFIED = 0x01, 0x04
_BACKUP_ELIGIBLE, _BACKED_UP = 0x08, 0x10
_ATTESTED, _EXTENDED = 0x40, 0x80
_ENDS = frozenset({b"}", b","})
"""What may follow the part that is compared: the end, or members of no meaning here."""


def sign_request(key: SigningKey, challenge: bytes) -> Proof:
    """Return the proof of a key file.

    Args:
        key: the technician's.
        challenge: the 32 bytes of the request (`wire.orders.challenge`).
    """
    return Proof(identity(key.public), key.sign(_LABEL + challenge))


def check_proof(technician: Technician, challenge: bytes, proof: Proof) -> None:
    """Require that a technician's key signed a request.

    Args:
        technician: as the root names it.
        challenge: the 32 bytes of the request.
        proof: by the key of that identity.

    Raises:
        SignatureError: it did not, or not in the one way that counts for it.
    """
    if not hmac.compare_digest(proof.signer, technician.identity):
        msg = "the proof is by another key"
        raise SignatureError(msg)
    if technician.kind is KeyKind.KEY_FILE:
        if proof.authenticator is not None or proof.client is not None:
            msg = "an assertion stands in the place of a key file's signature"
            raise SignatureError(msg)
        verify(technician.public, proof.signature, _LABEL + challenge)
        return
    if proof.authenticator is None or proof.client is None:
        msg = "a plain signature stands in the place of an assertion"
        raise SignatureError(msg)
    _check_client(proof.client, challenge, technician.origin or "")
    _check_authenticator(proof.authenticator, technician.rp_id or "")
    covered = proof.authenticator + hashlib.sha256(proof.client).digest()
    if technician.kind is KeyKind.PASSKEY_ES256:
        verify_es256(technician.public, proof.signature, covered)
    else:
        verify(technician.public, proof.signature, covered)


def client_prefix(challenge: bytes, origin: str) -> bytes:
    """Return how the client data of an assertion has to begin.

    Args:
        challenge: what was to be signed.
        origin: the pinned one, of which no character needs an escape.
    """
    text = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode("ascii")
    return (
        f'{{"type":"webauthn.get","challenge":"{text}",'
        f'"origin":"{origin}","crossOrigin":false'
    ).encode("ascii")


def _check_client(client: bytes, challenge: bytes, origin: str) -> None:
    prefix = client_prefix(challenge, origin)
    if not client.startswith(prefix) or client[len(prefix) :][:1] not in _ENDS:
        msg = "the assertion is of another challenge, origin or type"
        raise SignatureError(msg)


def _check_authenticator(data: bytes, rp_id: str) -> None:
    if len(data) != limits.AUTHENTICATOR_BYTES:
        msg = "the assertion's authenticator data is of another length"
        raise SignatureError(msg)
    wanted = hashlib.sha256(rp_id.encode("ascii")).digest()
    if not hmac.compare_digest(data[:_HASH_BYTES], wanted):
        msg = "the assertion is of another RP ID"
        raise SignatureError(msg)
    flags = data[_HASH_BYTES]
    if not flags & _PRESENT or not flags & _VERIFIED:
        msg = "the assertion was made without verifying who is there"
        raise SignatureError(msg)
    if flags & (_ATTESTED | _EXTENDED):
        msg = "the assertion has extensions, which were not asked for"
        raise SignatureError(msg)
    if flags & _BACKED_UP and not flags & _BACKUP_ELIGIBLE:
        msg = "the assertion's flags contradict each other"
        raise SignatureError(msg)
