# SPDX-License-Identifier: Apache-2.0
"""The finder: what it finds in lines that are new, seen again and known.

Rules: brackets stand around what is found; detectors made for this test find what
stands behind a sign.
Not here: what the real detectors find (`test_detectors.py`), what is remembered of a
shape (`test_shapes.py`).
"""

from collections import Counter
from collections.abc import Sequence

import pytest

from agent.redaction import bounds
from agent.redaction.detector import Digits
from agent.redaction.dictionary import Dictionary, Span
from agent.redaction.finding import Finder
from tests.unit.redaction.made import Seen, ignored, made

NAMES = rb"#[a-z]+[0-9]*"
SEVENTH = rb"#[a-z]+7"
"""Names that end in one digit and no other: lines of one shape differ in them."""
WAYS = {
    "none": made(NAMES, digits=Digits.NONE),
    "match": made(NAMES, digits=Digits.MATCH),
    "all": made(NAMES, digits=Digits.ALL, beside=2),
    "exact": made(SEVENTH),
}
SPREADING = {
    "none": made(NAMES, digits=Digits.NONE, spreads=True),
    "match": made(NAMES, digits=Digits.MATCH, spreads=True),
    "all": made(NAMES, digits=Digits.ALL, beside=2, spreads=True),
    "exact": made(SEVENTH, spreads=True),
}


def _marked(units: Sequence[bytes], found: Sequence[Span]) -> list[bytes]:
    """Return the lines with brackets around each find, none of which is twice there."""
    block = b"\n".join(units)
    pieces: list[bytes] = []
    at = 0
    for start, end, _ in sorted(found):
        assert at <= start
        pieces += (block[at:start], b"[", block[start:end], b"]")
        at = end
    return b"".join([*pieces, block[at:]]).split(b"\n")


def _times(
    finder: Finder, units: Sequence[bytes], known: Sequence[Dictionary] = ()
) -> list[list[bytes]]:
    """Return what is found in lines when they are new, come again and are known."""
    return [_marked(units, finder.find(units, known, ignored)) for _ in range(3)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "lines",
    [
        [b"#[wren7]"],
        [b"by #[wren7] now"],
        [b"quiet", b"by #[wren7], #[kite7]", b"", b"#[kite7] up"],
        [b"#[wren7]", b"at 10:20:37", b"at 20:10:47", b"#[kite7]"],
        [b"#[wren7] #[wren7]", b"wren7 #[kite7]"],
        [b"#[wren7] is wren7, kite7", b"<user-removed> #[wren7] is wren7"],
        [b"", b""],
    ],
)
def test_lines_are_found_alike_new_and_known(way: str, lines: list[bytes]) -> None:
    """However a detector's verdict depends on digits, a line's finds stay the same."""
    units = [line.replace(b"[", b"").replace(b"]", b"") for line in lines]
    assert _times(Finder([WAYS[way]]), units) == [lines] * 3


@pytest.mark.parametrize("way", SPREADING)
@pytest.mark.parametrize(
    "lines",
    [
        [b"#[wren7] is [wren7], WREN8 is not"],
        [b"[wren7], #[wren7]", b"wren7", b"#[kite7], [kite7]"],
        [b"wren8, #[wren7] #[kite7] [kite7]"],
        [b"#[wren7] #[wren7]"],
        [b"quiet", b"#[wren7] or x#[kite7]: [wren7], [kite7]"],
        [b"<user-removed> #[wren7] <host-removed> [wren7], wren8"],
        [b"<user-removed> #[wren7]", b"<user-removed>"],
    ],
)
def test_names_are_found_again_in_lines_new_and_known(
    way: str, lines: list[bytes]
) -> None:
    """A name that spreads is found in the rest of its own line, whatever came before.

    It is looked for as it is, not as another line of the shape had it.
    """
    units = [line.replace(b"[", b"").replace(b"]", b"") for line in lines]
    finder = Finder([SPREADING[way]])
    assert _times(finder, units) == [lines] * 3
    other = [unit.translate(bytes.maketrans(b"8", b"9")) for unit in units]
    again = [line.translate(bytes.maketrans(b"8", b"9")) for line in lines]
    assert _times(finder, other) == [again] * 3


