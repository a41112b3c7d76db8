# SPDX-License-Identifier: Apache-2.0
"""What the compiler refuses, with the line and the words.

Rules: every answer is one line that names file, line and what to do; no answer shows
more of a file than a short quoted name.
Not here: a thousand random files (`tests/fault/test_policy_fuzz.py`).
"""

from datetime import date

import pytest
import refusal_columns
import refusal_form
import refusal_terms
from refusal_cases import ANONYMOUS, ASKED, GOOD, NETWORK, SIGN_INS, TWO, Refusal

from policies import catalogue
from wire import limits
from wire.policy_source import PolicySourceError, compile_policy
from wire.policy_toml import SHOWN_CHARS
from wire.restriction import parse_restriction

FILE = "policy.toml"
TODAY = date(2026, 11, 24)
CATALOGUE = catalogue()
REFUSALS = (
    *refusal_form.REFUSALS,
    *refusal_terms.REFUSALS,
    *refusal_columns.REFUSALS,
)
SECRET = "Hunter2-is-the-password-of-amelie@example.com-and-nobody-elses"


def _refused(source: bytes, today: date | None = TODAY) -> str:
    with pytest.raises(PolicySourceError) as caught:
        compile_policy(source, CATALOGUE, FILE, today)
    return str(caught.value)


@pytest.mark.parametrize("good", [GOOD, TWO, ASKED, ANONYMOUS, NETWORK, SIGN_INS])
def test_the_edited_policies_are_good(good: str) -> None:
    """Without its edit each policy compiles, so the edit alone is refused."""
    assert compile_policy(good.encode(), CATALOGUE, FILE, TODAY).purposes


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_refusal_names_file_line_and_reason(case: Refusal) -> None:
    """One edit gives the line it is on and words that say what to do."""
    expected = {f"{FILE}:{case.line}: {case.reason}", *case.also}
    assert set(_refused(case.source()).split("\n")) == expected


def test_every_refusal_has_its_own_name() -> None:
    """No case hides another one."""
    names = [case.name for case in REFUSALS]
    assert sorted(set(names)) == sorted(names)


def test_lines_end_as_windows_ends_them() -> None:
    """A file from a Windows editor compiles to the same, and its lines are counted."""
    windows = GOOD.replace("\n", "\r\n").encode()
    unix = compile_policy(GOOD.encode(), CATALOGUE, FILE, TODAY)
    assert compile_policy(windows, CATALOGUE, FILE, TODAY) == unix
    refused = _refused(windows.replace(b"30d", b"99d"))
    assert refused == f"{FILE}:9: support may keep at most 90d"


def test_every_problem_is_named_at_once() -> None:
    """Who writes a policy corrects it in one go: three mistakes, three lines."""
    edited = GOOD.replace("scrub", "keep").replace('"30d"', '"1y"')
    lines = _refused(edited.replace("15m", "1s").encode()).split("\n")
    assert [line.split(":")[1] for line in lines] == ["9", "13", "18"]


def test_too_large() -> None:
    """A file over the bound is refused unread, whatever it holds."""
    source = b"#" * (limits.POLICY_SOURCE_BYTES + 1)
    expected = f"{FILE}:1: over 262144 bytes; split it by tenant"
    assert _refused(source) == expected


@pytest.mark.parametrize("line", ["# " + "x" * 1_023, "x = 1 # " + "." * 33])
def test_too_long_a_line(line: str) -> None:
    """A line that would make the reader slow is refused, and named."""
    expected = f"{FILE}:3: longer than 1024 characters, or over 32 dots"
    assert _refused(f"# 1\n# 2\n{line}\n".encode()) == expected


def test_nested_too_deeply() -> None:
    """Brackets beyond the reader's depth are refused, not a crash."""
    source = ("x = " + "[\n" * 20_000).encode()
    assert _refused(source) == f"{FILE}:1: nested too deeply"


def test_review_is_not_asked_for_without_a_day() -> None:
    """An endpoint without a clock to trust still compiles a lapsed business need."""
    need = (
        'keep = "30d"\ncriterion = "business-need"\nowner = "head of support"\n'
        'reason = "slow vendor"\nreview = 2020-01-01'
    )
    source = GOOD.replace('keep = "30d"', need).encode()
    assert compile_policy(source, CATALOGUE, FILE).name == "acme"
    assert "review must lie ahead" in _refused(source)


