# SPDX-License-Identifier: Apache-2.0
"""A stream of bytes becomes as many lines as it has.

Rules: the real scrubber, except where a withheld line or a wrong answer is meant.
Not here: the command and real pipes (`tests/e2e/test_scrub.py`).
"""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.redaction import bounds
from agent.redaction.identities import Identities
from agent.redaction.lines import Lines, decoded
from agent.redaction.text import Scrubber
from wire.values import Withheld

KEY = (
    b"-----BEGIN RSA PRIVATE KEY-----",
    b"Proc-Type: 4,ENCRYPTED",
    b"",
    b"MIIEpAIBAAKCAQEA7bq3v2k0Y1s4mQ0w8dX2",
    b"9sJ4+/aQ==",
    b"-----END RSA PRIVATE KEY-----",
    b"up since 2026-01-01T00:00:00",
)


def _scrubbed(*chunks: bytes) -> tuple[bytes, Lines]:
    """Feed the chunks, taking after each, to a scrubber that knows Amélie."""
    known = Identities([("user", "amélie"), ("user", "jürgen")])
    scrubber = Scrubber(known, None, seconds=600.0)
    lines = Lines(scrubber.scrub_many, scrubber.scrub_plain)
    out = b""
    for chunk in chunks:
        lines.feed(chunk)
        out += lines.take()
    return out + lines.finish(), lines


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        (b"", b""),
        (b"\n", b"\n"),
        (b"\n\n", b"\n\n"),
        (b"up\nuser=eve\n", b"up\nuser=<user-removed>\n"),
        (b"user=eve", b"user=<user-removed>"),
        (b"user=eve\r\n\r\nup\r\n", b"user=<user-removed>\r\n\r\nup\r\n"),
        (b"a\x00b user=e\x00ve\n", b"ab user=<user-removed>\n"),
        ("was amélie\n".encode("latin-1"), b"was <user-removed>\n"),
        ("was amélie".encode() + b" \xff\n", b"was <user-removed> \xc3\xbf\n"),
        (b"\xff\xfeu\x00s\x00e\x00r\x00=\x00e\x00v\x00e\x00", None),
    ],
)
def test_each_line_becomes_one(text: bytes, becomes: bytes | None) -> None:
    """Line ends, empty lines and bytes that are no text come out as lines."""
    got = _scrubbed(text)[0]
    if becomes is None:
        assert b"eve" not in got
    else:
        assert becomes == got


@pytest.mark.slow
@settings(deadline=None)  # the first one loads what looks
@given(
    st.lists(
        st.sampled_from([b"\n", b"\r\n", b"user=eve", b"\xff", b"\x00", b"up ", b"\r"]),
        max_size=30,
    ),
    st.integers(1, 7),
)
def test_cuts_change_nothing(parts: list[bytes], size: int) -> None:
    """However the bytes come, the output is the same and has as many lines."""
    whole = b"".join(parts)
    chunks = [whole[at : at + size] for at in range(0, len(whole), size)]
    at_once = _scrubbed(whole)[0]
    assert _scrubbed(*chunks)[0] == at_once
    assert at_once.count(b"\n") == whole.count(b"\n")


@settings(deadline=None)  # the first one loads what looks
@given(
    st.lists(
        st.sampled_from(
            [b"\n", b"user=eve ", b"\xe9", b"\x1b", b"\t", b"\r", b"10.9.8.7 ", KEY[0]]
        ),
        max_size=12,
    )
)
def test_bytes_and_texts_come_out_alike(parts: list[bytes]) -> None:
    """Lines scrubbed as bytes, where they may be, are those scrubbed as texts."""
    scrubber = Scrubber(Identities(), None)
    ways = Lines(scrubber.scrub_many, scrubber.scrub_plain), Lines(scrubber.scrub_many)
    for lines in ways:
        lines.feed(b"".join(parts))
    assert ways[0].finish() == ways[1].finish()
    assert ways[0].count == ways[1].count
    assert ways[0].changed == ways[1].changed


def test_a_long_line_is_dropped_as_it_comes() -> None:
    """A line over the bound leaves a fixed word, whatever its length, and memory."""
    lines = Lines(Scrubber(Identities(), None).scrub_many)
    for _ in range(100):
        lines.feed(b"x" * bounds.LINE_BYTES)
    assert lines._rest == []
    lines.feed(b"user=eve\nup\n")
    assert lines.take() == b"<withheld-too-long>\nup\n"
    assert lines.withheld == {"too-long": 1}


