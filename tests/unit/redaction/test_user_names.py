# SPDX-License-Identifier: Apache-2.0
"""What counts as an account where a text says that one stands.

Rules: every span is exactly a name.
Not here: where names stand (`test_detectors.py`, `test_exact.py`).
"""

import pytest

from agent.redaction.user_names import accept_user


def _parts(before: str, name: str, after: str, *, sure: bool) -> list[tuple[str, str]]:
    octets = (before + name + after).encode()
    start = len(before.encode())
    return [
        (octets[first:last].decode(), kind)
        for first, last, kind in accept_user(
            octets, start, start + len(name.encode()), sure
        )
    ]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("wren", [("wren", "user")]),
        (" wren. ", [("wren", "user")]),
        ("wren,eve", [("wren", "user"), ("eve", "user")]),
        ("wren, eve,root", [("wren", "user"), ("eve", "user")]),
        (r"CONTOSO\wren", [("CONTOSO", "host"), ("wren", "user")]),
        (r"CONTOSO\\wren", [("CONTOSO", "host"), ("wren", "user")]),
        (r"wo\wren", [("wo", "host"), ("wren", "user")]),
        (r"w\wren", [("wren", "user")]),
        (r"CONTOSO\root", [("CONTOSO", "host")]),
        (r"CONTOSO\4017", [("CONTOSO", "host")]),
        ("CONTOSO\tim", []),
        (r"HKLM\wren", []),
        (r"workgroup\wren", []),
        (r"NT SERVICE\wren", []),
        ("root", []),
        ("ROOT", []),
        ("DWM-2", []),
        ("trustedinstaller", []),
        ("session", []),
        ("4017", []),
        ("2024-01-07", []),
        ("w2024", [("w2024", "user")]),
    ],
)
def test_names(name: str, parts: list[tuple[str, str]]) -> None:
    """A name is found with the domain before it; words, numbers and built-ins stay."""
    assert _parts("for user ", name, "", sure=False) == parts


@pytest.mark.parametrize("name", ["session", "the", "manager"])
def test_any_word_is_a_name_where_only_names_stand(name: str) -> None:
    """A rule that is sure takes words that name nobody elsewhere."""
    assert _parts("(", name, ")", sure=True) == [(name, "user")]
    assert _parts("(", "root", ")", sure=True) == []


@pytest.mark.parametrize(
    ("before", "name", "parts"),
    [
        ("find user [", "4017", [("4017", "user")]),
        ("find USER [", "4017", [("4017", "user")]),
        ("find user [", "40-17", []),
        ("find user ", "4017", []),
    ],
)
def test_extensions(before: str, name: str, parts: list[tuple[str, str]]) -> None:
    """A number is a telephone's where it stands in brackets after the word user."""
    assert _parts(before, name, "]", sure=False) == parts


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("", "@ws7", [("wren", "user"), ("ws7", "host")]),
        ("to: ", "@ws7", [("wren", "user"), ("ws7", "host")]),
        ("", "@localhost", []),
        ("", "@1a2b3c", []),
        ("", "@tty1", []),
        ("", "@1000", []),
        ("", "@x.service", []),
        ("", "@x.slice", []),
        ("", "@x.socket", []),
    ],
)
def test_names_at_a_machine(
    before: str, after: str, parts: list[tuple[str, str]]
) -> None:
    """Of user@host both are names; an object or a unit is neither."""
    assert _parts(before, "wren", after, sure=False) == parts


def test_built_in_accounts_at_a_machine() -> None:
    """A built-in account stays, its machine is found."""
    assert _parts("", "root", "@ws7", sure=True) == [("ws7", "host")]
    assert _parts("x ", "ROOT", "@ws7", sure=False) == [("ws7", "host")]


def test_a_comma_elsewhere_is_no_list() -> None:
    """Only commas within the name part it."""
    assert _parts("a,b ", "wren", ",c", sure=True) == [("wren", "user")]
    assert _parts("a, b ", "wren eve", ", c", sure=True) == [("wren eve", "user")]
