# SPDX-License-Identifier: Apache-2.0
"""A second opener of seals, signatures and frames, from docs/spec alone.

Rules: X-Wing and HPKE's key schedule are written out over ML-KEM, X25519 and HMAC;
neither `wire` nor a library's HPKE is imported.
Not here: CBOR and its schema (`second_cbor.py`), bodies (`second_body.py`).
"""

import hashlib
import hmac
import struct

import zstandard
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vectors.second_cbor import read_message, refuse

_SUITE = b"HPKE" + struct.pack(">HHH", 0x647A, 0x0001, 0x0002)
_BODY_BYTES, _RATIO, _FLOOR = 8 * 2**20, 200, 64 * 2**10
_ENVELOPE_LIMIT, _HEADER_BYTES = 1_051_648, 1_024


def _extract(salt: bytes, label: bytes, material: bytes) -> bytes:
    labelled = b"HPKE-v1" + _SUITE + label + material
    return hmac.digest(salt or bytes(32), labelled, "sha256")


def _expand(secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """Return at most 32 octets: one block of HKDF-Expand is enough."""
    labelled = struct.pack(">H", length) + b"HPKE-v1" + _SUITE + label + info
    return hmac.digest(secret, labelled + b"\x01", "sha256")[:length]


def open_seal(sealed: bytes, seed: bytes, info: bytes) -> bytes:
    """Return what HPKE sealed to the key of a 96-octet seed."""
    lattice = MLKEM768PrivateKey.from_seed_bytes(seed[:64])
    curve = X25519PrivateKey.from_private_bytes(seed[64:])
    if len(sealed) < 1120 + 16:
        refuse("cannot-open")
    first, point, text = sealed[:1088], sealed[1088:1120], sealed[1120:]
    try:
        shared = lattice.decapsulate(first) + curve.exchange(
            X25519PublicKey.from_public_bytes(point)
        )
    except ValueError:
        refuse("cannot-open")
    public = curve.public_key().public_bytes_raw()
    secret = hashlib.sha3_256(shared + point + public + b"\\.//^\\").digest()
    context = b"\x00" + _extract(b"", b"psk_id_hash", b"")
    context += _extract(b"", b"info_hash", info)
    secret = _extract(secret, b"secret", b"")
    key = _expand(secret, b"key", context, 32)
    nonce = _expand(secret, b"base_nonce", context, 12)
    try:
        return AESGCM(key).decrypt(nonce, text, b"")
    except InvalidTag:
        refuse("cannot-open")


def public_of(seed: bytes) -> bytes:
    """Return the 1216-octet public key of a seed."""
    lattice = MLKEM768PrivateKey.from_seed_bytes(seed[:64])
    curve = X25519PrivateKey.from_private_bytes(seed[64:])
    return (
        lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    )


def key_id(public: bytes) -> bytes:
    """Return the id of a sealing key."""
    return hashlib.sha256(b"discreet/1/sealing-key\x00" + public).digest()[:16]


def identity(public: bytes) -> bytes:
    """Return the identity of a signing key."""
    return hashlib.sha256(b"discreet/1/key\x00" + public).digest()[:16]


def check_signature(public: bytes, signature: bytes, message: bytes) -> None:
    """Require an Ed25519 signature."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        refuse("bad-signature")


def read_signed(octets: bytes, kind: str, keys: list[bytes], threshold: int) -> bytes:
    """Return the payload of a signed message."""
    message = read_message("signed", octets)
    version, named, payload, pairs = (message[key] for key in (1, 2, 3, 4))
    if version != 1:
        refuse("unknown-version")
    if not isinstance(payload, bytes) or not isinstance(pairs, list):
        raise TypeError
    signers = [pair[1] for pair in pairs]
    if named != kind or signers != sorted(set(signers)):
        refuse("bad-signature")
    known = {identity(public): public for public in keys}
    covered = b"discreet/1/signed/" + kind.encode() + b"\x00" + payload
    for pair in pairs:
        if pair[1] in known:
            check_signature(known[pair[1]], pair[2], covered)
    if len(known.keys() & set(signers)) < threshold:
        refuse("bad-signature")
    return payload


def read_envelope(
    octets: bytes, device: bytes
) -> tuple[dict[int, object], bytes, bytes]:
    """Return header, encoded header and ciphertext of a signed envelope."""
    header, encoded, ciphertext, signature = read_shape(octets)
    if header[5] != identity(device):
        refuse("wrong-identity")
    covered = b"discreet/1/envelope\x00" + encoded
    check_signature(device, signature, covered + hashlib.sha256(ciphertext).digest())
    return header, encoded, ciphertext


def read_shape(octets: bytes) -> tuple[dict[int, object], bytes, bytes, bytes]:
    """Return header, encoded header, ciphertext and signature, which is not checked."""
    parts = read_message("envelope", octets, _ENVELOPE_LIMIT)
    encoded, ciphertext, signature = parts[1], parts[2], parts[3]
    if not (
        isinstance(encoded, bytes)
        and isinstance(ciphertext, bytes)
        and isinstance(signature, bytes)
    ):
        raise TypeError
    header = read_message("header", encoded, _HEADER_BYTES)
    if header[1] != 1 or (header[2] == 0 and header[3] != 1):
        refuse("unknown-version")
    _check_shape(header, len(ciphertext))
    return header, encoded, ciphertext, signature


def _check_shape(header: dict[int, object], length: int) -> None:
    first = header[11] == 1
    bucket = header[15]
    sound = first == (header[12] == bytes(32)) and isinstance(bucket, int)
    sound = sound and isinstance(bucket, int) and bucket % 900 == 0
    if header[2] == 0:
        sound = sound and 16 not in header and length >= 1136
    else:
        sound = sound and length == 0 and header[3] == 0 and header[8] == bytes(16)
        sound = sound and (16 in header) == (header[2] != 2)
    if header[2] == 3:
        gap = header[16] if sound else None
        counted = isinstance(gap, dict) and gap[1] is not None
        sound = counted and header[14] == 0
    sound = sound and (17 in header) == (header[2] == 3)
    if not sound:
        refuse("schema")


def _padded(length: int) -> int:
    if length <= 256:
        return 256
    exponent = length.bit_length() - 1
    zeros = exponent - exponent.bit_length()
    return -(-length >> zeros) << zeros


def read_frame(octets: bytes) -> bytes:
    """Return the body of a frame."""
    if len(octets) < 5:
        refuse("bad-padding")
    form, length = struct.unpack(">BI", octets[:5])
    content, rest = octets[5 : 5 + length], octets[5 + length :]
    if len(content) != length or _padded(5 + length) != len(octets) or any(rest):
        refuse("bad-padding")
    if form == 0:
        if length > _BODY_BYTES:
            refuse("limit")
        return content
    if form != 1:
        refuse("bad-compression")
    return _inflate(content)


def _inflate(content: bytes) -> bytes:
    """Return what one zstd frame holds (RFC 8878), under both caps."""
    if len(content) < 9 or content[:4] != bytes.fromhex("28b52ffd"):
        refuse("bad-compression")
    descriptor = content[4]
    flag, single, dictionary = descriptor >> 6, descriptor >> 5 & 1, descriptor & 3
    named = 5 + (1 - single)
    at = named + (0, 1, 2, 4)[dictionary]
    size = (single, 2, 4, 8)[flag]
    if not size or any(content[named:at]):
        refuse("bad-compression")
    declared = int.from_bytes(content[at : at + size], "little") + 256 * (size == 2)
    if declared > min(_BODY_BYTES, max(_RATIO * len(content), _FLOOR)):
        refuse("limit")
    if not single:
        base = 1 << (10 + (content[5] >> 3))
        if base + base // 8 * (content[5] & 7) > _BODY_BYTES:
            refuse("bad-compression")
    engine = zstandard.ZstdDecompressor().decompressobj()
    try:
        found = engine.decompress(content)
    except zstandard.ZstdError:
        refuse("bad-compression")
    if not engine.eof or engine.unused_data or len(found) != declared:
        refuse("bad-compression")
    return found
