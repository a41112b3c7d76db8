# SPDX-License-Identifier: Apache-2.0
"""Detectors over lines as they are: what they see of a line, and where they look.

Not here: the detectors (`test_detectors.py`), lines that look alike (`test_shapes.py`).
"""

from collections import Counter

import pytest

from agent.redaction import bounds
from agent.redaction.detector import Detector, Digits, Found
from agent.redaction.direct import Direct, Memory, Scan, outside_tags
from agent.redaction.scanning import compile_pattern

Seen = list[tuple[bytes, bytes, bytes]]


def _ignored() -> None:
    """Take a tick for nothing."""


def _detector(
    pattern: bytes,
    seen: Seen,
    *,
    needs: tuple[bytes, ...] = (),
    beside: int = 0,
    spreads: bool = False,
) -> Detector:
    """Return a detector of users that takes each match, and notes what it was shown."""

    def verify(match: bytes, before: bytes, after: bytes) -> Found:
        seen.append((before, match, after))
        return ((0, len(match), "user"),)

    return Detector(
        *("made", "user", pattern, needs, beside, spreads, Digits.ALL, verify),
        *((), (), ""),
    )


@pytest.mark.parametrize(
    ("places", "left"),
    [
        ([(0, 2)], [(0, 2)]),
        ([(3, 9)], [(3, 9)]),
        ([(4, 9)], []),
        ([(7, 9)], []),
        ([(8, 12)], [(8, 12)]),
        ([(2, 9)], [(2, 9)]),
        ([(13, 14), (15, 17)], [(15, 17)]),
        ([], []),
    ],
)
def test_what_begins_within_a_tag_is_no_match(
    places: list[tuple[int, int]], left: list[tuple[int, int]]
) -> None:
    """A match that begins inside a tag goes; one with all of it, or its head, stays."""
    assert outside_tags(places, [(3, 8), (12, 15)]) == left


def test_without_tags_all_matches_stay() -> None:
    """Where no tag stands nothing is dropped."""
    assert outside_tags([(3, 5), (7, 9)], []) == [(3, 5), (7, 9)]


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        (b"abcd7efgh", (b"bcd", b"7", b"efg")),
        (b"d7e", (b"d", b"7", b"e")),
        (b"7", (b"", b"7", b"")),
        (b"ab\nd7e\nfg", (b"d", b"7", b"e")),
        (b"abc\n7\nefg", (b"", b"7", b"")),
        (b"a\n\nd7e\n\nf", (b"d", b"7", b"e")),
    ],
)
def test_a_verdict_sees_a_few_bytes_of_the_same_line(
    block: bytes, shown: tuple[bytes, bytes, bytes]
) -> None:
    """Beside a match are as many bytes as the detector asks for, within its line."""
    seen: Seen = []
    scan = Scan(_detector(rb"7", seen, beside=3), compile_pattern, Memory())
    at = block.index(b"7")
    assert scan.find(block, _ignored) == [(at, at + 1, "user")]
    assert seen == [shown]


def test_the_same_text_is_judged_once() -> None:
    """A verdict on a match and what is beside it is remembered."""
    seen: Seen = []
    scan = Scan(_detector(rb"[0-9]+", seen, beside=1), compile_pattern, Memory())
    assert len(scan.find(b"a7b a7b a8b a7c", _ignored)) == 4
    assert seen == [(b"a", b"7", b"b"), (b"a", b"8", b"b"), (b"a", b"7", b"c")]


def test_what_is_remembered_is_bounded() -> None:
    """Of many matches the verdicts are forgotten at a bound, of long ones at once."""
    seen: Seen = []
    scan = Scan(_detector(rb"[0-9]+", seen), compile_pattern, Memory())
    numbers = [b"%d" % number for number in range(bounds.DIRECT_ENTRIES)]
    block = b" ".join(numbers)
    assert len(scan.find(block, _ignored)) == len(numbers)
    assert len(scan.find(block, _ignored)) == len(numbers)
    assert len(seen) == len(numbers)
    scan.find(b"1x", _ignored)
    assert len(seen) == len(numbers)
    scan.find(b"10000000", _ignored)
    scan.find(b"1", _ignored)
    assert len(seen) == len(numbers) + 2
    for length, times in ((bounds.MEMO_BYTES, 1), (bounds.MEMO_BYTES + 1, 2)):
        seen.clear()
        scan.find(b"2" * length, _ignored)
        scan.find(b"2" * length, _ignored)
        assert len(seen) == times


def test_detectors_share_what_is_remembered() -> None:
    """What fills the bound for one detector is forgotten for another, too."""
    seen: Seen = []
    memory = Memory()
    letters = Scan(_detector(rb"[a-z]+", seen), compile_pattern, memory)
    digits = Scan(_detector(rb"[0-9]+", seen), compile_pattern, memory)
    letters.find(b"x", _ignored)
    block = b" ".join(b"%d" % number for number in range(bounds.DIRECT_ENTRIES - 1))
    digits.find(block, _ignored)
    seen.clear()
    letters.find(b"x", _ignored)
    assert seen == []
    digits.find(b"new7", _ignored)
    digits.find(b"10000000", _ignored)
    letters.find(b"x", _ignored)
    assert seen == [(b"", b"10000000", b""), (b"", b"x", b"")]


