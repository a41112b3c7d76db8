# SPDX-License-Identifier: Apache-2.0
"""The ways on which texts are scrubbed: alone, in blocks, as bytes; and their bounds.

Rules: detectors made for this test find what stands behind a sign, so that only the
way of a text is tried; tags are fixed ones.
Not here: what the real detectors find (`test_text.py`).
"""

import base64

import pytest

from agent.redaction import bounds
from agent.redaction.detector import Detector, Found
from agent.redaction.identities import Identities
from agent.redaction.scanning import Compile, Pattern, Places, Tick, compile_pattern
from agent.redaction.text import Scrubber
from tests.unit.redaction.made import made
from wire.values import Withheld

NAMES = made(rb"#[a-z]+")
KEY_LINE = "-----BEGIN " + "PRIVATE KEY----- #wren"
TEXTS: dict[str, str | Withheld] = {
    "by #wren now": "by #<user-removed> now",
    "": "",
    "quiet": "quiet",
    "grün #kite": "grün #<user-removed>",
    "two\nof #wren\n": "two\nof #<user-removed>\n",
    "bell\x07 #wr\x1b[1men": "bell #<user-removed>",
    KEY_LINE: KEY_LINE.replace("wren", "<user-removed>"),
    "a #wr\0en": "a #<user-removed>",
    "a=#wren\0b=kite\0\0": "a=#<user-removed>b=kite",
    "a=#wren\0b=kite": "a=#<user-removed>b=kite",
    "NAME=#grün": "NAME=#<user-removed>ün",
    "GET /%23kite\nof &#35;wren": "GET /%23<user-removed>\nof &#35;<user-removed>",
    "x" * bounds.FIELD_CHARS: "x" * bounds.FIELD_CHARS,
    "ü" + "x" * bounds.FIELD_CHARS: Withheld.TOO_LARGE,
    "last #wren": "last #<user-removed>",
}


def _raising(match: bytes, before: bytes, after: bytes) -> Found:
    raise ValueError(len(match + before + after))


BROKEN = made(rb"BOOM", name="broken")._replace(verify=_raising)


def _scrubber(
    *using: Detector, compiled: Compile = compile_pattern, learning: bool = False
) -> Scrubber:
    return Scrubber(
        Identities(), None, using=using, compiled=compiled, learning=learning
    )


def test_a_text_becomes_the_same_on_each_way() -> None:
    """Alone and among others, given at once or one by one, new and known."""
    texts, expected = list(TEXTS), list(TEXTS.values())
    scrubber = _scrubber(NAMES)
    for _ in range(3):
        assert [scrubber.scrub(text) for text in texts] == expected
        assert scrubber.scrub_many(texts) == expected
        assert scrubber.scrub_many(iter(texts)) == expected
        assert scrubber.scrub_many(texts[::-1]) == expected[::-1]
        assert scrubber.scrub_many([]) == []


def test_plain_lines_become_the_same_as_bytes() -> None:
    """What is no plain line has to come as a text."""
    scrubber = _scrubber(NAMES)
    lines = [b"by #wren now", b"", b"quiet", b"#kite"]
    for _ in range(3):
        assert scrubber.scrub_plain(lines) == [
            *(b"by #<user-removed> now", b"", b"quiet", b"#<user-removed>")
        ]
    assert scrubber.scrub_plain([]) == []
    assert scrubber.scrub_plain([b"quiet", "grün".encode()]) is None


def test_more_lines_than_a_block_holds_keep_their_order() -> None:
    """Each comes back in its place, as a text and as bytes."""
    scrubber = _scrubber(NAMES)
    texts = [f"{number} #wren" for number in range(2 * bounds.BLOCK_LINES + 1)]
    expected = [text.replace("wren", "<user-removed>") for text in texts]
    assert scrubber.scrub_many(texts) == expected
    plain = scrubber.scrub_plain([text.encode() for text in texts])
    assert plain == [text.encode() for text in expected]
    odd = [*texts, "grün"]
    assert scrubber.scrub_many(odd) == [*expected, "grün"]


def test_half_a_dictionary_withholds_everything() -> None:
    """Where identities could not be read no text leaves, on any way."""
    known = Identities([("user", "amelie")])
    known.lack()
    scrubber = Scrubber(known, None, using=[NAMES])
    failed = Withheld.TRANSFORM_FAILED
    assert scrubber.scrub_many(["a", "b"]) == [failed, failed]
    assert scrubber.scrub_plain([b"a", b"b"]) == [failed, failed]


@pytest.mark.parametrize("whole", [True, False])
def test_half_a_dictionary_is_not_made_ready(*, whole: bool) -> None:
    """Where all texts are withheld nothing is compiled for it, in no copy either."""
    asked: list[bytes] = []

    def compiled(pattern: bytes) -> Pattern:
        asked.append(pattern)
        return compile_pattern(pattern)

    known = Identities([("user", "amelie")])
    if not whole:
        known.lack()
    scrubber = Scrubber(known, None, using=[NAMES], compiled=compiled)
    for one in (scrubber.under(None), scrubber.keeping(frozenset({"ip"}))):
        shown = "by #<user-removed>" if whole else Withheld.TRANSFORM_FAILED
        assert one.scrub("by #wren") == shown
    assert (NAMES.pattern in asked) is whole


