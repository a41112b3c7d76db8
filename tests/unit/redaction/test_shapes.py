# SPDX-License-Identifier: Apache-2.0
"""Lines of one shape: what is remembered of one never changes what is found in another.

Not here: what is found (`test_detectors.py`, `test_text.py`), what is remembered of a
shape (`test_shapes_made.py`), what is settled once for all its lines
(`test_shape_finds.py`).
"""

import random
import re

import pytest

from agent.redaction import bounds
from agent.redaction.detector import Detector, Digits
from agent.redaction.detectors import detectors
from agent.redaction.identities import Identities
from agent.redaction.scanning import compile_pattern, with_any_digit
from agent.redaction.text import Scrubber
from tests.log_grammar.grammar import lines
from tests.unit.redaction.made import ignored

KEY = bytes(range(32))
TEXTS = [
    *(line.text for line in lines(3, 400)),
    *(text for detector in detectors() for text, _ in detector.hits),
    *(text for detector in detectors() for text in detector.misses),
]
VERDICTS = [
    pytest.param(detector, id=detector.name)
    for detector in detectors()
    if detector.digits is not Digits.ALL
]


def _other_digits(text: str, seed: int) -> str:
    generator = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return re.sub("[0-9]", lambda _: str(generator.randrange(10)), text)


@pytest.mark.slow
def test_seen_before_changes_nothing() -> None:
    """A line is scrubbed the same when it is new, when it comes again, and later."""
    scrubber = Scrubber(Identities([("user", "amelie")]), KEY, seconds=600.0)
    first = scrubber.scrub_many(TEXTS)
    assert scrubber.scrub_many(TEXTS) == first
    assert scrubber.scrub_many(TEXTS) == first


@pytest.mark.slow
def test_other_digits_do_not_confuse() -> None:
    """A line is scrubbed as if no line with other digits had come before it."""
    scrubber = Scrubber(Identities(), KEY, seconds=600.0)
    for seed in range(3):
        scrubber.scrub_many([_other_digits(text, seed) for text in TEXTS])
    fresh = Scrubber(Identities(), KEY, seconds=600.0).scrub_many(TEXTS)
    assert scrubber.scrub_many(TEXTS) == fresh


@pytest.mark.parametrize("detector", VERDICTS)
def test_digits_do_not_decide(detector: Detector) -> None:
    """A verdict that is said not to depend on some digits does not."""
    pattern = compile_pattern(with_any_digit(detector.pattern))
    for text in [*(text for text, _ in detector.hits), *detector.misses]:
        for seed in range(4):
            field, other = text.encode(), _other_digits(text, seed).encode()
            for start, end in pattern.places(field, ignored):
                before = slice(max(0, start - detector.beside), start)
                after = slice(end, end + detector.beside)
                match = field if detector.digits is Digits.MATCH else other
                assert detector.verify(
                    match[start:end], other[before], other[after]
                ) == detector.verify(field[start:end], field[before], field[after])


def test_a_name_is_looked_for_again_where_it_may_stand_twice() -> None:
    """Whether a name stands elsewhere in a line is asked of each line of a shape."""
    scrubber = Scrubber(Identities(), None)
    other = ["lock of kay7 held, user=kay7", "lock of kay8 held, user=kay9"]
    for _ in range(3):
        assert scrubber.scrub_many(other) == [
            "lock of <user-removed> held, user=<user-removed>",
            "lock of kay8 held, user=<user-removed>",
        ]
    alone = ["lock held for 7 s, user=kay7"] * 3
    assert set(scrubber.scrub_many(alone)) == {"lock held for 7 s, user=<user-removed>"}


def test_escapes_are_taken_out_of_every_line_of_a_shape() -> None:
    """A line whose shape is known is read without its escapes, too."""
    scrubber = Scrubber(Identities(), None)
    for number in range(4):
        line = f"GET /stop{number}?user%3Damelie{number}%26on"
        assert "amelie" not in scrubber.scrub(line)


def test_digits_may_make_an_escape() -> None:
    """Of lines of one shape those have views whose digits make an escape."""
    scrubber = Scrubber(Identities(), None)
    for _ in range(3):
        assert (
            scrubber.scrub_many([r"a user=\x41dam z", r"a user=\x91dam z"])
            == ["a user=<user-removed> z"] * 2
        )


@pytest.mark.slow
def test_memory_is_bounded() -> None:
    """However many shapes come, the memory of them starts again before it is large."""
    scrubber = Scrubber(Identities(), None)
    text = "host {} user {} from 192.0.2.{} port {}" + " and so on" * 80
    count = 2 * bounds.SHAPE_BYTES // len(text)
    names = [
        f"{number:x}".translate(str.maketrans("0123456789", "ghijklmnop"))
        for number in range(count)
    ]
    made = [text.format(name, name, 7, 22) for name in names for _ in range(3)]
    assert set(map(type, scrubber.scrub_many(made))) == {str}