def test_a_long_last_line_is_withheld() -> None:
    """A line over the bound without a line end is withheld without one."""
    got, lines = _scrubbed(b"x" * bounds.FIELD_CHARS + b"x")
    assert (got, lines.count) == (b"<withheld-too-long>", 1)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (Withheld.TIME_BUDGET, b"<withheld-time>\n"),
        (Withheld.TRANSFORM_FAILED, b"<withheld-failed>\n"),
        ("two\nlines", b"<withheld-failed>\n"),
    ],
)
def test_what_cannot_be_scrubbed_leaves_a_word(
    answer: str | Withheld, word: bytes
) -> None:
    """A withheld line, and one that would become two, is one fixed word."""

    def scrub(texts: list[str]) -> Sequence[str | Withheld]:
        return [answer for _ in texts]

    def scrub_plain(parts: Sequence[bytes]) -> Sequence[bytes | Withheld]:
        whole = answer if isinstance(answer, Withheld) else answer.encode()
        return [whole for _ in parts]

    for lines in (Lines(scrub), Lines(scrub, scrub_plain)):
        lines.feed(b"secret\n")
        assert lines.take() == word
        assert (lines.count, lines.changed, lines.withheld.total()) == (1, 1, 1)
        assert b"secret" not in repr(lines).encode()


def test_a_key_over_several_lines_is_removed() -> None:
    """The body of a private key is gone from each of its lines, and no more is."""
    got = _scrubbed(*(line + b"\n" for line in KEY))[0].split(b"\n")
    assert b"MIIEpAIB" not in b"".join(got)
    assert b"9sJ4" not in b"".join(got)
    assert (len(got), got[6]) == (8, KEY[6])


def _through(*texts: bytes, plain: bool = True) -> tuple[list[bytes], Lines]:
    """Feed lines at once to a scrubber that finds nothing but keys."""
    scrubber = Scrubber(Identities(), None)
    lines = Lines(scrubber.scrub_many, scrubber.scrub_plain if plain else None)
    lines.feed(b"\n".join(texts))
    return lines.finish().split(b"\n"), lines


BODY = b"Q7x" * 20
BEGIN, END = KEY[0], KEY[5]
REMOVED = b"<secret-removed>"


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize(
    ("inside", "becomes"),
    [
        ([BODY, b"aQ=="], [b"<secret-removed>", b"<secret-removed>"]),
        ([b"Version: 1", BODY], [b"Version: 1", b"<secret-removed>"]),
        ([b"", BODY], [b"", b"<secret-removed>"]),
        ([b"log: " + BODY, b"up!"], [b"log: <secret-removed>", b"up!"]),
        ([b"not of it!", BODY], [b"not of it!", BODY]),
        ([b"short x", b"aQ=="], [b"short x", b"aQ=="]),
        ([END, BODY], [END, BODY]),
        ([BODY, END, b"aQ=="], [b"<secret-removed>", END, b"aQ=="]),
        ([BODY + b" " + END, BODY], [b"<secret-removed> " + END, BODY]),
        ([END + b" " + BEGIN, b"aQ=="], [END + b" <secret-removed>", REMOVED]),
        ([BEGIN, b"aQ=="], [REMOVED, REMOVED]),
        (
            [BODY] * bounds.KEY_LINES + [b"aQ=="],
            [REMOVED] * bounds.KEY_LINES + [b"aQ=="],
        ),
    ],
)
def test_lines_of_a_key(
    inside: list[bytes],
    becomes: list[bytes],
    plain: bool,  # noqa: FBT001 - a table's column
) -> None:
    """Body, headers and empty lines are a key's; any other line ends it."""
    got, lines = _through(BEGIN, *inside, plain=plain)
    assert got[1:] == becomes
    bodies = [one for one in inside if BEGIN not in one and one not in becomes]
    assert lines.key_parts == len(bodies)


@pytest.mark.parametrize(
    "opening",
    [
        b"a -----BEGIN PUBLIC KEY-----",
        b"-----BEGIN CERTIFICATE-----",
        BEGIN + b" " + END,
        b"RSA PRIVATE KEY of -----BEGIN x",
        b"a PRIVATE KEY",
    ],
)
def test_what_opens_no_key(opening: bytes) -> None:
    """A public key, a whole key in one line and the words alone open none."""
    for others in ((BODY,), (BODY, b"a PRIVATE KEY")):
        got, lines = _through(opening, *others)
        assert got[1] == BODY
        assert lines.key_parts == 0
    assert _through(BODY, b"a PRIVATE KEY", plain=False)[0][0] == BODY


