# SPDX-License-Identifier: Apache-2.0
"""How a text may spell an identity, and where such a spelling counts.

Rules: whatever an encoding wraps a name in, the name is gone; what no name made stays.
Not here: identities (`test_identities.py`), other detectors (`test_detectors.py`).
"""

import base64
import re
from urllib.parse import quote

import pytest

from agent.redaction import bounds
from agent.redaction.dictionary import Dictionary
from agent.redaction.identities import Identities
from agent.redaction.spellings import Rule, encodings, spellings
from agent.redaction.text import Scrubber

KEY = bytes(range(32))
NAME = "wrenfield"
FORMS = ("{:c}", "%{:02x}", "%{:02X}", r"\u{:04x}", r"\x{:02x}", "&#{};", "&#x{:x};")


def _scrub(text: str, *known: tuple[str, str]) -> str:
    return str(Scrubber(Identities(known), KEY, using=()).scrub(text))


def _widened(letter: str) -> str:
    return chr(ord(letter) + 0xFEE0)


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz", "user:", "CN="])
@pytest.mark.parametrize("after", ["", "!", ":password", " and more"])
@pytest.mark.parametrize("name", [NAME, NAME.upper(), NAME.title()])
@pytest.mark.parametrize("code", ["utf-8", "utf-16-le"])
def test_base64_hides_no_name(before: str, after: str, name: str, code: str) -> None:
    """Wherever a name stands in what is encoded, its letters are gone."""
    octets = f"{before}{name}{after}".encode(code)
    left = _scrub(f"body {base64.b64encode(octets).decode()} end", ("user", NAME))
    assert "<user_" in left
    assert left.startswith("body ")
    assert left.endswith(" end")


@pytest.mark.parametrize("name", [NAME, NAME.upper(), NAME.title()])
@pytest.mark.parametrize("known", [NAME, NAME.title()])
def test_a_name_has_one_tag_in_every_encoding(name: str, known: str) -> None:
    """What an encoding spells gets the stand-in of the name, not one of its letters."""
    texts = [name, quote("".join(map(_widened, name)))]
    texts += ["".join(form.format(ord(letter)) for letter in name) for form in FORMS]
    for octets in (name.encode(), name.encode("utf-16-le")):
        texts += [octets.hex(), octets.hex().upper(), base64.b64encode(octets).decode()]
    tags = {_scrub(f"body {text} end", ("user", known)).rstrip("=") for text in texts}
    assert len(tags) == 1
    assert re.fullmatch(r"body <user_\w{8}> end", tags.pop())


def test_without_names_nothing_is_an_encoding() -> None:
    """A dictionary of nothing knows nobody behind any letters."""
    assert Dictionary(()).encoded(b"77726e") is None
    dictionary = Dictionary([("user", NAME)])
    assert dictionary.encoded(NAME.encode()) is None
    assert dictionary.encoded(base64.b64encode(b"xyz" + NAME.encode())) is None
    assert dictionary.encoded(NAME.encode().hex().encode()) == NAME.encode()


@pytest.mark.parametrize("code", ["utf-8", "utf-16-le"])
@pytest.mark.parametrize("name", [NAME, NAME.upper()])
def test_hex_hides_no_name(name: str, code: str) -> None:
    """Hex of a name is found in any case of its digits."""
    digits = f"a{name}b".encode(code).hex()
    for text in (digits, digits.upper()):
        assert name.encode(code).hex() not in _scrub(text, ("user", NAME)).lower()


@pytest.mark.parametrize(
    "text",
    [
        r"w\u0000r\u0000e\u0000n\u0000f\u0000i\u0000e\u0000l\u0000d",
        r"w\x00r\x00e\x00n\x00f\x00i\x00e\x00l\x00d\x00",
        r"\x77\x72\x65\x6e\x66\x69\x65\x6c\x64",
        "%77%72%65%6e%66%69%65%6c%64",
        "&#119;renfield",
        "&#x77;renfield",
        r"wren\u00adfield",
        r"wren\u200bfield",
        r"wren\u001b[31mfield",
        "wren\u00adfield",
        "wren\u200dfield",
        "wren\x1b[1mfield",
        "w\0r\0e\0n\0f\0i\0e\0l\0d\0",
    ],
)
def test_letters_spelled_as_numbers_hide_no_name(text: str) -> None:
    """Escapes of letters, and what is not seen between them, make no new word."""
    left = _scrub(f"body {text} end", ("user", NAME))
    assert left.startswith("body <user_")
    assert left.endswith(("> end", "\\x00 end"))