class _Asked:
    """A pattern that finds nothing, and keeps the sizes of what it was asked."""

    def __init__(self, asked: list[int]) -> None:
        """Start with what was asked before."""
        self._asked = asked

    def places(self, block: bytes, tick: Tick) -> Places:
        """Find nothing."""
        tick()
        self._asked.append(len(block))
        return []


LARGE = ["é" * (bounds.FIELD_CHARS - 1) + letter for letter in "abcd"]
"""Together four bytes less than a block holds."""
MORE = ["é" * (bounds.FIELD_CHARS - 1) + letter for letter in "xyz"]


@pytest.mark.parametrize(
    ("texts", "blocks"),
    [
        (["éa", "éb"], [7]),
        (["a", "b"], [3]),
        ([*LARGE, "éfg"], [524_292]),
        ([*LARGE, "éfgh", "éi"], [524_287, 9]),
        ([*LARGE, "éfgh", *MORE, "é" * 65_535, "u"], [524_287, 524_292, 1]),
        (["éa", "b\nc", "éd"], [3, 7]),
        (["éa", "b PRIVATE KEY", "éd"], [13, 7]),
        (["éa", "b\nPRIVATE KEY", "éd"], [13, 7]),
    ],
)
def test_texts_are_scanned_together_up_to_a_bound(
    texts: list[str], blocks: list[int]
) -> None:
    """Those that may span lines alone, the others joined by newlines."""
    asked: list[int] = []

    def compiled(pattern: bytes) -> Pattern:
        ours = pattern == NAMES.pattern
        return _Asked(asked) if ours else compile_pattern(pattern)

    scrubber = _scrubber(NAMES, compiled=compiled)
    assert scrubber.scrub_many(texts) == texts
    assert asked == blocks


def test_patterns_are_compiled_once() -> None:
    """At the first text of a pass, for all of them and all stand-ins they may have."""
    asked: list[bytes] = []

    def compiled(pattern: bytes) -> Pattern:
        asked.append(pattern)
        return compile_pattern(pattern)

    scrubber = _scrubber(NAMES, compiled=compiled)
    other = scrubber.keeping(frozenset({"ip"}))
    for one in (scrubber, other, scrubber, scrubber.under(None)):
        assert one.scrub("by #wren") == "by #<user-removed>"
        assert one.scrub_many(["by #wren", "two"]) == ["by #<user-removed>", "two"]
    assert sorted(asked) == sorted(set(asked))
    assert asked.count(NAMES.pattern) == 1


def test_what_cannot_be_compiled_withholds_under_each_key() -> None:
    """A purpose after the first has its texts withheld, and all else of its rows."""

    def compiled(pattern: bytes) -> Pattern:
        raise ValueError(pattern)

    scrubber = _scrubber(NAMES, compiled=compiled)
    others = [scrubber.under(None), scrubber.keeping(frozenset({"ip"}))]
    for one in (scrubber, *others, scrubber.under(None)):
        assert one.scrub("by #wren") is Withheld.TRANSFORM_FAILED


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["BOOM"], [Withheld.TRANSFORM_FAILED]),
        (["a", "BOOM"], ["a", Withheld.TRANSFORM_FAILED]),
        (["#wren", "BOOM", "b"], ["#<user-removed>", Withheld.TRANSFORM_FAILED, "b"]),
        (["é", "BOOM", "b\nc"], ["é", Withheld.TRANSFORM_FAILED, "b\nc"]),
        (["A=1\0B=BOOM", "é"], [Withheld.TRANSFORM_FAILED, "é"]),
    ],
)
def test_an_error_withholds_its_text(
    texts: list[str], expected: list[str | Withheld]
) -> None:
    """A detector that raises withholds the text on which it did, and no other."""
    scrubber = _scrubber(NAMES, BROKEN)
    assert scrubber.scrub_many(texts) == expected
    assert scrubber.scrub_many(texts) == expected


def test_an_error_withholds_its_line_of_bytes() -> None:
    """The lines around it come back."""
    scrubbed = _scrubber(BROKEN).scrub_plain([b"a", b"BOOM", b"b"])
    assert scrubbed == [b"a", Withheld.TRANSFORM_FAILED, b"b"]


def test_time_that_is_over_withholds_the_block() -> None:
    """Each of its texts, and not those of a block that had time."""
    times = iter([0.0, 9.0, 10.0, *[10.0] * 50])
    scrubber = Scrubber(
        Identities(), None, using=[NAMES], clock=lambda: next(times), seconds=1.0
    )
    over = Withheld.TIME_BUDGET
    assert scrubber.scrub_many(["a", "b", "c"]) == [over, over, over]
    assert scrubber.scrub_many(["a", "b", "c"]) == ["a", "b", "c"]


