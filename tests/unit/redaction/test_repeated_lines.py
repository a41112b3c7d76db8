# SPDX-License-Identifier: Apache-2.0
"""A line that came before is not looked at again, and becomes the same all the same.

Rules: who counts what is found looks at every line: so the two ways can be compared.
Not here: what is found (`test_finding.py`), what is done in a block (`test_text.py`).
"""

import random
import re

import pytest

from agent.redaction import bounds
from agent.redaction.detector import Digits, Found
from agent.redaction.finding import Finder
from agent.redaction.identities import Identities
from agent.redaction.repeats import Repeats
from agent.redaction.replacing import Replacer
from agent.redaction.settling import Settling
from agent.redaction.tallying import Tally
from agent.redaction.text import Scrubber
from tests.log_grammar.grammar import lines
from tests.unit.redaction.made import ignored, made

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
NUMBERED = made(rb"#[a-z]+[0-9]*")
MACHINE = [("user", "wren"), ("host", "kite7"), ("user", "amelie")]


def _settled(finder: Finder, repeats: Repeats, *units: bytes) -> list[bytes]:
    block = Settling([*units], finder, Replacer(KEY), (), ignored)
    again, _ = block.first(repeats)
    assert again == []
    return block.parts


def _left(finder: Finder, repeats: Repeats, *units: bytes) -> list[int]:
    """Return the numbers of the lines that would be looked at."""
    shapes = finder.shapes(b"\n".join(units), len(units), ignored)
    return repeats.take([*units], shapes, (), known=False).rest


@pytest.mark.parametrize("digits", [Digits.NONE, Digits.MATCH, Digits.ALL])
def test_a_line_is_known_by_the_digits_that_are_looked_at(digits: Digits) -> None:
    """Others may differ; one of a name may not."""
    finder, repeats = Finder([NUMBERED._replace(digits=digits)]), Repeats()
    first = _settled(finder, repeats, b"10:20 #wren7 in 5", b"quiet 7")[0]
    for _ in range(bounds.REPEATS_FIRST + 3):
        _settled(finder, repeats, b"10:20 #wren7 in 5", b"quiet 7")
    same, other = b"23:59 #wren7 in 8", b"10:20 #wren8 in 5"
    assert _left(finder, repeats, same, b"quiet 8", other) == [2]
    done = _settled(finder, repeats, same, other)
    assert done[0] == first.replace(b"10:20", b"23:59").replace(b"in 5", b"in 8")
    assert done[1] not in {other, first}


def test_a_line_without_a_find_is_known_too() -> None:
    """A verdict that there is nothing is one."""
    unless = made(rb"#[a-z]+[0-9]*", unless=b"7")
    finder, repeats = Finder([unless]), Repeats()
    for _ in range(bounds.REPEATS_FIRST + 4):
        assert _settled(finder, repeats, b"1 #wren7", b"x") == [b"1 #wren7", b"x"]
    assert _left(finder, repeats, b"2 #wren7", b"2 #wren8") == [1]


@pytest.mark.parametrize(
    "unit",
    [
        b'a \\" 7 #wren7',
        b"#wren7 and <user-removed> 7",
        b"#wren7 " + b"x" * bounds.MEMO_BYTES,
    ],
    ids=["escaped", "with a tag", "long"],
)
def test_other_lines_are_looked_at_each_time(unit: bytes) -> None:
    """What has views or tags, and a long line, is not remembered."""
    finder, repeats = Finder([NUMBERED]), Repeats()
    for _ in range(bounds.REPEATS_FIRST + 4):
        _settled(finder, repeats, unit, b"x")
    assert _left(finder, repeats, unit) == [0]


@pytest.mark.parametrize(("often", "once"), [(b"7", b"8"), (b"8", b"7")])
def test_a_line_whose_name_stands_again_is_looked_at_each_time(
    often: bytes, once: bytes
) -> None:
    """Digits elsewhere decide whether it is the same name."""
    finder = Finder([made(rb"#[a-z]+[0-9]+", spreads=True)])
    repeats = Repeats()
    for _ in range(bounds.REPEATS_FIRST + 4):
        done = _settled(finder, repeats, b"#wren7 of wren" + often, b"x")
        assert (b" of wren" in done[0]) == (often == b"8")
    done = _settled(finder, repeats, b"#wren7 of wren" + once, b"x")
    assert (b" of wren" in done[0]) == (once == b"8")


def _reaching(match: bytes, before: bytes, after: bytes) -> Found:
    del before, after
    return ((1, len(match) + 2, "user"),)


def test_a_find_beyond_what_was_shown_is_looked_at_each_time() -> None:
    """Its digits are not those by which a line is known."""
    reaching = made(rb"#[a-z]+[0-9]")._replace(verify=_reaching)
    finder, repeats = Finder([reaching]), Repeats()
    tags: set[bytes] = set()
    for number in range(bounds.REPEATS_FIRST + 4):
        for _ in range(3):
            unit = b"#wren7-%d" % (number % 9)
            tags.add(_settled(finder, repeats, unit, b"x")[0])
    assert len(tags) == bounds.REPEATS_FIRST + 4


def _behind_a_tag(match: bytes, before: bytes, after: bytes) -> Found:
    del after
    return ((1, len(match), "host"),) if before == b">" else ()


