# SPDX-License-Identifier: Apache-2.0
"""What is remembered of a shape, how long, and what is asked again in each line.

Rules: detectors made for this test find what stands behind a sign; where digits are to
decide, a line has one.
Not here: lines that are scrubbed (`test_shapes.py`), what no digit decides and what
stands in tags (`test_shape_finds.py`).
"""

import pytest

from agent.redaction import bounds
from agent.redaction.detector import Detector, Digits
from agent.redaction.direct import Direct
from agent.redaction.elsewhere import Again
from agent.redaction.scanning import Compile, Pattern, Places, Tick, compile_pattern
from agent.redaction.shapes import NOTHING, Shape, Shapes
from tests.unit.redaction.made import Seen, ignored, made

NAMES = rb"#[a-z]+[0-9]*"


def _shapes(*detectors: Detector, compiled: Compile = compile_pattern) -> Shapes:
    return Shapes(Direct(detectors, compiled))


def _of(shapes: Shapes, *units: bytes) -> list[Shape | None]:
    return shapes.of(b"\n".join(units), len(units), ignored)


def _known(shapes: Shapes, *units: bytes) -> list[Shape]:
    """Return the shapes of lines that are seen twice."""
    _of(shapes, *units)
    return [shape for shape in _of(shapes, *units) if shape is not None]


def test_only_a_shape_that_comes_again_is_remembered() -> None:
    """A line has a shape the second time, and then the same one for all like it."""
    shapes = _shapes(made(NAMES))
    assert _of(shapes, b"#wren1", b"up 7") == [None, None]
    first, second = _of(shapes, b"#wren2", b"new 8")
    assert (first is None, second) == (False, None)
    assert _of(shapes, b"#wren3", b"#wren4") == [first, first]
    third, again = _of(shapes, b"up 9", b"#wren5")
    assert third is NOTHING
    assert again is first


def test_a_shape_that_comes_twice_in_one_block_is_remembered() -> None:
    """It has a shape in that block already, at all its places."""
    shapes = _shapes(made(NAMES))
    first, second, third = _of(shapes, b"#wren1", b"up", b"#wren2")
    assert first is third
    assert first is not None
    assert second is None


def test_what_does_not_depend_on_digits_is_fixed() -> None:
    """Its verdict is asked once, of noughts, and holds for all lines of the shape."""
    seen: Seen = []
    detector = made(NAMES, digits=Digits.NONE, beside=3, seen=seen)
    shape, other = _known(_shapes(detector), b"is 7: #wren7, 88", b"#kite")
    assert seen == [(b"0: ", b"#wren0", b", 0"), (b"", b"#kite", b"")]
    assert shape.fixed == [(7, 12, "user")]
    assert shape.rules == [("user", "made")]
    assert (shape.named, shape.sites, shape.exact) == ([], [], [])
    assert other.fixed == [(1, 5, "user")]


@pytest.mark.parametrize(
    ("line", "fixed", "named", "again"),
    [
        (b"#wren is wren", [(1, 5), (9, 13)], [], []),
        (b"#wren7 is wren7", [(1, 6)], [], [("user", 5, [1], [10])]),
        (b"#wren7 is wren", [(1, 6)], [], []),
        (b"#kik7 is kik7", [(1, 5)], [(1, 5)], []),
        (
            b"#wren #kite7 wren kite7",
            [(1, 5), (7, 12), (13, 17)],
            *([], [("user", 5, [7], [18])]),
        ),
    ],
)
def test_names_that_spread_are_fixed_unless_they_have_digits(
    line: bytes,
    fixed: list[tuple[int, int]],
    named: list[tuple[int, int]],
    again: list[Again],
) -> None:
    """A name with digits is looked for in each line in which it may stand again."""
    for spreads in (True, False):
        detector = made(NAMES, digits=Digits.NONE, spreads=spreads)
        (shape,) = _known(_shapes(detector), line)
        if spreads:
            assert [span[:2] for span in shape.fixed] == fixed
            assert ([span[:2] for span in shape.named], shape.again) == (named, again)
        else:
            assert shape.fixed == [(*span, "user") for span in fixed if span[0] < 8][:2]
            assert (shape.named, shape.again) == ([], [])