@pytest.mark.parametrize(
    "text",
    [
        "eve.json of suricata",
        "even and never",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "token RXZlbnQ and ZXZlbg",
        "renfield",
        "wrenfieldd",
    ],
)
def test_words_stay_usable(text: str) -> None:
    """A short part of a person's name, or a part of a word, is no identity."""
    assert _scrub(text, ("person", "Eve"), ("user", NAME)) == text


@pytest.mark.parametrize("text", ["Eve signed in", "EVE signed in"])
def test_a_short_part_of_a_name_is_known_by_its_capital(text: str) -> None:
    """Eve and EVE are a person, eve.json is a file."""
    assert "<person_" in _scrub(text, ("person", "Eve"))


@pytest.mark.parametrize("value", [".*", "(a|b)+", "[x]y", "a\\b{9}", "$^", "?", "x"])
def test_metacharacters_are_letters(value: str) -> None:
    """An identity is never a pattern, and one letter is none."""
    text = "an ordinary text, xy and aaab"
    assert _scrub(text, ("user", value)) == text


def test_ten_thousand_names_have_bounded_spellings() -> None:
    """The encodings of many names are bounded, the names themselves are all known."""
    names = [f"wren{number:05}x" for number in range(10_000)]
    dictionary = Dictionary(("user", name) for name in names)
    most = len(names) + bounds.ENCODED_SPELLINGS
    count = int(repr(dictionary).rstrip(">").rpartition(" ")[2])
    assert len(names) < count <= most + 50
    for name in names[:: len(names) // 7]:
        assert dictionary.find(name.encode(), name.encode())


def test_of_two_rules_the_wider_one_holds() -> None:
    """A name that is also a part of a person's is a user's in any case."""
    known = (("person", "Eve"), ("user", "eve"))
    assert "eve" not in _scrub("home of eve", *known)


@pytest.mark.parametrize(
    "text",
    [
        "02:00:5e:10:0a:b1",
        "02-00-5E-10-0A-B1",
        "02005e100ab1",
        "2:0:5e:10:a:b1",
        "0200.5e10.0ab1",
    ],
)
@pytest.mark.parametrize("value", ["02-00-5e-10-0a-b1", "02005E100AB1"])
def test_a_hardware_address_is_found_in_every_form(text: str, value: str) -> None:
    """Colons, dashes, dots, none, and without leading zeros."""
    known = ("mac", value)
    assert re.fullmatch("to <mac_.*>", _scrub(f"to {text}", known))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2001:db8::7", "2001:0db8:0000:0000:0000:0000:0000:0007"),
        ("2001:0db8:0000:0000:0000:0000:0000:0007", "2001:db8::7"),
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "192-0-2-7"),
    ],
)
def test_an_address_is_found_in_every_form(value: str, text: str) -> None:
    """Short and long, and with dashes as in names of machines."""
    assert re.fullmatch("to <ip_.*>", _scrub(f"to {text}", ("ip", value)))


@pytest.mark.parametrize("kind", ["serial", "uuid"])
def test_a_serial_number_is_found_without_its_dashes(kind: str) -> None:
    """As firmware and labels print it."""
    assert f"<{kind}_" in _scrub("of ab12cd34ef end", (kind, "ab12-cd34-ef"))


@pytest.mark.parametrize(
    "text",
    [
        *("Ada Wrenfield", "Wrenfield, Ada", "wrenfield.ada", "ada_wrenfield"),
        *(
            "AdaWrenfield",
            "ada-wrenfield",
            "ada+wrenfield",
            "awrenfield",
            "a.wrenfield",
        ),
        *("adaw", "ada.w"),
    ],
)
def test_a_person_is_found_in_every_form(text: str) -> None:
    """In either order, joined as accounts are, with initials."""
    folded = {one.lower() for one in spellings("person", "Ada Wrenfield")}
    assert text.lower().encode() in folded


