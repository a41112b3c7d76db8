# SPDX-License-Identifier: Apache-2.0
"""Encrypts addresses: each to another one, or so that common prefixes stay common.

Rules: an address is its 16 octets, IPv4 as IPv4-mapped IPv6; whoever has the key can
undo it, so this is pseudonymisation; all blocks of one address are one call a key.
Not here: how a stand-in is written (`wire/pseudonyms.py`).
Source: draft-denis-ipcrypt, ipcrypt-deterministic and ipcrypt-pfx.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from wire.errors import TransformError

OCTETS = 16
"""An address, and a block of AES."""
DETERMINISTIC_KEY_BYTES = 16
PREFIX_KEY_BYTES = 32

_BITS = 8
_MAPPED = bytes(10) + b"\xff\xff"
"""The head of an IPv4 address in its 16 octets: it is not encrypted."""
_OF_IPV4 = (1 << 32) - 1
_LOWEST_BIT = bytes(48 + (octet & 1) for octet in range(256))
"""Turns octets into the digits of their lowest bits."""
_COPY = 2 * OCTETS - 1
_BLOCKS = _BITS * _COPY + 1
"""Octets of the copies: an odd number, so that each is where one block begins."""
_ORDER = bytes(
    (bit % _BITS * _COPY + bit // _BITS) * pow(OCTETS, -1, _BLOCKS) % _BLOCKS
    for bit in range(OCTETS * _BITS)
)
"""For each bit, from the highest, the number of its block."""
_REST = bytes(256 - _BLOCKS)


class DeterministicCipher:
    """Gives each address one block, and no two the same."""

    __slots__ = ("_update",)

    def __init__(self, key: bytes) -> None:
        """Prepare AES-128.

        Raises:
            TransformError: the key has not 16 octets.
        """
        if len(key) != DETERMINISTIC_KEY_BYTES:
            msg = "a key of ipcrypt-deterministic has 16 octets"
            raise TransformError(msg)
        self._update = _ecb(key)

    def encrypt(self, address: bytes) -> bytes:
        """Return the block of an address.

        Args:
            address: 16 octets.
        """
        return self._update(address)


class PrefixCipher:
    """Keeps how long a prefix two addresses share, and whether they are IPv4."""

    __slots__ = ("_first", "_second")

    def __init__(self, key: bytes) -> None:
        """Prepare AES-128 under both halves of the key.

        Raises:
            TransformError: the key has not 32 octets or its halves are the same.
        """
        half = PREFIX_KEY_BYTES // 2
        if len(key) != PREFIX_KEY_BYTES or key[:half] == key[half:]:
            msg = "a key of ipcrypt-pfx has two different halves of 16 octets"
            raise TransformError(msg)
        self._first, self._second = _ecb(key[:half]), _ecb(key[half:])

    def encrypt(self, address: bytes) -> bytes:
        """Return the encrypted address: 16 octets, IPv4-mapped where the input is.

        Args:
            address: 16 octets.
        """
        blocks = _prefixes(address)
        mask = _mask(self._first(blocks), self._second(blocks))
        if address.startswith(_MAPPED):
            mask &= _OF_IPV4
        number = int.from_bytes(address, "big") ^ mask
        return number.to_bytes(OCTETS, "big")


def _prefixes(address: bytes) -> bytes:
    """Return a block for each bit, and others: what stands before it, after a one.

    Eight copies, shifted by a bit each, hold the blocks of the bits at the eight places
    of an octet at each of their octets. An odd number of octets said sixteen times is
    one block from each octet on, so that no block is cut out by itself.

    Args:
        address: 16 octets.
    """
    marked = (1 << OCTETS * _BITS) | int.from_bytes(address, "big")
    copies = [(marked << shift).to_bytes(2 * OCTETS, "big") for shift in range(_BITS)]
    return b"".join([copy[:_COPY] for copy in copies] + [b"\0"]) * OCTETS


def _mask(first: bytes, second: bytes) -> int:
    """Return what each bit is changed with: the last bits of its two blocks."""
    one = int.from_bytes(first[OCTETS - 1 :: OCTETS], "big")
    other = int.from_bytes(second[OCTETS - 1 :: OCTETS], "big")
    digits = (one ^ other).to_bytes(_BLOCKS, "big").translate(_LOWEST_BIT)
    return int(_ORDER.translate(digits + _REST), 2)


def _ecb(key: bytes) -> Callable[[bytes], bytes]:
    """Return what encrypts whole blocks, each alone."""
    cipher = Cipher(AES(key), ECB())  # noqa: S305 - the draft's own use: single blocks
    return cipher.encryptor().update