@pytest.mark.parametrize(
    "edit",
    [
        ('"acme"', f'"{SECRET}"'),
        ("[purpose.support]", f'[purpose."{SECRET}"]'),
        ("timestamp =", f'"{SECRET}" ='),
        ('"pseudonymise"', f'"{SECRET}"'),
        ('"15m"', f'"{SECRET}"'),
        ('"30d"', f'"{SECRET}"'),
        ('["technician"]', f'["{SECRET}"]'),
        ('["technician"]', f'{{"{SECRET}" = 1, "{SECRET}" = 2}}'),
        ('name = "acme"', f'"{SECRET}" = 1\n"{SECRET}" = 2'),
        ("format = 1", f'["{SECRET}"]\n["{SECRET}"]\n'),
        ("format = 1", f'x."{SECRET}" = 1\n[x."{SECRET}".y]'),
        ("format = 1", f'format = "{SECRET}'),
        ("event_logs", f'"{SECRET}"'),
        ('retention = "tickets"', f'retention = "{SECRET}"'),
        ('keep = "30d"', f'keep = "30d"\ncriterion = "{SECRET}"'),
        ('keep = "30d"', f'keep = "30d"\n"{SECRET}" = 1'),
    ],
)
def test_no_answer_shows_what_a_file_holds(edit: tuple[str, str]) -> None:
    """Of a value pasted into the wrong place at most a short name comes back."""
    answer = _refused(GOOD.replace(*edit).encode())
    assert SECRET[: SHOWN_CHARS + 1] not in answer


@pytest.mark.parametrize(
    ("name", "quoted"),
    [('"a\\u202Eb"', "'a\\u202eb'"), ('"a\\u0007"', "'a\\x07'"), ('""', "''")],
)
def test_names_are_shown_escaped(name: str, quoted: str) -> None:
    """A name cannot turn a terminal's text around or ring its bell."""
    answer = _refused(GOOD.replace("timestamp", name).encode())
    reason = f"event_logs has no column {quoted}; see docs/datasets.md"
    assert answer == f"{FILE}:16: {reason}"


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ('deny = ["purpose:sales"]', 1, "unknown purpose 'sales'"),
        (
            'deny = [\n"dataset:browsers",\n]',
            2,
            "unknown dataset 'browsers'; docs/datasets.md lists them",
        ),
        (
            'deny = ["column:devices.colour"]',
            1,
            "devices has no column 'colour'; see docs/datasets.md",
        ),
        (
            'deny = ["sessions"]',
            1,
            "'sessions': write purpose:NAME, dataset:NAME, column:",
        ),
        ('deny = "dataset:sessions"', 1, "deny must be a list of texts"),
        ('allow = ["dataset:sessions"]', 1, "unknown key 'allow'; known here: deny, "),
        ('[narrow]\n"devices" = "drop"', 2, "'devices': write DATASET.COLUMN"),
        (
            '[narrow]\n"devices.host.name" = "hide"',
            2,
            "column host.name: no such transform; use one of bucket, drop, keep, ",
        ),
        (
            '[narrow]\n"devices.boot_time" = "mask"',
            2,
            "column boot_time: transform mask: only for text; use bucket or drop",
        ),
        (
            '[discovery]\nallow = ["10.1.0.0/24",\n"10.1.0.7/24"]',
            3,
            "'10.1.0.7/24': an address of a machine, not of a network",
        ),
        ("[discovery]\nallow = []\ndeny = []", 3, "unknown key 'deny'; known here: a"),
        ('[events]\nallow = ["sshd"]', 2, "'sshd': write LOG/ID or PROGRAM/ID, such "),
        ("[events]", 1, 'allow is missing: write allow = ["..."]'),
        ("[discovery]", 1, 'allow is missing: write allow = ["..."]'),
        ("discovery = true", 1, "discovery must be a table"),
        ("[narrow]\ndevices.x = 1", 1, "put quotes around a name with dots: 'devices'"),
    ],
)
def test_restriction_refusals(source: str, line: int, reason: str) -> None:
    """A typo in a restriction is refused with its line, for it must not permit."""
    with pytest.raises(PolicySourceError) as caught:
        parse_restriction(source.encode(), "local.toml", CATALOGUE)
    assert str(caught.value).startswith(f"local.toml:{line}: {reason}")
