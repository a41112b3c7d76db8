# SPDX-License-Identifier: Apache-2.0
"""What may be asked of a diagnostic, and what is refused.

Not here: the diagnostics themselves (`tests/contract/test_diagnostics.py`).
"""

from dataclasses import replace

import pytest

from wire import limits
from wire.diagnostics import (
    Caps,
    Consent,
    Diagnostic,
    Parameter,
    ParameterType,
    check_diagnostic,
    check_parameters,
    is_host,
)
from wire.errors import CatalogueError, ParameterError

HOST = Parameter(
    "host", ParameterType.HOST, "Whom to ask.", longest=253, identity="host"
)
PORT = Parameter(
    "port",
    ParameterType.INTEGER,
    "Which door.",
    minimum=1,
    maximum=65_535,
    default="443",
)
KIND = Parameter(
    "kind", ParameterType.CHOICE, "Which.", choices=("a", "aaaa"), default="a"
)
UNIT = Parameter(
    "unit", ParameterType.WORD, "Which service.", pattern=r"[a-z@.]+", longest=9
)
FOUR = (HOST, KIND, PORT, UNIT)
CAPS = Caps(seconds=5, processor=1, rows=10, octets=1_000)
SOUND = Diagnostic(FOUR, CAPS)

HOSTILE = (
    "",
    "-x",
    "--output=/etc/passwd",
    "a" * 500,
    "a;id",
    "$(id)",
    "`id`",
    "a|b",
    "a\nb",
    "a\0b",
    "a b",
    "../../etc/passwd",
    "a\u202eb",
    "а.example",  # noqa: RUF001 - a Cyrillic letter is the attack
    "%n%n",
    "\\\\server\\share",
)


def test_what_is_left_out_has_its_default() -> None:
    """Where a request is silent, what the declaration says is signed."""
    found = check_parameters(FOUR, [("unit", "ssh"), ("host", "a.example")])
    assert found.pairs() == (
        ("host", "a.example"),
        ("kind", "a"),
        ("port", "443"),
        ("unit", "ssh"),
    )
    assert found.number("port") == 443
    assert check_parameters(FOUR, found.pairs()) == found


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("item", FOUR, ids=lambda item: item.name)
def test_hostile_texts_are_refused(item: Parameter, text: str) -> None:
    """No parameter takes an option, a path, a command or what cannot be seen."""
    with pytest.raises(ParameterError) as refused:
        check_parameters([replace(item, default=None)], [(item.name, text)])
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["0", "65536", "-1", "007", "4_3", " 443", "4e2", "٤٤٣"]
)
def test_numbers_have_one_form_and_bounds(text: str) -> None:
    """A number is decimal, within its bounds, and written in one way."""
    with pytest.raises(ParameterError):
        check_parameters([PORT], [("port", text)])


@pytest.mark.parametrize(
    "text", ["a", "mail.example.com", "example.com.", "10.0.0.1", "fe80::1", "_sip.x"]
)
def test_hosts(text: str) -> None:
    """Names of the DNS and addresses are hosts."""
    assert is_host(text)


@pytest.mark.parametrize(
    "text",
    [
        "10.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "010.0.0.1",
        "::ffff:10.0.0.1",
        "fe80::1%eth0",
        "fe80::1%;id",
        "a..b",
        "a-.b",
        ".",
        "x" * 64,
        ".".join(["abcdefg"] * 32),
    ],
)
def test_odd_forms_are_no_hosts(text: str) -> None:
    """An address in another form than its own, and an ill-formed name, is no host."""
    assert not is_host(text)


@pytest.mark.parametrize(
    "given",
    [
        [("host", "a")],
        [("unit", "a"), ("host", "a"), ("host", "b")],
        [("unit", "a"), ("host", "a"), ("path", "b")],
    ],
)
def test_missing_twice_and_unknown_are_refused(given: list[tuple[str, str]]) -> None:
    """What must be said is said once, and nothing else is."""
    with pytest.raises(ParameterError):
        check_parameters(FOUR, given)


def test_a_sound_declaration_passes() -> None:
    """What keeps the rules is declared."""
    check_diagnostic("here", SOUND)


@pytest.mark.parametrize(
    "broken",
    [
        replace(SOUND, parameters=(PORT, HOST)),
        replace(SOUND, parameters=(HOST, HOST)),
        replace(SOUND, parameters=(replace(HOST, identity=""),)),
        replace(SOUND, parameters=(replace(HOST, longest=0),)),
        replace(SOUND, parameters=(replace(PORT, default="0"),)),
        replace(SOUND, parameters=(replace(PORT, reason=""),)),
        replace(SOUND, parameters=(replace(PORT, type=ParameterType.MOMENT),)),
        replace(SOUND, parameters=(replace(PORT, name="Port"),)),
        replace(SOUND, parameters=(replace(KIND, choices=()),)),
        replace(SOUND, parameters=(replace(UNIT, pattern=""),)),
        replace(SOUND, parameters=(replace(UNIT, pattern="("),)),
        replace(SOUND, caps=replace(CAPS, seconds=limits.DIAGNOSTIC_SECONDS + 1)),
        replace(SOUND, caps=replace(CAPS, rows=0)),
        replace(SOUND, sensitive=True),
        replace(SOUND, consent=Consent.NEVER),
    ],
)
def test_a_declaration_that_breaks_a_rule_is_refused(broken: Diagnostic) -> None:
    """A parameter without bound, a cap over the product's and a quiet sensitive one."""
    with pytest.raises(CatalogueError, match="here"):
        check_diagnostic("here", broken)
