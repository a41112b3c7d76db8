# SPDX-License-Identifier: Apache-2.0
"""Lines of one shape: what is remembered of one never changes what is found in another.

Not here: what is found (`test_detectors.py`, `test_text.py`).
"""

import random
import re
from dataclasses import replace

import pytest

from agent.redaction import bounds
from agent.redaction.detector import Detector, Digits
from agent.redaction.detectors import detectors
from agent.redaction.direct import Direct
from agent.redaction.identities import Identities
from agent.redaction.scanning import compile_pattern, with_any_digit
from agent.redaction.shapes import Shape, Shapes, outside, tags_in
from agent.redaction.text import Scrubber
from tests.log_grammar.grammar import lines

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
    scrubber = Scrubber(Identities([("user", "amelie")]), KEY)
    first = scrubber.scrub_many(TEXTS)
    assert scrubber.scrub_many(TEXTS) == first
    assert scrubber.scrub_many(TEXTS) == first


@pytest.mark.slow
def test_other_digits_do_not_confuse() -> None:
    """A line is scrubbed as if no line with other digits had come before it."""
    scrubber = Scrubber(Identities(), KEY)
    for seed in range(3):
        scrubber.scrub_many([_other_digits(text, seed) for text in TEXTS])
    fresh = Scrubber(Identities(), KEY).scrub_many(TEXTS)
    assert scrubber.scrub_many(TEXTS) == fresh


@pytest.mark.parametrize("detector", VERDICTS)
def test_digits_do_not_decide(detector: Detector) -> None:
    """A verdict that is said not to depend on some digits does not."""
    pattern = compile_pattern(with_any_digit(detector.pattern))
    for text in [*(text for text, _ in detector.hits), *detector.misses]:
        for seed in range(4):
            field, other = text.encode(), _other_digits(text, seed).encode()
            for start, end in pattern.places(field, _ignored):
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


def _ignored() -> None:
    """Take a tick for nothing."""


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


def _shape(line: bytes) -> Shape:
    """Return the shape of a line that was seen twice."""
    shapes = Shapes(Direct(detectors(), compile_pattern))
    for _ in range(2):
        found = shapes.of(line, 1, _ignored)[0]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "sites"),
    [
        (rb"logon by CONTOSO\amelie failed", 0),
        (rb"logon by CONTOSO\amelie7 failed", 1),
        (b"mail to amelie@corp.example went", 0),
    ],
)
def test_what_holds_no_digit_is_judged_once(line: bytes, sites: int) -> None:
    """A match in which no digit can differ leaves nothing open in its shape."""
    shape = _shape(line)
    assert len(shape.sites) == sites
    assert bool(shape.fixed) == (not sites)


def test_what_is_found_in_a_tag_is_left_out_of_its_shape() -> None:
    """A tag where a name would stand leaves nothing to be found in such lines."""
    line = b"of <user-00000000> 7"
    name, whole = (3, 18, "user"), (0, 20, "user")
    for digits in Digits:
        own = replace(
            detectors()[0],
            pattern=rb"of [^\n]+",
            needs=(),
            digits=digits,
            verify=lambda _match, _before, _after: (name, whole),
        )
        shapes = Shapes(Direct([own], compile_pattern))
        found = [shapes.of(line, 1, _ignored)[0] for _ in range(2)][1]
        assert found is not None
        judged = [site.judge(line[site.low : site.high]) for site in found.sites]
        assert judged == ([] if digits is Digits.NONE else [(whole,)])
        assert name not in found.fixed


def test_names_that_stand_twice_are_kept_once() -> None:
    """What two rules find at one place is one span of the shape."""
    shape = _shape(rb'SubjectUserName="CONTOSO\amelie" x')
    assert len(set(shape.fixed)) == len(shape.fixed)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (6, 12, ((0, 3), (3, 6))),
        (7, 10, ((-1, 2), (2, 5))),
        (5, 21, ((1, 4), (4, 7), (15, 19))),
        (12, 20, ()),
        (4, 6, ()),
        (0, 1, ((0, 4),)),
        (23, 30, ((-3, 1),)),
        (24, 30, ()),
    ],
)
def test_tags_of_a_match_are_those_that_it_has_a_part_of(
    start: int, end: int, expected: tuple[tuple[int, int], ...]
) -> None:
    """Tags that a match ends or begins within count; those beside it do not."""
    assert tags_in([(0, 4), (6, 9), (9, 12), (20, 24)], start, end) == expected
    assert tags_in([], start, end) == ()


@pytest.mark.parametrize(
    ("span", "left"),
    [
        ((3, 6), False),
        ((4, 5), False),
        ((2, 6), True),
        ((3, 7), True),
        ((0, 2), True),
        ((6, 9), True),
        ((10, 14), False),
        ((8, 15), True),
    ],
)
def test_finds_within_a_tag_are_none(span: tuple[int, int], left: bool) -> None:  # noqa: FBT001 - of a table
    """What no letter outside of a tag belongs to goes; all other finds stay whole."""
    found = ((*span, "user"),)
    assert outside(found, ((3, 6), (10, 14))) == (found if left else ())


@pytest.mark.parametrize(
    ("line", "fixed"),
    [
        (b"docker login -u amelie -p hunter.two x", True),
        (b"docker login -u amelie -p hunter2 x", False),
    ],
)
def test_a_line_without_digits_leaves_nothing_open(line: bytes, fixed: bool) -> None:  # noqa: FBT001 - of a table
    """Also detectors to which one digit is not like another are asked once."""
    shape = _shape(line)
    assert bool(shape.fixed) == fixed
    assert bool(shape.exact) == (not fixed)
