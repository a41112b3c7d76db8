# SPDX-License-Identifier: Apache-2.0
"""Where a known name counts, to the byte.

Rules: places are those of the name itself, found by its letters.
Not here: which spellings a name has (`test_spellings.py`).
"""

import base64
from itertools import count, islice, product

import pytest

from agent.budget import PASS_MEMORY_BYTES
from agent.host.child import in_child
from agent.host.ended import Ceiling
from agent.redaction import bounds
from agent.redaction.dictionary import Dictionary, is_word
from agent.redaction.identities import Identities

WREN = base64.b64encode(b"wren").rstrip(b"=").decode()


def _found(text: str, *known: tuple[str, str]) -> list[tuple[str, str]]:
    """Return what is found and its class, in the order of the text."""
    block = text.encode()
    spans = sorted(Dictionary(known).find(block, block.lower()))
    return [(block[start:end].decode(), kind) for start, end, kind in spans]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("amelie", 1),
        ("AMELIE, Amelie", 2),
        ("_amelie_ -amelie- .amelie.", 3),
        ("amelie7", 0),
        ("7amelie", 0),
        ("\u00e9amelie amelie\u00e9", 0),
        (r"\tamelie %40amelie #012amelie", 3),
        ("tamelie 40amelie", 0),
        ("amelieamelie", 0),
        ("", 0),
    ],
)
def test_a_name_is_a_word_of_its_own(text: str, count: int) -> None:
    """Letters and digits beside it make it a part of another word."""
    assert len(_found(text, ("user", "amelie"))) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("jd", 1),
        ("job jd done, (jd) jd: jd", 4),
        ("JD Jd jD", 0),
        ("a-jd jd-a jd.x x.jd jd_ _jd jd@x +jd", 0),
        ("jdx xjd", 0),
        ("jd/jd", 2),
    ],
)
def test_a_name_of_two_letters_has_its_own_case(text: str, count: int) -> None:
    """It stands alone, and is no part of a compound."""
    assert len(_found(text, ("user", "jd"))) == count


def test_two_short_names_are_known_in_both_cases() -> None:
    """Each in its own; the class is that of the first."""
    known = ("user", "jd"), ("host", "JD")
    assert _found("jd JD Jd", *known) == [("jd", "user"), ("JD", "user")]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Evely", "evely Evely EVELY", ["Evely", "EVELY"]),
        ("Evelyn", "evelyn Evelyn", ["evelyn", "Evelyn"]),
        ("Ann1", "ann1 Ann1", ["ann1", "Ann1"]),
        ("Evely", "xEvely Evelyx", []),
    ],
)
def test_a_short_part_of_a_name_has_a_capital(
    name: str, text: str, found: list[str]
) -> None:
    """Five letters need one, six letters or a digit among them do not."""
    assert [one for one, _ in _found(text, ("person", name))] == found


def test_a_short_name_of_an_account_needs_no_capital() -> None:
    """Only parts of a person's name are also words."""
    assert _found("eve Eve", ("user", "eve")) == [("eve", "user"), ("Eve", "user")]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (WREN, 1),
        (f"{WREN}== ={WREN}", 2),
        (f"a{WREN} {WREN}a", 0),
        (f"+{WREN} {WREN}/ _{WREN} {WREN}-", 0),
        (WREN.swapcase(), 0),
    ],
)
def test_short_base64_stands_alone(text: str, count: int) -> None:
    """Six letters of base64 are a name's only where nothing of base64 touches them."""
    assert len(_found(text, ("user", "wren"))) == count


def test_long_base64_is_found_within() -> None:
    """The letters of a longer name tell it wherever they stand, in their own case."""
    letters = base64.b64encode(b"wrenfield1").decode().rstrip("=")[:-1]
    known = ("user", "wrenfield1")
    assert [kind for _, kind in _found(f"x{letters}x", known)] == ["user"]
    assert _found(f"x{letters.swapcase()}x", known) == []


def test_hex_is_found_within_in_any_case() -> None:
    """Digits around the hex of a name are those of its neighbours."""
    digits = b"wren".hex()
    assert len(_found(f"00{digits}ff 00{digits.upper()}FF", ("user", "wren"))) == 2


def test_encodings_are_left_out_where_they_are_not_asked_for() -> None:
    """A dictionary for letters only finds no base64 and no hex."""
    dictionary = Dictionary([("user", "wren")], encoded=False)
    block = f"{WREN} {b'wren'.hex()}".encode()
    assert dictionary.find(block, block.lower()) == []


def test_no_names_find_nothing() -> None:
    """An empty dictionary is one still."""
    assert Dictionary(()).find(b"amelie", b"amelie") == []
    assert repr(Dictionary(())) == "<Dictionary 0>"


@pytest.mark.parametrize(
    ("block", "start", "end", "expected"),
    [
        (b"wren", 0, 4, True),
        (b"wrens", 0, 4, False),
        (b"wren.s", 0, 5, True),
        (b"wren.s", 0, 4, True),
        (b"awren", 1, 5, False),
        (b"a.wren", 1, 6, True),
        (b".wren.", 1, 5, True),
        (b"=3Dwren", 3, 7, True),
    ],
)
def test_is_word(block: bytes, start: int, end: int, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """A span is a word where no letter of it touches one outside."""
    assert is_word(block, start, end) is expected


def _crowd(known: Identities) -> str:
    """Know as many persons as a machine may; return the last one's account."""
    letters = map("".join, product("bdfgklmnprstvz", "aeiou", repeat=3))
    names = islice(letters, 7, None, 7)
    for number, one, two in zip(count(), names, names, strict=False):
        account = f"{one[0]}{two}{number}"
        known.add("user", account)
        known.add("person", f"{one.title()} {two.title()}ov")
        if len(known) > bounds.IDENTITIES - 4:
            return account
    raise AssertionError


@pytest.mark.slow
def test_all_that_a_machine_may_know_fits_into_a_pass() -> None:
    """Three quarters of a pass's memory are enough: its rows need the rest."""

    def work() -> bytes:
        known = Identities()
        account = _crowd(known)
        block = f"by {account}, by {account}1".encode()
        spans = Dictionary(known).find(block, block.lower())
        return f"{len(known)} {known.whole} {len(spans)}".encode()

    room = Ceiling(memory=PASS_MEMORY_BYTES * 3 // 4, low=True)
    ended = in_child(work, 120, 100, ceiling=room)
    number, whole, found = ended.report.decode().split()
    assert int(number) > bounds.IDENTITIES - 8
    assert (whole, found) == ("True", "1")