@pytest.mark.parametrize("way", ["match", "all"])
@pytest.mark.parametrize(
    "line",
    [b"a #wren*", b"#wren* c", b"#wren*, #wren1", b"<user-removed> #wren*, #kite2"],
)
def test_the_digits_of_each_line_decide(way: str, line: bytes) -> None:
    """Of lines of one shape only those are found whose digits the verdict takes."""
    detector = made(
        NAMES, digits=WAYS[way].digits, beside=WAYS[way].beside, unless=b"8"
    )
    finder = Finder([detector])
    for digit, wren in ((b"7", b"[wren7]"), (b"8", b"wren8"), (b"6", b"[wren6]")):
        units = [line.replace(b"*", digit)]
        taken = line.replace(b"wren*", wren)
        taken = taken.replace(b"wren1", b"[wren1]").replace(b"kite2", b"[kite2]")
        assert _times(finder, units) == [[taken]] * 3


def test_digits_beside_a_match_decide_where_it_is_said() -> None:
    """A verdict that depends on all digits is asked anew for those beside a match."""
    finder = Finder([made(rb"#[a-z]+", digits=Digits.ALL, beside=2, unless=b"8")])
    for text, expected in (
        (b"7#wren 7", b"7#[wren] 7"),
        (b"8#wren 7", b"8#wren 7"),
        (b"7#wren 8", b"7#wren 8"),
        (b"6#wren 9", b"6#[wren] 9"),
    ):
        assert _times(finder, [text]) == [[expected]] * 3


@pytest.mark.parametrize("way", WAYS)
def test_a_text_of_several_lines_is_found_alike_new_and_known(way: str) -> None:
    """Alone, it is looked at as a whole, and its finds stay the same."""
    finder = Finder([WAYS[way]])
    lines = [b"by #[wren7]", b"", b"#[kite7]"]
    assert _times(finder, [b"by #wren7\n\n#kite7"]) == [lines] * 3


@pytest.mark.parametrize("way", WAYS)
def test_new_lines_among_known_ones_keep_their_places(way: str) -> None:
    """Lines that are new are looked at apart, and found where they stand."""
    finder = Finder([WAYS[way]])
    old = [b"by #wren7", b"quiet"]
    _times(finder, old)
    units = [old[0], b"new #kite7 here", old[1], b"newer #kite7", old[0]]
    assert _marked(units, finder.find(units, (), ignored)) == [
        b"by #[wren7]",
        b"new #[kite7] here",
        b"quiet",
        b"newer #[kite7]",
        b"by #[wren7]",
    ]


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_a_tag_is_found(way: str) -> None:
    """A find that reaches over a tag leaves it out, in new lines and known ones."""
    wide = rb"#[a-z]+7[^ \n]*" if way == "exact" else rb"#[a-z]+[0-9]*[^ \n]*"
    detector = made(wide, digits=WAYS[way].digits, beside=WAYS[way].beside)
    units = [b"#wren7<user_00000000>x #kite7", b"<user-removed> #wren7", b"#kite7<b>"]
    assert (
        _times(Finder([detector]), units)
        == [
            [
                b"#[wren7]<user_00000000>[x] #[kite7]",
                b"<user-removed> #[wren7]",
                b"#[kite7<b>]",
            ]
        ]
        * 3
    )


def test_known_identities_are_found_in_lines_new_and_known() -> None:
    """Every dictionary is asked of every line, beside the detectors."""
    known = [Dictionary([("user", "amelie")]), Dictionary([("host", "turing")])]
    lines = [b"[amelie] on [turing]", b"quiet", b"#[wren7] and [AMELIE]"]
    units = [line.replace(b"[", b"").replace(b"]", b"") for line in lines]
    assert _times(Finder([WAYS["match"]]), units, known) == [lines] * 3


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "lines",
    [
        [b"a %23[wren7]"],
        [b"quiet", b"&#35;[wren7] b", b"#[kite7]", b"x &quot;%23[kite7]&quot;"],
        [b"%2523[wren7]", b"a %23[kite7] and &amp;#35;[kite7]"],
    ],
)
def test_escapes_are_looked_behind_in_lines_new_and_known(
    way: str, lines: list[bytes]
) -> None:
    """What is found without a line's escapes is found where it stands in the line."""
    units = [line.replace(b"[", b"").replace(b"]", b"") for line in lines]
    finder = Finder([WAYS[way]])
    for _ in range(3):
        found = sorted(set(finder.find(units, (), ignored)))
        assert _marked(units, found) == lines


