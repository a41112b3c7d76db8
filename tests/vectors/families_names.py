# SPDX-License-Identifier: Apache-2.0
"""Vectors of what names a thing, and of the tokens that people paste.

Rules: each vector that fails has one thing wrong; the name says what.
Not here: messages (`families_plain.py`).
"""

import base64
import hashlib
from collections.abc import Callable

from tests.vectors import world
from wire import envelope, trust
from wire.token import PREFIX, Token, format_token

Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]
BAD_TOKEN = "bad-token"


def families(_keep: Keep) -> dict[str, Family]:
    """Return the vectors by file name."""
    return {"names": _names(), "tokens": _tokens()}


def _names() -> Family:
    public = world.signing("device").public
    rows = (
        ("of a signing key", "identity", public),
        ("of a sealing key", "sealing-key", world.opening("support").public),
        ("of an envelope", "envelope", b"any octets"),
        ("of a payload", "payload", b"any octets"),
        ("of a token's secret", "token-secret", world.octets("secret", 16)),
        ("of a root", "root", trust.ROOT.encode(world.root())),
        (
            "of an envelope in its chain",
            "chain",
            envelope.announce(world.gap_header(), world.signing("device")),
        ),
        (
            "of a void in its chain",
            "chain",
            envelope.announce(world.void_header(), world.signing("device")),
        ),
        (
            "of a void of what nobody knows",
            "chain",
            envelope.announce(
                world.void_header(instead=envelope.UNKNOWN_DIGEST),
                world.signing("device"),
            ),
        ),
        (
            "of the same root keys in another order and version",
            "root",
            trust.ROOT.encode(
                world.root(version=9, roots=tuple(reversed(world.root().roots)))
            ),
        ),
    )
    return [
        {
            "name": name,
            "kind": "name",
            "of": of,
            "input": octets.hex(),
            "expect": "ok",
        }
        for name, of, octets in rows
    ]


def _tokens() -> Family:
    token = Token(
        "https://collector.example",
        world.TENANT,
        world.octets("secret", 16),
        world.octets("authority", 32),
        world.octets("root digest", 32),
        world.NOW,
    )
    word = format_token(token)
    octets = bytearray(_unpadded(word))
    octets[0] ^= 1
    last = word[:-1] + ("A" if word[-1] != "A" else "B")
    rows = (
        ("as issued", word, "ok"),
        ("with blanks around it", f" {word}\n", "ok"),
        ("cut off", word[:-3], BAD_TOKEN),
        ("one character changed", word[:40] + _other(word[40]) + word[41:], BAD_TOKEN),
        ("last character changed", last, BAD_TOKEN),
        (
            "two characters swapped",
            word[:20] + word[21] + word[20] + word[22:],
            BAD_TOKEN,
        ),
        ("padded", word + "=", BAD_TOKEN),
        ("another product's", "secret1-" + word.removeprefix(PREFIX), BAD_TOKEN),
        ("prefix alone", PREFIX, BAD_TOKEN),
        ("empty", "", BAD_TOKEN),
        ("too long", PREFIX + "A" * 600, BAD_TOKEN),
        ("its octets damaged", PREFIX + _word(bytes(octets)), BAD_TOKEN),
        ("not a token, though its check is right", _checked(b"\xa0"), BAD_TOKEN),
    )
    return [
        {"name": name, "kind": "token", "text": word, "expect": expect}
        for name, word, expect in rows
    ]


def _other(letter: str) -> str:
    return "A" if letter != "A" else "B"


def _unpadded(word: str) -> bytes:
    encoded = word.removeprefix(PREFIX)
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


def _word(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def _checked(octets: bytes) -> str:
    check = hashlib.sha256(b"discreet/1/token\x00" + octets).digest()[:4]
    return PREFIX + _word(octets + check)