def test_a_key_may_go_on_in_the_next_block() -> None:
    """Its lines are known as such after a take, too."""
    scrubber = Scrubber(Identities(), None)
    lines = Lines(scrubber.scrub_many, scrubber.scrub_plain)
    lines.feed(BEGIN + b"\n")
    lines.take()
    lines.feed(BODY + b"\n")
    assert lines.take() == b"<secret-removed>\n"
    lines.feed(BODY + b"\n" + END + b"\nup\n")
    assert lines.take() == b"<secret-removed>\n" + END + b"\nup\n"


def test_lines_are_counted() -> None:
    """How many there were, how many changed, and what waits."""
    scrubber = Scrubber(Identities(), None)
    for lines in (
        Lines(scrubber.scrub_many, scrubber.scrub_plain),
        Lines(scrubber.scrub_many),
    ):
        lines.feed(b"up\nuser=eve\nuser=")
        assert lines.waiting == 17
        assert lines.take() == b"up\nuser=<user-removed>\n"
        assert (lines.waiting, lines.count, lines.changed) == (0, 2, 1)
        assert lines.take() == b""
        lines.feed(b"eve\r\nup\n")
        assert lines.waiting == 8
        assert lines.take() == b"user=<user-removed>\r\nup\n"
        assert (lines.waiting, lines.count, lines.changed) == (0, 4, 2)
        assert lines.finish() == b""
        assert repr(lines) == "<Lines 4>"
        assert lines.withheld.total() == 0


def test_a_long_line_ends_with_its_line() -> None:
    """The lines before and after it come out, whatever their ends."""
    long = b"x" * (bounds.LINE_BYTES + 1)
    got, lines = _scrubbed(b"user=eve\r\n" + long + b"\nup\n" + long[:-1], b"y\nend")
    assert got.split(b"\n") == [
        b"user=<user-removed>\r",
        b"<withheld-too-long>",
        b"up",
        b"<withheld-too-long>",
        b"end",
    ]
    assert (lines.count, lines.changed, lines.withheld["too-long"]) == (5, 3, 2)


def test_the_longest_text_comes_out_however_it_is_encoded() -> None:
    """A line within the bound of a text is scrubbed, with four bytes a letter, too."""
    flock = "\U0001f426" * 31 + " "
    text = (flock * (bounds.FIELD_CHARS // len(flock))).encode()
    assert len(text.decode()) == bounds.FIELD_CHARS
    assert _scrubbed(text + b"\nup")[0] == text + b"\nup"


def test_bad_answers_do_not_make_up_for_each_other() -> None:
    """One line that is withheld and one that became two are each a word."""

    def scrub(texts: list[str]) -> Sequence[str | Withheld]:
        return [Withheld.TIME_BUDGET, *["two\nlines"] * (len(texts) - 1)]

    def scrub_plain(parts: Sequence[bytes]) -> Sequence[bytes | Withheld]:
        return [Withheld.TIME_BUDGET, *[b"two\nlines"] * (len(parts) - 1)]

    for lines in (Lines(scrub), Lines(scrub, scrub_plain)):
        lines.feed(b"one\ntwo\n")
        assert lines.take() == b"<withheld-time>\n<withheld-failed>\n"
        assert lines.withheld == {"time": 1, "failed": 1}


def test_one_bad_answer_spoils_no_other_line() -> None:
    """Of some lines only that one is withheld, and only changed ones are counted."""

    def scrub(texts: list[str]) -> Sequence[str | Withheld]:
        return ["two\nlines" if text == "bad" else text for text in texts]

    def scrub_plain(parts: Sequence[bytes]) -> Sequence[bytes | Withheld]:
        return [b"two\nlines" if part == b"bad" else part for part in parts]

    for lines in (Lines(scrub), Lines(scrub, scrub_plain)):
        lines.feed(b"one\nbad\nthree\n")
        assert lines.take() == b"one\n<withheld-failed>\nthree\n"
        assert (lines.count, lines.changed) == (3, 1)


def test_an_unfinished_key_ends_with_its_body() -> None:
    """Lines after a key without an end are left as they are."""
    path = b"open /usr/lib/python3/dist/thing"
    got = _scrubbed(KEY[0] + b"\n" + KEY[3] + b"\nup again\n" + path + b"\n")[0]
    assert got.splitlines()[2:] == [b"up again", path]


def test_stray_bytes_are_latin_1() -> None:
    """UTF-8 is read as such beside bytes that are not."""
    assert decoded("é ".encode() + b"\xe9\xff") == "é éÿ"
