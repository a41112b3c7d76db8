# SPDX-License-Identifier: Apache-2.0
"""Assertions, judged beside a WebAuthn library that parses all that we do not.

Rules: the library is the second verifier: what we take, it takes; where it takes what
we refuse, the reason is named here.
Not here: each refusal alone (`tests/vectors/families_proofs.py`).
"""

import base64
import json
from dataclasses import replace

import cbor2
import pytest
import webauthn
from hypothesis import given
from hypothesis import strategies as st

from tests.authenticator import (
    BACKED_UP,
    ELIGIBLE,
    EXTENDED,
    PRESENT,
    VERIFIED,
    Passkey,
)
from tests.vectors.order_world import EDDSA, ES256
from wire.errors import SignatureError
from wire.orders import Proof
from wire.proofs import check_proof
from wire.technicians import KeyKind

CHALLENGE = bytes(range(32))
_BOTH = PRESENT | VERIFIED


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _cose(passkey: Passkey) -> bytes:
    public = passkey.public
    if passkey.kind is KeyKind.PASSKEY_EDDSA:
        return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: public})
    return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: public[1:33], -3: public[33:]})


def _library_takes(passkey: Passkey, proof: Proof, challenge: bytes) -> bool:
    """Tell whether the library takes an assertion, with what is pinned for it."""
    credential = {
        "id": _text(proof.signer),
        "rawId": _text(proof.signer),
        "type": "public-key",
        "response": {
            "authenticatorData": _text(proof.authenticator or b""),
            "clientDataJSON": _text(proof.client or b""),
            "signature": _text(proof.signature),
        },
    }
    try:
        webauthn.verify_authentication_response(
            credential=json.dumps(credential),
            expected_challenge=challenge,
            expected_rp_id="localhost",
            expected_origin="http://localhost:8347",
            credential_public_key=_cose(passkey),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - the library raises errors of many libraries
        return False
    return True


def _we_take(passkey: Passkey, proof: Proof, challenge: bytes) -> bool:
    pinned = ES256 if passkey.kind is ES256.kind else EDDSA
    try:
        check_proof(pinned.technician("ben"), challenge, proof)
    except SignatureError:
        return False
    return True


PASSKEYS = pytest.mark.parametrize("passkey", [ES256, EDDSA], ids=["es256", "eddsa"])
SAME: dict[str, dict[str, object]] = {
    "as asked": {},
    "counted": {"counter": 7},
    "backed up": {"flags": _BOTH | ELIGIBLE | BACKED_UP},
    "more members": {"members": ',"other":"x"'},
    "another RP ID": {"rp_id": "example.net"},
    "a sign-in": {"rp_id": "example.net", "origin": "https://example.net"},
    "another origin": {"origin": "http://localhost:1"},
    "a registration": {"type": "webauthn.create"},
    "nobody verified": {"flags": PRESENT},
    "nobody there": {"flags": VERIFIED},
}
STRICTER: dict[str, dict[str, object]] = {
    "another page around it, which the library leaves to its user": {
        "crossing": "true"
    },
    "members told twice, of which the library takes the last": {
        "type": "webauthn.create",
        "members": ',"type":"webauthn.get"',
    },
    "extensions, which nobody asked for": {
        "flags": _BOTH | EXTENDED,
        "tail": cbor2.dumps({"uvm": True}),
    },
}


@PASSKEYS
@pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())
def test_the_library_says_the_same(passkey: Passkey, change: dict[str, object]) -> None:
    """A full verifier, which parses the JSON, comes to our verdict."""
    proof = passkey.but(**change).sign(CHALLENGE)
    found = _we_take(passkey, proof, CHALLENGE)
    assert found is _library_takes(passkey, proof, CHALLENGE)
    assert not _we_take(passkey, proof, bytes(32))
    assert not _library_takes(passkey, proof, bytes(32))


@PASSKEYS
@pytest.mark.parametrize("change", STRICTER.values(), ids=STRICTER.keys())
def test_we_refuse_what_the_library_takes(
    passkey: Passkey, change: dict[str, object]
) -> None:
    """What is legal elsewhere and has no place in an authorisation is refused."""
    proof = passkey.but(**change).sign(CHALLENGE)
    assert _library_takes(passkey, proof, CHALLENGE)
    assert not _we_take(passkey, proof, CHALLENGE)


@PASSKEYS
@given(at=st.integers(0, 400), bit=st.integers(0, 7), part=st.integers(0, 2))
def test_neither_takes_a_flipped_assertion(
    passkey: Passkey, at: int, bit: int, part: int
) -> None:
    """A bit turned in any part is found by both, whatever the part means."""
    good = passkey.sign(CHALLENGE)
    name = ("authenticator", "client", "signature")[part]
    octets = bytearray(getattr(good, name))
    octets[at % len(octets)] ^= 1 << bit
    proof = replace(good, **{name: bytes(octets)})  # type: ignore[arg-type]  # bytes
    assert not _we_take(passkey, proof, CHALLENGE)
    assert not _library_takes(passkey, proof, CHALLENGE)


def test_no_algorithm_stands_for_another() -> None:
    """A key of one algorithm verifies nothing under the other's name."""
    for passkey, kind in (
        (ES256, KeyKind.PASSKEY_EDDSA),
        (EDDSA, KeyKind.PASSKEY_ES256),
    ):
        proof = passkey.sign(CHALLENGE)
        confused = replace(passkey.technician("ben"), kind=kind)
        with pytest.raises(SignatureError):
            check_proof(confused, CHALLENGE, proof)
