# SPDX-License-Identifier: Apache-2.0
"""National numbers: published examples pass, and so nothing near them does.

Rules: examples are those that authorities or their manuals print, of nobody.
Not here: the words beside them (`test_detectors.py`).
"""

import pytest

from agent.redaction.national import CNPJ, CPF, STRONG, WORDED, is_national

STRONG_EXAMPLES = [
    b"RSSMRA85T10A562S",
    b"131052-308T",
    b"7569217076985",
    b"11010519491231002X",
    b"185057800608491",
]
WORDED_EXAMPLES = [
    b"AB123456C",
    b"9434765919",
    b"12345678Z",
    b"X1234567L",
    b"44051401359",
    b"86095742719",
    b"01010750160",
    b"85073003328",
    b"10000000146",
    b"111222333",
    b"123456782",
    b"046454286",
    b"1237010180",
    b"S1234567D",
    b"ABCPE1234F",
    b"8112189876",
    b"8001015009087",
]


@pytest.mark.parametrize("number", STRONG_EXAMPLES)
def test_strong_examples(number: bytes) -> None:
    """A published number of strong shape is one."""
    assert is_national(number, STRONG)


@pytest.mark.parametrize("number", WORDED_EXAMPLES)
def test_worded_examples(number: bytes) -> None:
    """A published number is one of the forms that need a word."""
    assert is_national(number, WORDED)


@pytest.mark.parametrize("number", STRONG_EXAMPLES)
def test_a_wrong_check_is_no_number(number: bytes) -> None:
    """A strong shape with another last character is none."""
    last = b"1" if number[-1:] != b"1" else b"2"
    if number[-1:].isalpha():
        last = b"A" if number[-1:] != b"A" else b"B"
    assert not is_national(number[:-1] + last, STRONG)


def test_equal_digits_are_no_number() -> None:
    """Numbers of one digit, which pass many checks, are nobody's."""
    for digit in b"0123456789":
        for length in range(8, 19):
            number = bytes([digit]) * length
            assert not is_national(number, STRONG)
            assert not is_national(number, WORDED)


def test_brazilian_numbers() -> None:
    """Both of Brazil's numbers are told from those one digit off."""
    assert CPF(b"52998224725")
    assert not CPF(b"52998224726")
    assert CNPJ(b"11222333000181")
    assert not CNPJ(b"11222333000182")