@pytest.mark.parametrize(
    ("needs", "block", "found"),
    [
        ((), b"k=amelie", [(2, 8, "user")]),
        ((b"k=",), b"K=amelie", [(2, 8, "user")]),
        ((b"x", b"k="), b"k=amelie", [(2, 8, "user")]),
        ((b"other",), b"k=amelie", []),
    ],
)
def test_a_block_without_what_a_detector_needs_is_passed_over(
    needs: tuple[bytes, ...], block: bytes, found: list[tuple[int, int, str]]
) -> None:
    """One of the needed texts, in any case, has to stand in the block."""
    direct = Direct([_detector(rb"amelie", [], needs=needs)], compile_pattern)
    assert direct.find([block], _ignored, None) == found


def test_a_name_is_found_again_in_its_line_only() -> None:
    """What spreads is looked for in the line that named it, and in no other."""
    detector = _detector(rb"#[a-z]+", [], spreads=True)
    lines = [
        b"amelie",
        b"x #amelie is #amelie",
        b"amelie",
        b"#broux #broux,",
        b"#broux",
    ]
    direct = Direct([_marked(detector)], compile_pattern)
    block = b"\n".join(lines)
    found = direct.find(lines, _ignored, None)
    assert sorted({block[start:end] for start, end, _ in found}) == [
        b"amelie",
        b"broux",
    ]
    assert sorted(found) == [
        *((10, 16, "user"), (21, 27, "user"), (36, 41, "user"), (43, 48, "user")),
        (51, 56, "user"),
    ]
    plain = Direct([_marked(detector)], compile_pattern)
    lines = [b"amelie x", b"#amelie and amelie", b"amelie", b"#broux, broux"]
    assert sorted(plain.find(lines, _ignored, None)) == [
        *((10, 16, "user"), (21, 27, "user"), (36, 41, "user"), (43, 48, "user")),
    ]


@pytest.mark.parametrize(
    ("lines", "others"),
    [
        ([b"up", b"wren is #wren"], [(3, 7)]),
        ([b"#wren is wren", b"wren"], [(9, 13)]),
        ([b"#wren", b"", b"wren #wren wren"], [(7, 11), (18, 22)]),
        ([b"xwren", b"#wren", b"wrenx"], []),
    ],
)
def test_a_name_is_found_again_at_the_ends_of_its_line(
    lines: list[bytes], others: list[tuple[int, int]]
) -> None:
    """Wherever the line stands in its block."""
    direct = Direct(
        [_marked(_detector(rb"#[a-z]+", [], spreads=True))], compile_pattern
    )
    block = b"\n".join(lines)
    found = [span[:2] for span in direct.find(lines, _ignored, None)]
    assert sorted(span for span in found if block[span[0] - 1 : span[0]] != b"#") == (
        others
    )


def _marked(detector: Detector) -> Detector:
    """Return the detector without the sign before the name."""

    def verify(match: bytes, before: bytes, after: bytes) -> Found:
        del before, after
        return ((1, len(match), "user"),)

    return Detector(
        *(detector.name, "user", detector.pattern, (), 0, detector.spreads),
        *(Digits.ALL, verify, (), (), ""),
    )


def test_tags_are_left_out_and_finds_are_counted() -> None:
    """Nothing of a tag is found, and each find is counted once."""
    direct = Direct([_detector(rb"[a-z]{4,}", [])], compile_pattern)
    tally: Counter[tuple[str, str]] = Counter()
    line = b"wren <user-removed> kite"
    assert direct.find([line], _ignored, tally) == [(0, 4, "user"), (20, 24, "user")]
    assert tally == {("user", "made"): 2}


def test_each_detector_looks_for_itself() -> None:
    """One that is passed over, or does not spread, keeps no other from looking."""
    absent = _detector(rb"wren", [], needs=(b"other",))
    plain = _detector(rb"#[a-z]+", [])
    direct = Direct([absent, _marked(plain)], compile_pattern)
    assert direct.find([b"wren #kite, kite"], _ignored, None) == [(6, 10, "user")]


def test_what_reaches_over_a_tag_leaves_it_out() -> None:
    """Of a find with a tag in it the bytes before and behind the tag are left."""
    direct = Direct([_detector(rb"k=[^ ]+", [])], compile_pattern)
    line = b"k=a<user-removed>b k=c"
    assert direct.find([line], _ignored, None) == [
        *((0, 3, "user"), (17, 18, "user"), (19, 22, "user")),
    ]


def test_time_is_asked_before_each_detector() -> None:
    """A block whose time is over is not scanned by the next detector."""

    def over() -> None:
        raise TimeoutError

    seen: Seen = []
    direct = Direct([_detector(rb"wren", seen)], compile_pattern)
    with pytest.raises(TimeoutError):
        direct.find([b"wren"], over, None)
    assert seen == []
