# SPDX-License-Identifier: Apache-2.0
"""The door to cryptography: keys, wraps, certificates.

Rules: a private key has no repr and no pickle; a wrap opens in its own context only.
Not here: envelopes (`test_wire_envelope.py`), HPKE by hand (`second_seal.py`).
"""

import pickle

import pytest

from tests.vectors import second_seal, world
from wire.crypto.certificates import authority_digest, make_authority, make_server
from wire.crypto.opening import OpeningKey, unwrap, wrap
from wire.crypto.sealing import OVERHEAD_BYTES, key_id, seal
from wire.crypto.signing import SigningKey, identity, verify
from wire.errors import DecodeError, OpenError, SignatureError

KEY, NONCE = bytes(range(32)), bytes(12)


def test_a_seal_costs_what_is_stated_and_is_never_the_same() -> None:
    """Two seals of the same octets differ, and are 1,136 octets longer."""
    public = world.opening("support").public
    one, two = (seal(b"frame", public, b"info") for _ in range(2))
    assert len(b"frame") + OVERHEAD_BYTES == len(one) == len(two)
    assert one != two


def test_hpke_by_hand_opens_it_too() -> None:
    """X-Wing and the key schedule, written out from the specification, agree."""
    key = OpeningKey.generate()
    sealed = seal(b"frame", key.public, b"info")
    assert second_seal.open_seal(sealed, key.seed(), b"info") == b"frame"
    assert key.public == second_seal.public_of(key.seed())


@pytest.mark.parametrize("key", [OpeningKey.generate(), SigningKey.generate()])
def test_a_private_key_stays(key: OpeningKey | SigningKey) -> None:
    """A private key cannot be pickled, shows nothing, and comes back from its seed."""
    with pytest.raises(TypeError):
        pickle.dumps(key)
    assert key.seed().hex() not in repr(key)
    assert key.public == type(key)(key.seed()).public


def test_a_wrap_opens_in_its_context_only() -> None:
    """Another key, nonce, context or octet does not unwrap."""
    wrapped = wrap(KEY, NONCE, b"secret", b"epoch 1")
    assert unwrap(KEY, NONCE, wrapped, b"epoch 1") == b"secret"
    for arguments in (
        (bytes(32), NONCE, wrapped, b"epoch 1"),
        (KEY, bytes(11) + b"\x01", wrapped, b"epoch 1"),
        (KEY, NONCE, wrapped, b"epoch 2"),
        (KEY, NONCE, wrapped[:-1], b"epoch 1"),
        (KEY, NONCE, b"", b"epoch 1"),
        (bytes(31), NONCE, wrapped, b"epoch 1"),
    ):
        with pytest.raises(OpenError):
            unwrap(*arguments)


def test_a_signature_is_of_its_key_and_message() -> None:
    """Another message, key or signature, or a key that is none, is refused."""
    key, other = world.signing("device"), world.signing("gate")
    signature = key.sign(b"message")
    verify(key.public, signature, b"message")
    for arguments in (
        (other.public, signature, b"message"),
        (key.public, signature, b"massage"),
        (key.public, signature[:-1], b"message"),
        (key.public[:-1], signature, b"message"),
        (b"\xff" * 32, signature, b"message"),
    ):
        with pytest.raises(SignatureError):
            verify(*arguments)


def test_a_signature_has_one_form() -> None:
    """S plus the group's order, which some verifiers take, is refused."""
    key = world.signing("device")
    signature = key.sign(b"message")
    order = 2**252 + 27742317777372353535851937790883648493
    large = int.from_bytes(signature[32:], "little") + order
    with pytest.raises(SignatureError):
        verify(key.public, signature[:32] + large.to_bytes(32, "little"), b"message")


def test_names_are_of_their_own_kind() -> None:
    """An identity and a key id of the same octets differ."""
    assert identity(bytes(32)) != key_id(bytes(32))


def test_a_renewed_certificate_keeps_its_pin() -> None:
    """The pin is of the key: certificates of another key have another."""
    one, two = (make_authority("Collector", world.NOW) for _ in range(2))
    server = make_server(one, ["collector.example", "192.0.2.1"], world.NOW)
    pins = {authority_digest(item.certificate) for item in (one, two, server)}
    assert len(pins) == 3
    assert repr(one) == "<Credential>"
    with pytest.raises(DecodeError):
        authority_digest(b"none")
