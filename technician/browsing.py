# SPDX-License-Identifier: Apache-2.0
"""What a browser's answers mean: an assertion is a proof, a new credential a key.

Rules: a proof is checked here as a device will check it, before it is written; a key
comes from the browser's own reading of it (`getPublicKey`), in the one form of its
kind; what is not exactly as expected is refused in a sentence.
Not here: HTTP (`serving.py`), files (`keys.py`, `orders.py`).
Source: Web Authentication Level 3, section 5.2.1.1; RFC 5480 and RFC 8410 (the forms).
"""

import base64
import binascii

from technician.errors import TRUST, TechnicianError
from technician.keys import CREDENTIAL_BYTES, RP_ID, Passkey
from technician.serving import Answer
from wire import limits
from wire.errors import WireError
from wire.orders import Proof
from wire.proofs import check_proof
from wire.technicians import KeyKind, May, technician

_ES256, _EDDSA = "-7", "-8"
_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_ED25519 = bytes.fromhex("302a300506032b6570032100")
_KINDS = {
    _ES256: (KeyKind.PASSKEY_ES256, _P256),
    _EDDSA: (KeyKind.PASSKEY_EDDSA, _ED25519),
}
"""COSE's number of an algorithm: the kind, and how its SubjectPublicKeyInfo begins."""


def proof_of(answer: Answer, passkey: Passkey, challenge: bytes) -> Proof:
    """Return the proof that an assertion is.

    Args:
        answer: authenticator data, client data and signature.
        passkey: whose it has to be.
        challenge: what it has to be of.

    Raises:
        TechnicianError: a device would refuse it.
    """
    one = passkey.technician
    proof = Proof(
        one.identity,
        _octets(answer, "signature", limits.EC_SIGNATURE_BYTES),
        _octets(answer, "authenticator", limits.CLIENT_DATA_BYTES),
        _octets(answer, "client", limits.CLIENT_DATA_BYTES),
    )
    try:
        check_proof(one, challenge, proof)
    except WireError as error:
        raise TechnicianError(TRUST, str(error)) from None
    return proof


def passkey_of(answer: Answer, name: str, origin: str) -> Passkey:
    """Return the passkey that a browser made.

    Args:
        answer: credential id, algorithm and public key.
        name: of the technician.
        origin: of the page.

    Raises:
        TechnicianError: it is of a kind that no device takes.
    """
    kind, head = _KINDS.get(str(answer.get("algorithm")), (None, b""))
    public = _octets(answer, "public", limits.KIB)
    if kind is None or not public.startswith(head):
        msg = "this authenticator makes no key of ES256 or EdDSA: use another one"
        raise TechnicianError(TRUST, msg)
    try:
        one = technician(name, public[len(head) :], kind, May.BOTH, RP_ID, origin)
    except WireError as error:
        raise TechnicianError(TRUST, str(error)) from None
    return Passkey(_octets(answer, "credential", CREDENTIAL_BYTES), one)


def _octets(answer: Answer, name: str, most: int) -> bytes:
    """Return what a member of an answer says in base64url."""
    text = answer.get(name)
    try:
        if isinstance(text, str):
            padded = text + "=" * (-len(text) % 4)
            octets = base64.b64decode(padded.encode("ascii"), b"-_", validate=True)
            if 0 < len(octets) <= most:
                return octets
    except (UnicodeEncodeError, binascii.Error):
        pass
    msg = f"the browser's answer has no {name} that can be read: use another browser"
    raise TechnicianError(TRUST, msg)