def test_time_is_over_after_its_last_moment() -> None:
    """A clock that stands still has time, even where there is none to use."""
    for seconds in (0.0, 1.0):
        scrubber = Scrubber(
            Identities(), None, using=[NAMES], clock=lambda: 5.0, seconds=seconds
        )
        assert scrubber.scrub("by #wren") == "by #<user-removed>"


def _after_a_tag(match: bytes, before: bytes, after: bytes) -> Found:
    del after
    return ((1, len(match), "user"),) if before == b">" else ()


CHAIN = made(rb"%[a-z]+", beside=1, name="chain")._replace(verify=_after_a_tag)
"""Finds a name once one before it has a tag."""


def test_texts_are_looked_at_again_while_something_is_found() -> None:
    """What a tag replaced may have hidden what stands beside it, several times."""
    scrubber = _scrubber(NAMES, CHAIN)
    for _ in range(3):
        assert scrubber.scrub_many(["#a%b%c", "x%y", "#d", "#e%f", "z"]) == [
            "#<user-removed>%<user-removed>%<user-removed>",
            "x%y",
            "#<user-removed>",
            "#<user-removed>%<user-removed>",
            "z",
        ]
        assert scrubber.scrub_plain([b"x%y", b"#e%f"]) == [
            *(b"x%y", b"#<user-removed>%<user-removed>")
        ]


def test_a_text_that_does_not_settle_is_withheld() -> None:
    """After some rounds it is, and no other."""
    scrubber = _scrubber(NAMES, CHAIN)
    most = "#a" + "%b" * (bounds.ROUNDS - 1)
    assert scrubber.scrub_many([most, most + "%c", "x"]) == [
        "#<user-removed>" + "%<user-removed>" * (bounds.ROUNDS - 1),
        Withheld.TRANSFORM_FAILED,
        "x",
    ]
    assert scrubber.scrub_plain([(most + "%c").encode(), b"x"]) == [
        *(Withheld.TRANSFORM_FAILED, b"x")
    ]


NUMBERED = made(rb"#[a-z]+[0-9]+")


def test_who_was_named_is_known_in_later_blocks() -> None:
    """Where it is said that texts teach; what nobody named stays."""
    for learning in (True, False):
        scrubber = _scrubber(NUMBERED, learning=learning)
        assert scrubber.scrub_many(["#wren77 #wren77", "of wren77"]) == [
            *("#<user-removed> #<user-removed>", "of wren77")
        ]
        later = "of <user-removed>" if learning else "of wren77"
        assert scrubber.scrub_many(["of kite88", "of wren77", "up"]) == [
            *("of kite88", later, "up")
        ]
        assert scrubber.findings("of wren77") == (
            [("wren77", "user", "known")] if learning else []
        )


def test_who_was_named_by_a_field_is_known_in_later_blocks() -> None:
    """Where it is said that fields teach; in its own text it is known at once."""
    for learning in (True, False):
        scrubber = _scrubber(NUMBERED, learning=learning)
        assert scrubber.scrub("up", [("user", "kite88")]) == "up"
        later = "of <user-removed>" if learning else "of kite88"
        assert scrubber.scrub("of kite88") == later
        field = [("user", "wren77")]
        assert scrubber.scrub("of wren77", field) == "of <user-removed>"


def test_what_a_field_named_is_looked_for_as_it_is_written() -> None:
    """The machine's own identities are looked for in base64 too, an event's are not."""
    encoded = base64.b64encode(b"amelie.sroux").decode()
    pair = ("user", "amelie.sroux")
    assert _scrubber().scrub(f"{encoded} amelie.sroux", [pair]) == (
        f"{encoded} <user-removed>"
    )
    own = Scrubber(Identities([pair]), None, using=[])
    assert own.scrub(f"{encoded} amelie.sroux") == "<user-removed> <user-removed>"


def test_one_name_has_one_tag_however_it_is_written() -> None:
    """In an encoding of a known name, and with an escape in it."""
    known = Identities([("user", "amelie.sroux")])
    scrubber = Scrubber(known, bytes(range(32)), using=[made(rb"#[a-z%0-9]+")])
    encoded = base64.b64encode(b"amelie.sroux").decode()
    plain, other = str(scrubber.scrub(f"amelie.sroux {encoded}")).split()
    assert plain.startswith("<user_")
    assert plain == other
    plain, other = str(scrubber.scrub("#wren #wr%65n")).split()
    assert plain.startswith("#<user_")
    assert plain == other


def test_finds_are_named() -> None:
    """What was found is shown with its kind and rule, from its first letter on."""
    assert _scrubber(NAMES).findings("by #grü #wren ok") == [
        *(("gr", "user", "made"), ("wren", "user", "made"))
    ]