@pytest.mark.parametrize(
    ("digits", "line", "window", "shown"),
    [
        (Digits.MATCH, b"of #wren7, 8", (3, 9, 3), (b"f ", b"#wren7", b", ")),
        (Digits.ALL, b"of #wren7, 8", (1, 11, 3), (b"f ", b"#wren7", b", ")),
        (Digits.MATCH, b"8 #wren7 8", (2, 8, 2), (b"0 ", b"#wren7", b" 0")),
        (Digits.ALL, b"8 #wren7 8", (0, 10, 2), (b"8 ", b"#wren7", b" 8")),
        (Digits.MATCH, b"#wren7", (0, 6, 0), (b"", b"#wren7", b"")),
        (Digits.ALL, b"#wren7", (0, 6, 0), (b"", b"#wren7", b"")),
    ],
)
def test_what_depends_on_digits_is_a_site(
    digits: Digits,
    line: bytes,
    window: tuple[int, int, int],
    shown: tuple[bytes, bytes, bytes],
) -> None:
    """A site knows its window, where its match begins, and whom to ask."""
    seen: Seen = []
    detector = made(NAMES, digits=digits, beside=2, spreads=True, seen=seen)
    (shape,) = _known(_shapes(detector), line)
    assert not seen
    (site,) = shape.sites
    assert (site.low, site.high, site.at) == window
    assert (site.spreads, site.rule, shape.fixed) == (True, "made", [])
    assert site.judge(line[site.low : site.high]) == ((1, 6, "user"),)
    assert seen == [shown]


@pytest.mark.parametrize(
    ("digits", "same", "other"),
    [
        (Digits.MATCH, b"a #kite7", b"b #wren7"),
        (Digits.ALL, b"b #wren7", b"so #wren7"),
    ],
)
def test_sites_of_different_shapes_share_their_verdicts(
    digits: Digits, same: bytes, other: bytes
) -> None:
    """What was judged with the same beside it, or as far from it, is not asked again.

    Where only the match decides, what stands beside it has to be the same.
    """
    detector = made(NAMES, digits=digits, beside=3)
    shapes = _shapes(detector, detector._replace(name="another"))
    (first,) = _known(shapes, b"a #wren7")
    (second,) = _known(shapes, same)
    (third,) = _known(shapes, other)
    assert [site.rule for site in first.sites] == ["made", "another"]
    assert first.sites[0].memo is second.sites[0].memo
    assert first.sites[0].memo is not first.sites[1].memo
    assert first.sites[0].memo is not third.sites[0].memo


def test_what_stands_beside_a_match_ends_with_its_line() -> None:
    """In a text of several lines, too, and where it stands at the bound exactly."""
    seen: Seen = []
    detector = made(NAMES, digits=Digits.NONE, beside=3, seen=seen)
    shapes = _shapes(detector)
    for text in (b"abc\nd #wren e\nfgh", b"a\n#wren\nf", b"abc\ndef#wren, g\n"):
        for _ in range(2):
            shapes.of(text, 1, ignored)
    assert seen == [
        (b"d ", b"#wren", b" e"),
        (b"", b"#wren", b""),
        (b"def", b"#wren", b", g"),
    ]


def test_a_detector_for_one_digit_scans_such_lines_itself() -> None:
    """Where another digit matches, it is asked of each line, once for all matches."""
    detectors = made(rb"#[a-z]+7"), made(rb"@[a-z]+7", name="at")
    shapes = _shapes(*detectors)
    shape, other, none = _known(shapes, b"#wren1 #kite2 @wren3", b"@wren2", b"wren7")
    assert [scan.detector.name for scan in shape.exact] == ["made", "at"]
    assert [scan.detector.name for scan in other.exact] == ["at"]
    assert none is NOTHING


def test_a_detector_for_one_digit_is_asked_whatever_it_needs() -> None:
    """What it needs may have other digits in the shape; of others it is kept."""
    needing = made(rb"#[a-z]+7", needs=(b"7",))
    (shape,) = _known(_shapes(needing), b"#wren7")
    assert len(shape.exact) == 1
    uniform = made(NAMES, needs=(b"x", b"k="))
    taken, left = _known(_shapes(uniform), b"K=#wren7", b"k =#wren7")
    assert len(taken.sites) == len(left.sites) == 1
    (alone,) = _known(_shapes(uniform), b"k =#wren7")
    assert alone is NOTHING


