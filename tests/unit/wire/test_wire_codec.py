# SPDX-License-Identifier: Apache-2.0
"""Field types: each takes what its CDDL says, in both directions.

Rules: a bound is taken, one beyond it is not; an error never quotes a value.
Not here: whole messages (`tests/property/test_wire.py`).
"""

from dataclasses import dataclass
from enum import Enum

import pytest

from wire.codec import (
    Choice,
    Codec,
    Field,
    ListOf,
    Message,
    Nullable,
    Octets,
    Text,
    Uint,
    fixed,
)
from wire.errors import SchemaError


class Colour(Enum):
    """Two values of text and one number."""

    RED = "red"
    BLUE = "blue"
    NONE = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A needed and an optional field."""

    count: int
    name: str | None


PAIR = Message(
    "pair",
    Pair,
    (Field(1, "count", Uint(9, 1)), Field(2, "name", Text(4), optional=True)),
)


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (Uint(9, 1), 1),
        (Uint(9, 1), 9),
        (Octets(1, 3), b"a"),
        (Octets(1, 3), b"abc"),
        (fixed(2), b"ab"),
        (Text(2), ""),
        (Text(2), "é"),
        (Choice(Colour), "red"),
        (Choice(Colour), 0),
        (ListOf(Uint(), 2, 1), [0]),
        (ListOf(Uint(), 2, 1), [0, 1]),
        (Nullable(Uint()), None),
        (Nullable(Uint()), 5),
        (PAIR, {1: 1}),
        (PAIR, {1: 9, 2: "four"}),
    ],
)
def test_what_fits_is_read_and_written(codec: Codec[object], value: object) -> None:
    """A value within its bounds is read, and written as it was."""
    assert value == codec.plain(codec.read(value, "field"))


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (Uint(9, 1), 0),
        (Uint(9, 1), 10),
        (Uint(9, 1), True),
        (Uint(9, 1), "1"),
        (Uint(), -1),
        (Octets(1, 3), b""),
        (Octets(1, 3), b"abcd"),
        (Octets(1, 3), "abc"),
        (fixed(2), b"abc"),
        (Text(2), "éa"),
        (Text(2), "\ud800"),
        (Text(2), b"a"),
        (Choice(Colour), "green"),
        (Choice(Colour), 1),
        (Choice(Colour), False),
        (Choice(Colour), None),
        (ListOf(Uint(), 2, 1), []),
        (ListOf(Uint(), 2, 1), [0, 1, 2]),
        (ListOf(Uint(), 2, 1), (0,)),
        (ListOf(Uint(), 2, 1), [None]),
        (Nullable(Uint()), "x"),
        (PAIR, []),
        (PAIR, {}),
        (PAIR, {1: 1, 2: None}),
        (PAIR, {1: 1, 3: 0}),
        (PAIR, {1: 1, "2": "a"}),
    ],
)
def test_what_does_not_fit_is_refused(codec: Codec[object], value: object) -> None:
    """A value beyond its bounds or of another type is a SchemaError."""
    with pytest.raises(SchemaError):
        codec.read(value, "field")


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (Uint(9, 1), 0),
        (Octets(1, 3), b""),
        (Text(2), "abc"),
        (ListOf(Uint(), 2, 1), ()),
        (ListOf(Uint(), 2, 1), (0, 1, 2)),
        (PAIR, Pair(0, None)),
        (PAIR, Pair(1, "fives")),
    ],
)
def test_what_nobody_reads_is_not_written(codec: Codec[object], value: object) -> None:
    """A value beyond its bounds is refused when writing too."""
    with pytest.raises(SchemaError):
        codec.plain(value)


def test_an_error_names_the_field_and_never_the_value() -> None:
    """A refusal says which field, and nothing of what was in it."""
    with pytest.raises(SchemaError) as refusal:
        PAIR.read({1: 1, 2: "hunter2"})
    assert "name" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
    with pytest.raises(SchemaError, match=r"pair\.count"):
        PAIR.read({2: "a"})


def test_absence_is_absence() -> None:
    """An optional field that is None is not written."""
    assert PAIR.plain(Pair(1, None)) == {1: 1}
    assert Pair(1, None) == PAIR.decode(PAIR.encode(Pair(1, None)))


def test_the_schema_says_what_is_read() -> None:
    """Each type names itself in CDDL."""
    assert PAIR.rule() == (
        "pair = {\n  1 => 1..9,  ; count\n  ? 2 => tstr .size (0..4),  ; name\n}\n"
    )
    assert Choice(Colour).cddl() == '"red" / "blue" / 0'
    assert ListOf(Nullable(fixed(2)), 3).cddl() == "[0*3 bstr .size 2 / null]"
