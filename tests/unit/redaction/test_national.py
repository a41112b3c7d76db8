# SPDX-License-Identifier: Apache-2.0
"""National numbers: published examples pass, and so nothing near them does.

Rules: examples are those that authorities or their manuals print, of nobody, or were
drawn and have the check digits that another program gave them.
Not here: the words beside them (`test_detectors.py`).
"""

import pytest

from agent.redaction import national
from agent.redaction.national import (
    CNPJ,
    CPF,
    SOCIAL_SECURITY,
    STRONG,
    WORDED,
    Check,
    is_national,
)

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


DRAWN = {
    national._italian: """
        QTUYTX04D21A914R GOOAFH97C25B161L AWFFZW29P22D191S SEMEGY93L01L735T
        WMUIHH56H12E678N YOBDKY07D10E003S IQEVVZ55R21D658O JGXQNN63S15A970S""",
    national._finnish: "161057-546P 170684-541X 270681-167J",
    national._swiss: "7566338137335 7568334211668 7569274649917",
    national._chinese: "11010519700826863X 110105198505222426 110105197303141412",
    national._french: "147024591894883 115072967444592",
    national._spanish: "75376636R 43885644B 67885133N X1234567L",
    national._swedish: "531222-2754 610708-4227 5401065254 701063-2391",
    national._british: "9255264494 1526398389 4727928817 9434765919",
    national._norwegian: "05126353873 10076031458 23036968591",
    national._polish: "72062488124 71102058936 55091453318",
    national._austrian: "1399070899 1363170679 6179080174",
    national._german: "32119748059 35875901623 74248361097 71222640534",
    national._dutch: "831857912 833993896 492756545",
    national._australian: "999973756 781679788 744226686",
    national._japanese: """
        274398623749 924975217288 288677883867
        975524537916 217973664165 295672344344 856733758653 251442571522""",
    national._singaporean: "S1234567D T1234567J F1234567N G1234567X",
    national._turkish: "71118747736 98598388198 97332375166",
    national._south_african: "8408011514087 5705164996083 6708241792086",
    CPF: """
        18857189341 59537591182 66472878846 68226986630 73222546517
        76876778894 83525752873 93966774267 96923127718""",
    CNPJ: """
        13575935296403 19678339938720 37556749746288 37732159799389 39821362239130
        45941829522921 51219864511142 56644372317303 59621757366476 81449272521655""",
}
CASES = [
    pytest.param(check, number.encode(), id=number)
    for check, numbers in DRAWN.items()
    for number in numbers.split()
]


@pytest.mark.parametrize(("check", "number"), CASES)
def test_a_right_number_is_told_from_those_near_it(check: Check, number: bytes) -> None:
    """It passes its own check, and with any one digit changed it does not."""
    assert check(number)
    for at, digit in enumerate(number):
        for other in b"0123456789":
            if digit in b"0123456789" and other != digit:
                assert not check(number[:at] + bytes([other]) + number[at + 1 :])


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (b"51032399784", True),
        (b"97101319864", True),
        (b"08112664581", True),
        (b"17052411967", True),
        (b"17052411968", False),
        (b"61123112321", True),
        (b"61133112328", False),
        (b"61323112364", True),
        (b"61333112371", False),
    ],
)
def test_belgian_numbers(number: bytes, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Of both centuries, and with twenty added to the month; there is no month 13."""
    assert national._belgian(number) is expected


def test_corsica_has_letters() -> None:
    """Its two departments count as 19 and 18."""
    assert is_national(b"291062B62781168", STRONG)
    assert is_national(b"291062A62781141", STRONG)
    assert not is_national(b"291062A62781168", STRONG)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (b"811231-1234", True),
        (b"810101-1234", True),
        (b"811331-1234", False),
        (b"810031-1234", False),
        (b"811232-1234", False),
        (b"811200-1234", False),
    ],
)
def test_a_number_holds_a_date(number: bytes, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Months are 1 to 12, days 1 to 31."""
    assert national._korean(number) is expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (b"311299-1234", True),
        (b"321299-1234", False),
        (b"311399-1234", False),
        (b"3112991234", True),
        (b"811231-1234567", True),
        (b"8112311234567", True),
        (b"AB123456D", True),
        (b"AB123456E", False),
        (b"196107084227", True),
        (b"19610708-4227", True),
        (b"641795131436", True),
        (b"641795131437", False),
        (b"745255557470", True),
        (b"747619743570", True),
        (b"745255557471", False),
        (b"45871425909", True),
        (b"2123456701", True),
        (b"39999999411", True),
        (b"2123456711", False),
        (b"ABCPE1234F", True),
        (b"046454286", True),
    ],
)
def test_worded_shapes(number: bytes, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """A date, the shape or a digit that stands for two remainders is their check."""
    assert is_national(number, WORDED) is expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (b"219099999", True),
        (b"899010001", True),
        (b"001010001", True),
        (b"000010001", False),
        (b"666010001", False),
        (b"900010001", False),
        (b"987654321", False),
        (b"219009999", False),
        (b"219090000", False),
    ],
)
def test_american_numbers_that_were_issued(number: bytes, expected: bool) -> None:  # noqa: FBT001 - a table's column
    """No area 000, 666 or from 900, no group 00, no serial 0000."""
    assert SOCIAL_SECURITY(number) is expected


@pytest.mark.parametrize(
    ("check", "number"),
    [
        (national._finnish, b"131352-3087"),
        (national._chinese, b"110105194913310021"),
        (national._swedish, b"531322-2753"),
        (national._south_african, b"8413011514087"),
        (CPF, b"11111111111"),
        (CNPJ, b"00000000000000"),
        (national._german, b"12345678903"),
    ],
)
def test_right_digits_alone_are_not_enough(check: Check, number: bytes) -> None:
    """No month 13, no number of one digit, and German ones repeat a digit."""
    assert not check(number)