def test_escapes_are_looked_behind_in_new_lines_among_known_ones() -> None:
    """Known lines, new ones, and which of them have escapes, are not mixed up."""
    finder = Finder([WAYS["match"]])
    old = [b"by %23wren7", b"quiet"]
    _times(finder, old)
    units = [b"newest", old[1], b"a %23kite7", old[0], b"b %23kite7 c", b"new"]
    assert _marked(units, finder.find(units, (), ignored)) == [
        b"newest",
        b"quiet",
        b"a %23[kite7]",
        b"by %23[wren7]",
        b"b %23[kite7] c",
        b"new",
    ]


def test_escapes_of_a_text_of_several_lines_are_looked_behind() -> None:
    """Each of its lines is read without its escapes, too."""
    lines = [b"first", b"a %23[wren7] b", b"%2523[kite7]", b"last"]
    unit = b"\n".join(lines).replace(b"[", b"").replace(b"]", b"")
    assert _times(Finder([WAYS["match"]]), [unit]) == [lines] * 3


@pytest.mark.parametrize("way", WAYS)
def test_finds_are_counted_each_time(way: str) -> None:
    """Each find is counted once for its rule, whether its line is new or known."""
    tally: Counter[tuple[str, str]] = Counter()
    finder = Finder([WAYS[way]], tally)
    known = [Dictionary([("host", "turing")])]
    units = [b"#wren7 on turing", b"quiet", b"#kite7, <host-removed> #wren7"]
    for count in range(1, 4):
        finder.find(units, known, ignored)
        assert tally == {("user", "made"): 3 * count, ("host", "known"): count}
    finder.find([units[2], b"new #wren7"], known, ignored)
    assert tally == {("user", "made"): 12, ("host", "known"): 3}


def test_what_spreads_is_counted_where_it_was_said() -> None:
    """The other places of a name are found, and not counted."""
    for detector in SPREADING.values():
        tally: Counter[tuple[str, str]] = Counter()
        finder = Finder([detector], tally)
        for _ in range(3):
            finder.find([b"#wren7 is wren7"], (), ignored)
        assert tally == {("user", "made"): 3}


def test_looking_again_counts_nothing() -> None:
    """Lines with tags are looked at again without a count, and then it goes on."""
    tally: Counter[tuple[str, str]] = Counter()
    finder = Finder([WAYS["match"]], tally)
    for _ in range(3):
        found = finder.again([b"by #wren7"], (), ignored)
        assert found == [(4, 9, "user")]
    assert not tally
    with pytest.raises(TimeoutError):
        finder.again([b"by #wren7"], (), _over)
    finder.find([b"by #wren7"], (), ignored)
    assert tally == {("user", "made"): 1}


def _over() -> None:
    """Say that time is over."""
    raise TimeoutError


def test_time_is_asked_on_the_way_through_known_lines() -> None:
    """A block of known lines asks at its first line, and now and then afterwards."""
    finder = Finder([WAYS["match"]])
    units = [b"by #wren7"] * (bounds.CHECK_EVERY + 1)
    _times(finder, units)
    asked: list[None] = []
    finder.find(units, (), lambda: asked.append(None))
    assert len(asked) == 2
    asked.clear()
    finder.find(units[:-1], (), lambda: asked.append(None))
    assert len(asked) == 1


@pytest.mark.parametrize("rest", [b"", b" on <host-removed>"])
def test_a_verdict_is_asked_once_for_each_text(rest: bytes) -> None:
    """Lines of one shape with the same name ask once for all, new ones once each."""
    seen: Seen = []
    finder = Finder([made(NAMES, spreads=True, seen=seen)])
    _times(finder, [b"#wren7 at 10:20" + rest])
    asked = len(seen)
    for minute in range(10, 20):
        finder.find([b"#wren7 at 10:%d" % minute + rest], (), ignored)
    assert len(seen) == asked
    finder.find([b"#wren8 at 10:20" + rest], (), ignored)
    assert len(seen) == asked + 1


def test_finds_are_named_by_their_rules() -> None:
    """Each rule is told with what it finds, also behind escapes, in order."""
    at = made(rb"@[a-z]+", kind="host", name="at")
    finder = Finder([at, WAYS["match"]])
    known = [Dictionary([("user", "amelie")])]
    found = finder.named(b"Amelie #wren %23kite @turing", known, ignored)
    assert [*dict.fromkeys(found)] == [
        ((0, 6, "user"), "known"),
        ((8, 12, "user"), "made"),
        ((16, 20, "user"), "made"),
        ((22, 28, "host"), "at"),
    ]


def test_nothing_that_was_seen_is_shown() -> None:
    """A finder shows no line and no name."""
    finder = Finder([WAYS["match"]])
    _times(finder, [b"#wren7"])
    assert repr(finder) == "<Finder>"
