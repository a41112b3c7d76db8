# SPDX-License-Identifier: Apache-2.0
"""What is found once for all lines of a shape, and what of it stands in tags.

Rules: where no digit can differ, nothing is left open; what is within a tag is none.
Not here: what is remembered (`test_shapes_made.py`), lines that are scrubbed
(`test_shapes.py`).
"""

import pytest

from agent.redaction.detector import Digits
from agent.redaction.detectors import detectors
from agent.redaction.direct import Direct
from agent.redaction.line_places import outside, tags_in
from agent.redaction.scanning import compile_pattern
from agent.redaction.shapes import Shape, Shapes
from tests.unit.redaction.made import ignored


def _shape(line: bytes) -> Shape:
    """Return the shape of a line that was seen twice."""
    shapes = Shapes(Direct(detectors(), compile_pattern))
    for _ in range(2):
        found = shapes.of(line, 1, ignored)[0]
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
    line = b"of <user_00000000> 7"
    name, whole = (3, 18, "user"), (0, 20, "user")
    for digits in Digits:
        own = detectors()[0]._replace(
            pattern=rb"of [^\n]+",
            needs=(),
            digits=digits,
            verify=lambda _match, _before, _after: (name, whole),
        )
        shapes = Shapes(Direct([own], compile_pattern))
        found = [shapes.of(line, 1, ignored)[0] for _ in range(2)][1]
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