def test_a_single_name_has_no_other_form() -> None:
    """A name of one part is itself."""
    assert spellings("person", "Ada") == {b"Ada"}


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ("a b/c", b"a%20b%2Fc"),
        ('say "x"', b'say \\"x\\"'),
        ("Zo\u00eb", "ZO\u00cb".encode()),
        ("Zo\u00eb", "zoe\u0308".encode()),
        ("ZOE\u0308", "zo\u00eb".encode()),
        ("Zo\u00eb", b"Zo\\u00eb"),
        ("Zo\u00eb", b"Zo%C3%AB"),
    ],
)
def test_other_letters_are_spelled_as_programs_do(value: str, spelled: bytes) -> None:
    """Escapes of URLs and JSON, other cases, letters in one or in two."""
    assert spelled in spellings("user", value)


def test_a_plain_name_is_spelled_one_way() -> None:
    """Dashes are left out of serial numbers only, and no escape changes a letter."""
    assert spellings("user", "ab-cd.e_1") == {b"ab-cd.e_1"}
    assert spellings("serial", "ab-cd") == {b"ab-cd", b"abcd"}


def test_letters_in_one_and_in_two_stay_mixed() -> None:
    """A value that has both is known in other cases as it is."""
    assert "\u00c9E\u0301".encode() in spellings("user", "\u00e9e\u0301")


@pytest.mark.parametrize(
    ("value", "case", "expected"),
    [
        ("", 0, []),
        ("ab", 0, []),
        ("abc", 0, [(b"YWJj", Rule.TOKEN)]),
        ("wren", 0, [(b"7772656e", Rule.ANYWHERE), (b"d3Jlbg", Rule.TOKEN)]),
        (
            "wrenf",
            0,
            [
                (b"7772656e66", Rule.ANYWHERE),
                (b"d3Jlbm", Rule.LETTERS),
                (b"dyZW5m", Rule.LETTERS),
                (b"3cmVuZ", Rule.LETTERS),
            ],
        ),
        (
            "wrenfield",
            0,
            [
                (b"7772656e6669656c64", Rule.ANYWHERE),
                (b"d3JlbmZpZWxk", Rule.LETTERS),
                (b"dyZW5maWVsZ", Rule.LETTERS),
                (b"3cmVuZmllbG", Rule.LETTERS),
            ],
        ),
        ("abc", 1, [(b"QUJD", Rule.TOKEN), (b"QWJj", Rule.TOKEN)]),
        ("ABC", 1, [(b"QWJj", Rule.TOKEN), (b"YWJj", Rule.TOKEN)]),
        ("ab", 1, []),
        ("7/+>", 1, []),
        ("ab", 2, [(b"61006200", Rule.ANYWHERE), (b"YQBiAA", Rule.TOKEN)]),
        ("a>?", 0, [(b"YT4/", Rule.TOKEN), (b"YT4_", Rule.TOKEN)]),
        ("a?>", 0, [(b"YT8+", Rule.TOKEN), (b"YT8-", Rule.TOKEN)]),
    ],
)
def test_encodings(value: str, case: int, expected: list[tuple[bytes, Rule]]) -> None:
    """Hex, base64 at each place of a group and that of URLs, each once."""
    made = list(encodings(value, case))
    assert set(expected) <= set(made)
    if case < 2:
        assert len(made) == len(expected)


def test_utf_16_is_spelled_in_all_cases() -> None:
    """As it is, small, in capitals and as a title."""
    whole = [letters for letters, rule in encodings("wren", 2) if rule is Rule.ANYWHERE]
    assert sorted(whole) == sorted(
        name.encode("utf-16-le").hex().encode() for name in ("wren", "WREN", "Wren")
    )


def test_long_values_have_no_encodings() -> None:
    """What has more than 128 letters is a path or a list."""
    assert list(encodings("w" * 128, 0))
    assert not list(encodings("w" * 129, 0))
