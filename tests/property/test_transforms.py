# SPDX-License-Identifier: Apache-2.0
"""Laws of the transforms and of their order.

Rules: the laws hold for every transform file, also for one added tomorrow.
Not here: single examples (`tests/unit/transforms`).
"""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.catalogue import Column
from wire.errors import TransformError
from wire.pseudonyms import pseudonym
from wire.transforms import apply_call, check_call, transforms
from wire.transforms.call import DROP, KEEP, Call, format_call, parse_call
from wire.transforms.examples import (
    ADDRESS,
    COUNT,
    FREE_TEXT,
    MAC,
    RATIO,
    TEXT,
    USER,
)
from wire.transforms.order import is_stricter, meet
from wire.transforms.transform import TransformContext
from wire.values import Value

KEY = bytes(range(32))
_ADDRESS = re.compile(r"192\.0\.2\.[0-9]+|2001:db8::[0-9]")
LAW = settings(max_examples=50)
TEXTS = st.text(max_size=40) | st.sampled_from(
    [
        "192.0.2.1",
        "192.0.2.77",
        "2001:db8::1",
        "/home/a/b",
        "/usr/lib/x",
        "C:\\Users\\a",
    ]
)
NUMBERS = st.integers(-(10**6), 10**13)
COLUMNS = st.sampled_from([TEXT, USER, ADDRESS, MAC, FREE_TEXT, COUNT, RATIO])


@st.composite
def calls_for(draw: st.DrawFn, column: Column) -> Call:
    """Draw a call that fits the column."""
    name = draw(st.sampled_from(sorted(transforms())))
    sizes = st.integers(0, 40) | st.sampled_from([48, 64, 3600, 86_400, 10**12])
    call = Call(name, tuple(draw(st.lists(sizes, max_size=2))))
    for candidate in (call, Call(name), Call(name, (*call.arguments, 24, 48)[:2])):
        try:
            check_call(candidate, column)
        except TransformError:
            continue
        return candidate
    return DROP


@st.composite
def triples(draw: st.DrawFn) -> tuple[Column, Call, Call, Call]:
    """Draw a column and three calls that fit it."""
    column = draw(COLUMNS)
    calls = calls_for(column)
    return column, draw(calls), draw(calls), draw(calls)


def _applied(call: Call, value: Value, column: Column) -> object:
    context = TransformContext(column, KEY, _scrubbed, _scrubbed_prefix)
    return apply_call(call, value, context)


def _scrubbed(text: str) -> str:
    """Hide all of an address, as one word."""
    return _ADDRESS.sub(lambda found: pseudonym(KEY, "ip", found[0]), text)


def _scrubbed_prefix(text: str) -> str:
    """Hide the same, and keep its network."""
    return _ADDRESS.sub(lambda found: pseudonym(KEY, "ip", found[0], prefix=True), text)


@given(st.from_regex(r"\A[a-z][a-z0-9_]{0,31}\Z"), st.lists(st.integers(0, 10**9)))
def test_format_and_parse_are_inverse(name: str, arguments: list[int]) -> None:
    """What is written canonically reads back as the same call."""
    call = Call(name, tuple(arguments[:2]))
    assert parse_call(format_call(call)) == call


@given(st.text(max_size=80))
def test_parsing_never_surprises(text: str) -> None:
    """Any text is a call with one canonical form, or a TransformError."""
    try:
        call = parse_call(text)
    except TransformError:
        return
    assert format_call(call) == text.replace(" ", "")


@LAW
@given(triples())
def test_meet_is_commutative(drawn: tuple[Column, Call, Call, Call]) -> None:
    """The order of two policies does not matter."""
    _, first, second, _ = drawn
    assert meet(first, second) == meet(second, first)


@LAW
@given(triples())
def test_meet_is_associative(drawn: tuple[Column, Call, Call, Call]) -> None:
    """The grouping of three policies does not matter."""
    _, first, second, third = drawn
    left = meet(meet(first, second), third)
    assert left == meet(first, meet(second, third))


@LAW
@given(triples())
def test_meet_is_idempotent(drawn: tuple[Column, Call, Call, Call]) -> None:
    """A call meets itself in itself."""
    _, first, _, _ = drawn
    assert meet(first, first) == first


@LAW
@given(triples())
def test_keep_and_drop_are_the_ends(drawn: tuple[Column, Call, Call, Call]) -> None:
    """Keep changes nothing, drop wins always."""
    _, first, _, _ = drawn
    assert (meet(first, KEEP), meet(first, DROP)) == (first, DROP)


@LAW
@given(triples())
def test_meet_is_a_lower_bound(drawn: tuple[Column, Call, Call, Call]) -> None:
    """The meet is at least as strict as each of the two."""
    _, first, second, _ = drawn
    both = meet(first, second)
    assert is_stricter(both, first)
    assert is_stricter(both, second)


@LAW
@given(triples())
def test_meet_is_monotone(drawn: tuple[Column, Call, Call, Call]) -> None:
    """Making one side stricter never makes the meet less strict."""
    _, first, second, third = drawn
    assert is_stricter(meet(meet(first, second), third), meet(first, third))


@LAW
@given(triples())
def test_meet_fits_the_column(drawn: tuple[Column, Call, Call, Call]) -> None:
    """Two calls that fit a column meet in one that fits it."""
    column, first, second, _ = drawn
    check_call(meet(first, second), column)


@LAW
@given(triples(), st.data())
def test_meet_reveals_no_more(
    drawn: tuple[Column, Call, Call, Call], data: st.DataObject
) -> None:
    """Values that one call makes equal are equal under the meet, too."""
    column, first, second, _ = drawn
    values = NUMBERS if column in (COUNT, RATIO) else TEXTS
    one, two = data.draw(values), data.draw(values)
    if _applied(first, one, column) == _applied(first, two, column):
        both = meet(first, second)
        assert _applied(both, one, column) == _applied(both, two, column)


@LAW
@given(triples(), st.none() | st.booleans() | st.integers() | st.floats() | st.text())
def test_transforms_never_raise(
    drawn: tuple[Column, Call, Call, Call], value: Value
) -> None:
    """Whatever the value, a checked call answers with a value or a reason."""
    column, call, _, _ = drawn
    _applied(call, value, column)


@pytest.mark.parametrize("plain", ["pseudonymise", "scrub"])
def test_a_prefix_gives_way(plain: str) -> None:
    """A form that keeps prefixes lies between keep and the one that keeps none."""
    keeping = Call(f"{plain}_prefix")
    assert meet(keeping, Call(plain)) == Call(plain)
    assert meet(keeping, KEEP) == keeping
    assert not is_stricter(keeping, Call(plain))


def test_what_hides_in_other_ways_does_not_meet() -> None:
    """A text and a stand-in that keep prefixes have only nothing in common."""
    assert meet(Call("scrub_prefix"), Call("pseudonymise")) == DROP
    assert meet(Call("scrub_prefix"), Call("pseudonymise_prefix")) == DROP
