# SPDX-License-Identifier: Apache-2.0
"""What texts tell of users and machines.

Rules: a typed value is trusted, a word of a text only when it looks like a name or
comes again.
Not here: what a machine knows by itself (`test_identities.py`).
"""

import itertools
import pickle
import string

import pytest

from agent.redaction import bounds
from agent.redaction.learned import Learned


@pytest.mark.parametrize(
    ("identity", "value"),
    [
        ("user", "amelie"),
        ("host", "turing"),
        ("domain", "contoso.example"),
        ("user", "Wren"),
    ],
)
def test_a_typed_value_is_known_at_once(identity: str, value: str) -> None:
    """A field of a type needs no second witness."""
    learned = Learned()
    learned.learn(identity, value, typed=True)
    assert (identity, value.casefold()) in set(learned.names())


@pytest.mark.parametrize("value", ["a.roux", "ws-41", "amelie7", "eve@corp.example"])
def test_what_is_spelled_like_a_name_is_known_at_once(value: str) -> None:
    """Dots, dashes and digits inside make a word a name."""
    learned = Learned()
    learned.learn("user", value)
    assert len(learned) == 1


def test_a_plain_word_has_to_come_again() -> None:
    """One line where a word stood for a name is no proof."""
    learned = Learned()
    for _ in range(bounds.LEARN_TIMES - 1):
        learned.learn("user", "wren")
    assert len(learned) == 0
    learned.learn("user", "Wren")
    assert len(learned) == 1


def test_a_digit_before_a_word_makes_no_name() -> None:
    """Digits count inside of a name only."""
    learned = Learned()
    learned.learn("user", "9wren")
    assert len(learned) == 0


def test_words_that_were_seen_are_forgotten() -> None:
    """Of the words that did not come again only so many are counted."""
    learned = Learned()
    learned.learn("user", "wrenfield", times=bounds.LEARN_TIMES - 1)
    letters = string.ascii_lowercase
    words = ("qz" + "".join(one) for one in itertools.product(letters, repeat=3))
    for word in itertools.islice(words, bounds.LEARNED):
        learned.learn("user", word)
    learned.learn("user", "wrenfield")
    assert len(learned) == 0


@pytest.mark.parametrize(
    ("identity", "value"),
    [
        ("user", "root"),
        ("user", "failed"),
        ("user", "session-manager"),
        ("user", "bob"),
        ("user", "123456"),
        ("user", "v1.2.3"),
        ("user", "0x3e7f"),
        ("user", "/usr/bin"),
        ("user", "x" * 300),
        ("ip", "192.0.2.7"),
        ("secret", "hunter2hunter2"),
    ],
)
def test_what_would_spoil_logs_is_never_learned(identity: str, value: str) -> None:
    """Ordinary words, numbers, paths and what has a shape stay out."""
    learned = Learned()
    for _ in range(bounds.LEARN_TIMES + 1):
        learned.learn(identity, value, typed=True)
    assert len(learned) == 0
    assert not learned.changed


def test_changed_tells_of_news() -> None:
    """A dictionary is built again only after something new."""
    learned = Learned()
    learned.learn("host", "ws-41")
    assert learned.changed
    assert ("host", "ws-41") in set(learned.names())
    learned.learn("host", "WS-41")
    assert not learned.changed


def test_memory_is_bounded() -> None:
    """The name that was not seen for longest goes first."""
    learned = Learned()
    learned.learn("user", "a.roux")
    for number in range(bounds.LEARNED):
        learned.learn("user", f"wren-{number}")
        learned.learn("user", "a.roux")
    assert len(learned) == bounds.LEARNED
    assert ("user", "a.roux") in set(learned.names())
    assert ("user", "wren-0") not in set(learned.names())


def test_nothing_shows() -> None:
    """The repr counts, and pickling is refused."""
    learned = Learned()
    learned.learn("user", "a.roux")
    assert repr(learned) == "<Learned 1>"
    with pytest.raises(TypeError):
        pickle.dumps(learned)
