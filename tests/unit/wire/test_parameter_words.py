# SPDX-License-Identifier: Apache-2.0
"""What a person reads of a moment, and what is signed of the time that they write.

Not here: what the check refuses (`test_wire_diagnostics.py`).
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.catalogue import declared
from tests.vectors import order_world
from wire.diagnostics import (
    AT_ONCE,
    Parameter,
    ParameterType,
    check_parameters,
    fits,
)
from wire.errors import ParameterError
from wire.order_words import describe
from wire.orders import Given
from wire.parameter_words import NOW, as_signed, given_in_words, in_words

LATEST = 253_402_300_799
AROUND = Parameter(
    "around", ParameterType.MOMENT, "When.", maximum=LATEST, default=AT_ONCE
)


@pytest.mark.parametrize(
    ("typed", "signed"),
    [
        ("2025-11-24T02:13:20Z", "1763950400"),
        ("2025-11-24T03:13:20+01:00", "1763950400"),
        ("2025-11-24 02:13:20Z", "1763950400"),
        ("2025-11-24T02:13Z", "1763950380"),
        ("9999-12-31T23:59:59Z", str(LATEST)),
        ("1763950400", "1763950400"),
        (NOW, AT_ONCE),
    ],
)
def test_a_time_becomes_the_second_that_is_signed(typed: str, signed: str) -> None:
    """Whatever offset it is written with, and `now`; the second itself is one too."""
    assert as_signed(AROUND, typed) == signed
    assert fits(AROUND, signed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2025-11-24T02:13:20",
        "2025-11-24",
        "1970-01-01T00:00:00Z",
        "1969-07-20T20:17:40Z",
        "2025-13-24T02:13:20Z",
        "NOW",
        "0",
        "2026",
        "20261129",
        "202611290830",
        "-1",
        "253402300800",
        "01763950400",
        "٢٠٢٥-11-24T02:13:20Z",
        "2025-11-24T02:13:20Z\u202e",
        "2025-11-24T02:13:20Z" * 50_000,
    ],
)
def test_what_is_no_one_moment_is_refused(typed: str) -> None:
    """A time without its offset, one that would be taken for `now`, and no time."""
    with pytest.raises(ParameterError, match="with its offset") as refused:
        check_parameters([AROUND], [("around", as_signed(AROUND, typed))])
    assert len(str(refused.value)) < 120


def test_a_moment_is_read_as_a_date_and_a_time() -> None:
    """In UTC, which is said; what runs at once says so."""
    assert in_words(AROUND, "1763950400") == "2025-11-24 02:13:20 UTC"
    assert in_words(AROUND, AT_ONCE) == NOW


def test_what_is_signed_says_the_moment_in_words() -> None:
    """Of a request that a device would take; with what it is for beside it."""
    slices = declared().datasets["log_slice"]
    for value, words in (("1763950400", "2025-11-24 02:13:20 UTC"), (AT_ONCE, NOW)):
        parameters = Given("around", value), Given("log", "system")
        request = order_world.request(diagnostic="log_slice", parameters=parameters)
        lines = {line.name: line for line in describe(request, slices)}
        assert lines["With around"].value == words
        assert lines["With around"].note == "The moment; now is when it runs."
        assert given_in_words(request, slices) == f"around {words}, log system"


@given(st.integers(0, LATEST), st.integers(0, LATEST))
def test_two_moments_never_read_the_same(one: int, other: int) -> None:
    """So what was shown says which was signed."""
    words = in_words(AROUND, str(one)), in_words(AROUND, str(other))
    assert (words[0] == words[1]) is (one == other)


@pytest.mark.parametrize("text", ["007", "-5", "1e9", "253402300800", "\u0663"])
def test_what_is_no_moment_is_shown_as_it_is(text: str) -> None:
    """Nothing that a device would refuse is made to look like a time."""
    assert in_words(AROUND, text) == text


def test_other_parameters_are_left_alone() -> None:
    """A number is a number, and a name that looks like a time is a name."""
    whole = Parameter("top", ParameterType.INTEGER, "How many.", maximum=9)
    for item in (whole, None):
        assert in_words(item, "5") == as_signed(item, "5") == "5"
        assert as_signed(item, NOW) == NOW
