# SPDX-License-Identifier: Apache-2.0
"""What is at a bound of redaction passes, what is over it does not.

Rules: bounds are written here as numbers, so that a change of one is meant.
Not here: bounds that only save time or memory and change no text.
"""

import pytest

from agent.errors import TooLargeError
from agent.redaction.cleaning import are_plain
from agent.redaction.dictionary import Dictionary
from agent.redaction.identities import Identities
from agent.redaction.learned import Learned
from agent.redaction.lines import Lines
from agent.redaction.spreading import spread
from agent.redaction.text import Scrubber
from agent.redaction.views import views
from wire.values import Withheld


@pytest.mark.parametrize(
    ("size", "passes"), [(65_536, True), (65_537, False), (200_000, False)]
)
def test_a_text_has_64_kib(size: int, passes: bool) -> None:  # noqa: FBT001 - a table's column
    """One of more characters is withheld, whole."""
    text = ("up and on " * size)[:size]
    expected = text if passes else Withheld.TOO_LARGE
    assert Scrubber(Identities(), None, seconds=600.0).scrub(text) == expected


def test_a_block_has_512_kib() -> None:
    """So many bytes are scanned together."""
    lines = [b"x" * 65_536] * 8
    assert are_plain(lines)
    assert not are_plain([*lines, b"x"])


@pytest.mark.parametrize(("size", "kept"), [(262_144, 262_144), (262_145, 0)])
def test_a_line_of_a_stream_has_256_kib(size: int, kept: int) -> None:
    """What is over that is let go while it comes."""
    lines = Lines(Scrubber(Identities(), None).scrub_many)
    lines.feed(b"x" * 1_000)
    lines.feed(b"x" * (size - 1_000))
    assert sum(map(len, lines._rest)) == kept


@pytest.mark.parametrize(
    ("size", "known"), [(1, 0), (2, 1), (256, 1), (257, 0), (300, 0)]
)
def test_an_identity_has_2_to_256_letters(size: int, known: int) -> None:
    """Shorter ones are letters, longer ones are texts."""
    name = ("wq" * 200)[:size]
    assert len(Identities([("user", name)])) == known


@pytest.mark.slow
def test_a_machine_has_65536_identities() -> None:
    """One more, and nothing leaves."""
    known = Identities(("user", f"wren-{number:x}") for number in range(65_536))
    assert len(known) == 65_536
    with pytest.raises(TooLargeError):
        known.add("user", "wrenfield")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [("wq", "WQ", 0), ("wqz", "WQZ", 1), ("wq", "wq-x", 0), ("wqz", "wqz-x", 1)],
)
def test_a_name_of_two_letters_has_its_own_case(
    name: str, text: str, found: int
) -> None:
    """A longer one is known in any case and in compounds."""
    block = text.encode()
    assert len(Dictionary([("user", name)]).find(block, block.lower())) == found


@pytest.mark.parametrize(("name", "found"), [("Evely", 0), ("Evelyn", 1)])
def test_a_part_of_a_name_up_to_five_letters_has_a_capital(
    name: str, found: int
) -> None:
    """A longer one is no word of a text."""
    block = name.lower().encode()
    assert len(Dictionary([("person", name)]).find(block, block)) == found


@pytest.mark.parametrize(("name", "known"), [("wq7", 0), ("wqz7", 1)])
def test_a_learned_name_has_four_letters(name: str, known: int) -> None:
    """Shorter ones are parts of too many words."""
    learned = Learned()
    learned.learn("user", name)
    assert len(learned) == known


def test_a_plain_word_is_learned_the_third_time() -> None:
    """Two may be an accident."""
    learned = Learned()
    learned.learn("user", "wrenfield", times=2)
    assert len(learned) == 0
    learned.learn("user", "wrenfield")
    assert len(learned) == 1


def test_1024_names_are_learned() -> None:
    """The next one takes the place of the oldest."""
    learned = Learned()
    for number in range(1_100):
        learned.learn("user", f"wren-{number}")
    assert len(learned) == 1_024


@pytest.mark.parametrize(("name", "found"), [(b"wq", 0), (b"wqz", 1)])
def test_a_name_of_three_letters_spreads(name: bytes, found: int) -> None:
    """A shorter one is hidden only where its line says that it is one."""
    assert len(spread(name + b" " + name, [(0, len(name), "user")])) == found


def test_three_levels_of_escapes_are_taken_out() -> None:
    """A message in JSON in JSON in JSON."""
    assert len(list(views(b"%25252541"))) == 3


def test_a_key_of_256_lines_is_removed() -> None:
    """The body of a key that never ends is one for so many lines."""
    body = b"Q" * 64
    lines = Lines(Scrubber(Identities(), None).scrub_many)
    lines.feed(b"-----BEGIN " + b"PRIVATE KEY-----\n" + (body + b"\n") * 260)
    lines.take()
    assert lines.key_parts == 256


@pytest.mark.slow
def test_the_encodings_of_many_names_are_bounded() -> None:
    """So many spellings in base64 and hex are beside the names themselves."""
    dictionary = Dictionary(("user", f"wren{number:05}x") for number in range(4_000))
    count = int(repr(dictionary).rstrip(">").rpartition(" ")[2])
    assert 16_000 <= count < 16_010


@pytest.mark.parametrize(
    ("step", "expected"), [(5.0, "plain"), (5.5, Withheld.TIME_BUDGET)]
)
def test_a_block_is_given_five_seconds(step: float, expected: str | Withheld) -> None:
    """What is done in that time passes, what takes longer does not."""
    ticks = iter([0.0, *[step] * 10_000])
    scrubber = Scrubber(Identities(), None, clock=lambda: next(ticks))
    assert scrubber.scrub("plain") == expected
