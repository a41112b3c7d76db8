# SPDX-License-Identifier: Apache-2.0
"""The enrolment token: one spelling, and no typing error gets through.

Rules: whatever is not the token whole is a TokenError.
Not here: issuing and counting (`tests/unit/server`).
"""

import string

import pytest

from tests.vectors import world
from wire.errors import TokenError
from wire.token import PREFIX, Token, format_token, parse_token, secret_digest

TOKEN = Token(
    "https://collector.example:8443",
    world.TENANT,
    world.octets("secret", 16),
    world.octets("authority", 32),
    world.octets("root digest", 32),
    world.NOW,
)
WORD = format_token(TOKEN)


def test_a_token_is_read_back() -> None:
    """What is pasted, with blanks around it, is what was issued."""
    assert parse_token(f"  {WORD}\n") == TOKEN


@pytest.mark.slow
def test_no_changed_character_gets_through() -> None:
    """Each character changed to any other of the alphabet is refused."""
    for at in range(len(WORD)):
        for letter in string.ascii_letters + string.digits + "-_+/= é":
            if letter != WORD[at]:
                with pytest.raises(TokenError):
                    parse_token(WORD[:at] + letter + WORD[at + 1 :])


def test_no_cut_and_no_swap_gets_through() -> None:
    """A token cut off anywhere, or with two neighbours swapped, is refused."""
    for at in range(len(WORD)):
        with pytest.raises(TokenError):
            parse_token(WORD[:at])
        swapped = WORD[:at] + WORD[at : at + 2][::-1] + WORD[at + 2 :]
        if swapped != WORD:
            with pytest.raises(TokenError):
                parse_token(swapped)


@pytest.mark.parametrize(
    "word",
    [
        "",
        PREFIX,
        WORD + "=",
        WORD + "==",
        WORD + "A",
        WORD.replace("-", "+").replace("discreet1+", PREFIX) + "+",
        WORD.upper(),
        "x" + WORD,
        PREFIX + "A" * 10_000,
        PREFIX + "é" * 40,
    ],
)
def test_another_spelling_is_refused(word: str) -> None:
    """Padding, another alphabet, another case and another product are refused."""
    with pytest.raises(TokenError):
        parse_token(word)


def test_a_last_character_has_one_spelling() -> None:
    """The unused bits of the last character are zero, else it is mistyped."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    accepted = []
    for letter in alphabet:
        try:
            parse_token(WORD[:-1] + letter)
        except TokenError:
            continue
        accepted.append(letter)
    assert [WORD[-1]] == accepted


def test_the_secret_is_shown_nowhere() -> None:
    """A token's repr shows nothing, and the collector keeps a digest only."""
    assert repr(TOKEN) == "<Token>"
    assert secret_digest(TOKEN.secret) != TOKEN.secret
