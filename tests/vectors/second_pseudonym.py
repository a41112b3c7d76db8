# SPDX-License-Identifier: Apache-2.0
"""A second opinion on stand-ins, written from docs/spec/wire.md and the draft alone.

Rules: nothing of `wire` is imported; addresses are encrypted bit by bit, as
draft-denis-ipcrypt writes it, with one call of AES for each bit.
Not here: the verdicts on vectors (`second_opener.py`).
"""

import hashlib
import hmac
import ipaddress
import re
import struct
import unicodedata

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LABEL = b"discreet/pseudonym/v1"


def stand_in(key: bytes, name: str, value: str, *, prefix: bool) -> str:
    """Return the stand-in of a value of a class."""
    folded = unicodedata.normalize("NFC", value.strip()).casefold()
    text = unicodedata.normalize("NFC", folded)
    if name in {"host", "fqdn", "domain"}:
        text = text.rstrip(".$") or text
    if name in {"ip", "host", "fqdn", "domain"}:
        address = _address(text)
        if address is not None:
            return _of_address(key, address, prefix=prefix)
    if name in {"host", "fqdn", "domain"}:
        return _of_name(key, name, text)
    if name in {"user", "mail"}:
        return _of_account(key, name, text)
    if name == "sid":
        return _of_sid(key, text)
    if name == "mac":
        return _of_mac(key, text, prefix=prefix)
    if name == "person":
        text = " ".join(sorted(re.findall(r"[^\W_]+", text))) or text
    if name in {"serial", "uuid"}:
        text = "".join(re.findall(r"[^\W_]+", text)) or text
    return _part(key, name, text)


def _of_name(key: bytes, name: str, text: str) -> str:
    labels = text.split(".")
    if len(labels) == 1:
        return _part(key, name, text)
    home = {"local", "localdomain", "lan", "home", "internal", "intranet"}
    if not labels[0] or (len(labels) == 2 and labels[1] not in home):
        return _part(key, "domain", text)
    rest = ".".join(labels[1:])
    return _part(key, "host", labels[0]) + "+" + _part(key, "domain", rest)


def _of_account(key: bytes, name: str, text: str) -> str:
    account, domain = text, ""
    if "\\" in text:
        domain, _, account = text.rpartition("\\")
    elif found := re.fullmatch(r"(.*)(?:@|%40)(.*?)", text, re.DOTALL):
        account, domain = found.groups()
    domain = domain.strip(".\\")
    if account.endswith("$") and account != "$":
        name, account = "host", account.rstrip("$")
    elif account and domain:
        name = "user"
    if not account or not domain:
        return _part(key, name, account or text)
    return _part(key, name, account) + "@" + _part(key, "domain", domain)


def _of_sid(key: bytes, text: str) -> str:
    packed = text
    if text.startswith("\\"):
        packed = re.sub(r"\\([0-9a-f]{2})", r"\1", text)
    packed = packed.removeprefix("0x")
    if re.fullmatch("01(?:[0-9a-f]{2}){11,67}", packed):
        octets = bytes.fromhex(packed)
        if 1 <= octets[1] <= 15 and len(octets) == 8 + 4 * octets[1]:
            words = struct.unpack(f"<{octets[1]}I", octets[8:])
            text = f"s-1-{int(packed[4:16], 16)}" + "".join(f"-{w}" for w in words)
    number = "-[0-9]{1,10}"
    found = re.fullmatch(f"(s-1-5-21(?:{number}){{3}})((?:{number})*)", text)
    if found is None:
        return _part(key, "sid", text)
    authority, rest = found.groups()
    shown = _part(key, "sid", authority)
    if not rest:
        return shown
    last = rest[1:]
    if last.isdecimal() and 500 <= int(last) <= 999:
        return f"{shown}_{int(last)}"
    return f"{shown}_{_letters(_hash(key, 'sid', text))}"


def _of_mac(key: bytes, text: str, *, prefix: bool) -> str:
    pairs = "".join(pair.zfill(2) for pair in re.split("[:-]", text))
    digits = re.sub("[^0-9a-f]", "", pairs)
    letters = _letters(_hash(key, "mac", digits or text))
    global_one = len(digits) == 12 and int(digits[1], 16) % 4 == 0
    return f"mac_{digits[:6]}_{letters}" if prefix and global_one else f"mac_{letters}"


def _part(key: bytes, name: str, text: str) -> str:
    return f"{name}_{_letters(_hash(key, name, text))}"


def _hash(key: bytes, name: str, text: str) -> bytes:
    name = "host" if name in {"domain", "fqdn"} else name
    message = b"\x00".join((_LABEL, name.encode(), text.encode("utf-8", "replace")))
    return hmac.digest(key, message, "sha256")


def _letters(octets: bytes) -> str:
    number = int.from_bytes(octets[:5], "big")
    return "".join(_ALPHABET[number >> at & 31] for at in range(35, -1, -5))


def _address(text: str) -> ipaddress.IPv6Address | None:
    bare = re.split("[%/]", text)[0].strip("[]")
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9]{1,3}(-[0-9]{1,3}){3}", bare):
        bare = ".".join(str(int(part)) for part in re.split("[.-]", bare))
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if address.version == 4:
        return ipaddress.IPv6Address(f"::ffff:{address}")
    return address


def _of_address(key: bytes, address: ipaddress.IPv6Address, *, prefix: bool) -> str:
    if not prefix:
        derived = hmac.digest(key, _LABEL + b"/ipcrypt-deterministic", hashlib.sha256)
        return f"ip_{_letters(_block(derived[:16], int(address)).to_bytes(16, 'big'))}"
    derived = hmac.digest(key, _LABEL + b"/ipcrypt-pfx", hashlib.sha256)
    start = 96 if address.ipv4_mapped else 0
    plain, encrypted = int(address), int(address) >> (128 - start) << (128 - start)
    for place in range(start, 128):
        before = plain >> (128 - place) | 1 << place
        one = _block(derived[:16], before) ^ _block(derived[16:], before)
        bit = (plain >> (127 - place) ^ one) & 1
        encrypted |= bit << (127 - place)
    if start:
        return f"ip4_{encrypted & 0xFFFFFFFF:08x}"
    return f"ip6_{encrypted:032x}"


def _block(key: bytes, plain: int) -> int:
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - the draft's own use
    return int.from_bytes(encryptor.update(plain.to_bytes(16, "big")), "big")