def test_the_patterns_for_any_digit_are_compiled_once() -> None:
    """And only when a shape comes again, those that are the same where they are."""
    asked: list[bytes] = []

    def compiled(pattern: bytes) -> Pattern:
        asked.append(pattern)
        return compile_pattern(pattern)

    shapes = _shapes(made(rb"#[a-z]+7"), made(NAMES), compiled=compiled)
    asked.clear()
    _of(shapes, b"#wren7")
    assert asked == []
    _of(shapes, b"#wren7")
    _known(shapes, b"#wren7 up")
    assert asked == [rb"#[a-z]+[0-9]", NAMES]


def test_tags_of_a_shape() -> None:
    """It knows where they stand: nothing begins within one, nothing reaches in."""
    detector = made(rb"[#r][a-z<>-]+[0-9]*", digits=Digits.NONE)
    tagged, plain = _known(
        _shapes(detector), b"<user-removed> #wren<ip-removed>y", b"a <b> #wren"
    )
    assert tagged.tags == [(0, 14), (20, 32)]
    assert tagged.fixed == [(16, 20, "user"), (32, 33, "user")]
    assert plain.tags == []
    assert plain.fixed == [(7, 11, "user")]
    only, sites = _known(
        _shapes(made(rb"[#r][a-z-]+[0-9]*")),
        b"x <user-removed>",
        b"<user-removed> #wren7",
    )
    assert only is NOTHING
    assert [site.at for site in sites.sites] == [15]