def test_what_a_tag_shows_is_looked_for_each_time() -> None:
    """The second look is left out only where it can find nothing."""
    behind = made(rb" [0-9]", beside=1, digits=Digits.ALL, name="behind")
    using = [NUMBERED, behind._replace(verify=_behind_a_tag)]
    scrubber = Scrubber(Identities(), None, using=using)
    for _ in range(bounds.REPEATS_FIRST + 4):
        for digit in "5678":
            assert scrubber.scrub_many([f"#wren7 {digit} x", "#kite x 7"]) == [
                *("#<user-removed> <host-removed> x", "#<user-removed> x 7")
            ]


def test_what_never_comes_again_is_given_up() -> None:
    """A shape whose lines are all new holds none of them, and they are still found."""
    finder, repeats = Finder([NUMBERED]), Repeats()
    for number in range(bounds.REPEATS_MISSED + 9):
        unit = b"#wren%06d" % number
        assert b"wren" not in _settled(finder, repeats, unit, b"x")[0]
    for _ in range(3):
        _settled(finder, repeats, b"#wren000007", b"x")
    assert _left(finder, repeats, b"#wren000007") == [0]


@pytest.mark.slow
def test_what_is_remembered_is_bounded_and_not_shown() -> None:
    """All is forgotten when it is too much; a number is all that is told."""
    finder, repeats = Finder([NUMBERED]), Repeats()
    drawn = random.Random(4)  # noqa: S311 - repeatable, not secret
    most = 0
    for _ in range(bounds.REPEATS // 32):
        words = ["".join(drawn.choices("abcdefgh", k=6)) for _ in range(32)]
        units = [f"#{word}7 at 7".encode() for word in words]
        for _ in range(bounds.REPEATS_FIRST + 1):
            _settled(finder, repeats, *units)
        told = re.fullmatch(r"<Repeats ([0-9]+)>", repr(repeats))
        assert told is not None
        most = max(most, int(told[1]))
    assert bounds.REPEATS // 2 < most <= bounds.REPEATS


def _drawn(seed: int) -> list[str]:
    """Return lines of which many are alike but for some digits."""
    drawn = random.Random(seed)  # noqa: S311 - repeatable, not secret
    pool = [line.text.replace("\n", " ") for line in lines(seed, 60, 8)]
    pool += ["wren10.0.0.1 at 10:20", "#7 kite7 and kite8", "by amelie from 10.0.0.7"]

    def other(line: str, share: float) -> str:
        return re.sub(
            "[0-9]",
            lambda old: (
                drawn.choice("0123456789") if drawn.random() < share else old[0]
            ),
            line,
        )

    return [
        other(drawn.choice(pool), drawn.choice((0, 0, 0.05, 0.3, 1)))
        for _ in range(1500)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("learning", [True, False])
@pytest.mark.parametrize("names", [(), MACHINE], ids=["nobody known", "names known"])
def test_each_line_becomes_what_it_becomes_when_it_is_looked_at(
    names: list[tuple[str, str]], *, learning: bool
) -> None:
    """With real detectors, whatever came before: who counts looks at all."""
    known = Identities(names)
    texts = _drawn(31)
    swift = Scrubber(known, KEY, learning=learning)
    slow = Scrubber(known, KEY, learning=learning, tally=Tally())
    for at in range(0, len(texts), 50):
        part = texts[at : at + 50]
        assert swift.scrub_many(part) == slow.scrub_many(part)


def test_typed_names_are_found_in_lines_that_came_before() -> None:
    """A name of the texts' own event counts, however often the line came without."""
    scrubber = Scrubber(Identities(), KEY, using=[NUMBERED])
    texts = ["by #wren7 for kite 7", "x"]
    before = [scrubber.scrub_many(texts) for _ in range(9)]
    after = scrubber.scrub_many(texts, [("host", "kite")])
    assert before[0] == before[-1]
    assert "kite" in str(before[-1][0])
    assert "kite" not in str(after[0])


def test_a_known_name_that_a_tag_sets_free_is_found_each_time() -> None:
    """Nothing else can be found there: that does not let a name stay."""
    known = Identities([("user", "kite")])
    scrubber = Scrubber(known, None, using=[NUMBERED])
    for _ in range(bounds.REPEATS_FIRST + 4):
        assert scrubber.scrub_many(["#wren7kite", "x", "#wren7kites"]) == [
            *("#<user-removed><user-removed>", "x", "#<user-removed>kites")
        ]


def test_another_key_has_other_stand_ins_for_lines_that_came_before() -> None:
    """What became of a line hangs from the key, and from what a stand-in keeps."""
    texts = ["from 192.0.2.7 at 10:20", "x"]
    scrubber = Scrubber(Identities(), KEY)
    for _ in range(9):
        mine = scrubber.scrub_many(texts)
    for other, fresh in (
        (scrubber.under(OTHER), Scrubber(Identities(), OTHER)),
        (
            scrubber.keeping(frozenset({"ip"})),
            Scrubber(Identities(), KEY, prefixes=frozenset({"ip"})),
        ),
    ):
        for _ in range(9):
            assert other.scrub_many(texts) == fresh.scrub_many(texts) != mine
    assert scrubber.scrub_many(texts) == mine


def test_digits_beside_a_match_count_where_a_rule_asks_for_them() -> None:
    """A verdict that hangs from what is beside a match is that of such a line alone."""
    beside = made(rb"#[a-z]+", digits=Digits.ALL, beside=2, unless=b"8")
    finder, repeats = Finder([beside]), Repeats()
    for _ in range(bounds.REPEATS_FIRST + 4):
        assert b"wren" not in _settled(finder, repeats, b"7 #wren 5", b"x")[0]
    assert _settled(finder, repeats, b"8 #wren 5", b"x")[0] == b"8 #wren 5"