@pytest.mark.parametrize(
    ("line", "escaped"),
    [
        (b"#wren", False),
        (b"#wren %23", True),
        (b"quiet %41", True),
        (b"quiet %4", False),
        (rb"quiet \x91", True),
    ],
)
def test_a_shape_tells_whether_such_lines_may_have_escapes(
    line: bytes,
    escaped: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Whether or not there is anything to find in them as they are."""
    for digits in (Digits.NONE, Digits.MATCH):
        (shape,) = _known(_shapes(made(NAMES, digits=digits)), line)
        assert shape.escaped is escaped
        assert (shape is NOTHING) == (b"#" not in line and not escaped)


class _Asked:
    """A pattern that keeps what it was asked."""

    def __init__(self, pattern: bytes, asked: list[bytes]) -> None:
        """Compile it."""
        self._pattern = compile_pattern(pattern)
        self._asked = asked

    def places(self, block: bytes, tick: Tick) -> Places:
        """Return where the pattern matches."""
        self._asked.append(block)
        return self._pattern.places(block, tick)


def test_matches_are_sorted_to_their_lines() -> None:
    """However many stand in a line, in none, or at its ends; in one pass over all."""
    asked: list[bytes] = []
    shapes = _shapes(made(rb"#[a-z][0-9]"), compiled=lambda one: _Asked(one, asked))
    units = [b"", b"#a0 #b0", b"y", b"x", b"#c0", b"#d0 x", b"x #e0", b"x #f0", b"#g0"]
    looked = _known(shapes, *units)
    assert [[site.at for site in shape.sites] for shape in looked] == [
        *([], [0, 4], [], [], [0], [0], [2], [2], [0])
    ]
    assert asked == [b"\n".join(units)]


def test_a_pattern_that_leaves_a_line_is_asked_line_by_line() -> None:
    """Then each line is seen as if it stood alone; a text of several lines is one."""
    crossing = made(rb"#[a-z0-9\n]+")
    shapes = _known(_shapes(crossing), b"x #a1", b"bc", b"#d1", b"!", b"#e1 f")
    assert [[site.low for site in shape.sites] for shape in shapes] == [
        *([2], [], [0], [], [0])
    ]
    assert [[site.high for site in shape.sites] for shape in shapes] == [
        *([5], [], [3], [], [3])
    ]
    (ended, _) = _known(_shapes(crossing), b"#d1", b"!")
    assert [(site.low, site.high) for site in ended.sites] == [(0, 3)]
    (whole,) = _known(_shapes(crossing), b"#a1\nb")
    assert [(site.low, site.high) for site in whole.sites] == [(0, 5)]


@pytest.mark.parametrize(
    ("line", "alone"),
    [
        (b"#wren7 at 8", True),
        (b"#wren7 is wren7", False),
        (b"#wren7 is wren8", False),
        (b"#wren7 is WREN8", False),
        (b"#Wren7 at 8", True),
        (b"#wren7 xwren1x", False),
    ],
)
def test_it_is_remembered_whether_a_name_may_stand_twice(
    line: bytes,
    alone: bool,  # noqa: FBT001 - a table's column
) -> None:
    """In any line of a shape, for any digits and in any case."""
    shapes = _shapes(made(NAMES))
    (shape,) = _known(shapes, line)
    found = shapes.elsewhere(line, shape, [(1, 6, "user")])
    assert found == ([(10, 15, "user")] if line.endswith(b"is wren7") else [])
    assert shape.alone == {(1, 6): alone}
    assert shapes.elsewhere(line, shape, [(1, 6, "user")]) == found


def test_one_name_that_may_stand_twice_is_enough() -> None:
    """All names of the line are looked for then, whichever comes first."""
    shapes = _shapes(made(NAMES))
    line = b"#wren7 #kite7 kite7"
    (shape,) = _known(shapes, line)
    names = [(1, 6, "user"), (8, 13, "user")]
    for named in (names, names[::-1]):
        shape.alone.clear()
        assert shapes.elsewhere(line, shape, named) == [(14, 19, "user")]
    assert shapes.elsewhere(line, shape, []) == []


def test_a_verdict_is_remembered_unless_its_window_is_long() -> None:
    """The windows of a site are remembered up to a length."""
    shapes = _shapes(made(NAMES))
    (shape,) = _known(shapes, b"#wren7")
    memo, judge = shape.sites[0].memo, shape.sites[0].judge
    for length, kept in ((bounds.MEMO_BYTES, True), (bounds.MEMO_BYTES + 1, False)):
        window = b"#" + b"w" * (length - 1)
        assert shapes.judge(memo, window, judge) == ((1, length, "user"),)
        assert (window in memo) is kept


def test_verdicts_are_forgotten_when_there_are_many() -> None:
    """Over the bound all of them go, and it is counted anew."""
    shapes = _shapes(made(NAMES))
    (shape,) = _known(shapes, b"#wren7")
    memo = shape.sites[0].memo
    for _ in range(2):
        for number in range(bounds.MEMO_ENTRIES):
            shapes.judge(memo, b"%d" % number, lambda _: ())
        assert len(memo) == bounds.MEMO_ENTRIES
        shapes.judge(memo, b"#one more", lambda _: ())
        assert memo == {}


def test_shapes_are_forgotten_when_there_are_many() -> None:
    """Over the bound of their bytes all of them go, and the verdicts with them."""
    shapes = _shapes(made(NAMES))
    (first,) = _known(shapes, b"#wren7")
    first.sites[0].memo[b"#wren7"] = ()
    size = bounds.FIELD_CHARS
    count = bounds.SHAPE_BYTES // size
    for _ in range(2):
        for number in range(count - 1):
            _known(shapes, b"a" * (size - 1) + b"%c" % (97 + number))
        (same,) = _of(shapes, b"#wren7")
        assert same is first
        _known(shapes, b"b" * (size - len(b"#wren7")))
        assert _of(shapes, b"#wren7") == [first]
        _known(shapes, b"c")
        (anew,) = _of(shapes, b"#wren7")
        assert anew is not first
        assert anew is not None
        assert anew.sites[0].memo == {}
        first = anew


def test_what_was_seen_once_is_forgotten_when_there_is_much() -> None:
    """Over a bound a shape has to come twice again."""
    shapes = _shapes(made(NAMES))
    names = [b"%x" % number for number in range(2 * bounds.SHAPES_SEEN)]
    letters = [
        name.translate(bytes.maketrans(b"0123456789", b"ghijklmnop")) for name in names
    ]
    _of(shapes, *letters[: bounds.SHAPES_SEEN])
    assert _of(shapes, letters[0]) == [NOTHING]
    _of(shapes, letters[bounds.SHAPES_SEEN])
    assert _of(shapes, letters[1]) == [None]
    assert _of(shapes, letters[1]) == [NOTHING]


def test_time_is_asked_before_each_pattern() -> None:
    """New shapes are not scanned by the next pattern when time is over."""
    seen: Seen = []
    shapes = _shapes(made(NAMES, digits=Digits.NONE, seen=seen))
    _of(shapes, b"#wren")
    with pytest.raises(TimeoutError):
        shapes.of(b"#wren", 1, _over)
    assert seen == []


def _over() -> None:
    """Say that time is over."""
    raise TimeoutError
