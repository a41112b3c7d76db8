# SPDX-License-Identifier: Apache-2.0
"""The page for those who write a policy says what the compiler does.

Rules: every block of TOML on the page is compiled, every quoted answer is one that is
given, every cell of the table is tried.
Not here: the answers in full (`test_policy_refusals.py`).
"""

import re
from datetime import date
from pathlib import Path

import pytest
import refusal_columns
import refusal_form
import refusal_terms
from unit.policy.policy_oracle import widened
from unit.policy.policy_order import more

from policies import PRESETS, catalogue, preset
from wire import limits
from wire.narrowing import narrow, parse_restriction
from wire.policy_check import refuse_column
from wire.policy_retention import CRITERIA
from wire.policy_source import PolicySourceError, compile_policy
from wire.policy_toml import LINE_CHARS
from wire.purposes import RULES, Purpose
from wire.transforms.call import parse_call

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "policy.md").read_text("utf-8")
TODAY = date(2026, 11, 24)
CATALOGUE = catalogue()
BLOCKS = re.compile(r"(?ms)^```toml\n(.*?)^```$")
ABOUT_POLICIES, ABOUT_RESTRICTIONS = PAGE.split("## Taking away")
PIECES = BLOCKS.findall(ABOUT_POLICIES)
RESTRICTIONS = BLOCKS.findall(ABOUT_RESTRICTIONS)
REASONS = [
    case.reason
    for case in (
        *refusal_columns.REFUSALS,
        *refusal_form.REFUSALS,
        *refusal_terms.REFUSALS,
    )
]
INFORMATIVE = ("keep", "pseudonymise", "scrub", "bucket(3600)", "mask")


def _rows(heading: str) -> list[list[str]]:
    """Return the cells of the table that follows a heading."""
    after = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in after.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


LEAST = [
    (purpose, row[0].strip("`"), cell)
    for row in _rows("How much has to be hidden")
    for purpose, cell in zip(
        ("provision", "support", "administration", "security", "improvement"),
        row[1:],
        strict=True,
    )
]


def test_every_block_is_tried() -> None:
    """No block of the page is left out, for want of a name for instance."""
    fences = re.findall(r"(?m)^```.+$", PAGE)
    assert len(fences) == len(PIECES) + len(RESTRICTIONS)


def test_the_pieces_are_one_policy() -> None:
    """The pieces of the page, one after the other, compile."""
    policy = compile_policy("\n".join(PIECES).encode(), CATALOGUE, "policy.md", TODAY)
    purposes = [rules.purpose.value for rules in policy.purposes]
    assert (policy.name, purposes) == (
        "acme-support",
        ["improvement", "security", "support"],
    )
    assert widened(policy, CATALOGUE) == []


@pytest.mark.parametrize("text", RESTRICTIONS)
def test_each_restriction_takes_away(text: str) -> None:
    """Each restriction of the page is read, and takes away from the full policy."""
    full = compile_policy(preset("full"), CATALOGUE, "full")
    limit = parse_restriction(text.encode(), "local.toml", CATALOGUE)
    left = narrow(full, [limit])
    assert more(left, full) == []
    assert more(full, left) != []


@pytest.mark.parametrize(("purpose", "place", "least"), LEAST)
def test_the_least_that_is_enough(purpose: str, place: str, least: str) -> None:
    """A cell's transform is enough, keeping it is not, and nothing means nothing."""
    name, _, column_name = place.partition(".")
    dataset = CATALOGUE.datasets[name]
    column = dataset.column(column_name)
    assert column is not None
    allowed = [
        text
        for text in (*INFORMATIVE, least.strip("`"))
        if text != "nothing"
        and not refuse_column(Purpose(purpose), dataset, column, parse_call(text))
    ]
    if least == "nothing":
        assert allowed == []
    else:
        assert least.strip("`") in allowed
        assert ("keep" in allowed) == (least == "`keep`")


@pytest.mark.parametrize("row", _rows("What is refused"), ids=lambda row: row[0])
def test_each_answer_on_the_page_is_given(row: list[str]) -> None:
    """What the page says an answer says, an answer says."""
    words = row[0].strip("`")
    assert [reason for reason in REASONS if words in reason]


def test_criteria_are_those_of_the_compiler() -> None:
    """The page lists every criterion, with what stands beside it."""
    listed = {
        row[0].strip("`"): tuple(re.findall(r"`([a-z]+)`", row[2]))
        for row in _rows("Why it is kept as long as it is")
    }
    assert listed == dict(CRITERIA)


def test_ages_are_those_of_the_compiler() -> None:
    """The page states the longest age of each purpose."""
    days = {item.value: RULES[item].maximum_days for item in Purpose}
    assert (days.pop("support"), set(days.values())) == (90, {0, 400})
    assert "`support` 90 days, the\nothers 400 days" in PAGE


def test_bounds_are_those_of_the_reader() -> None:
    """The page states how large a file and a line may be."""
    size = limits.POLICY_SOURCE_BYTES // limits.KIB
    assert f"at most {size} KiB, a line at most {LINE_CHARS} characters" in PAGE


def test_presets_are_those_that_ship() -> None:
    """The page names every shipped policy, from least to most."""
    table = PAGE.split("## A policy", 1)[0]
    assert tuple(re.findall(r"(?m)^\| `(\w+)` \|", table)) == PRESETS


def test_a_typo_on_the_page_would_be_found() -> None:
    """The pieces are really compiled: one letter changed is refused."""
    source = "\n".join(PIECES).replace("severity_text", "severity_txt")
    with pytest.raises(PolicySourceError, match="has no column"):
        compile_policy(source.encode(), CATALOGUE, "policy.md", TODAY)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    re.findall(r"`([^`]+)` and `([^`]+)`,?\s+make\s+`([^`]+)`", ABOUT_RESTRICTIONS),
)
def test_the_stricter_of_two(first: str, second: str, both: str) -> None:
    """Two transforms make what the page says they make."""
    column = "boot_time" if "bucket" in first else "host.name"
    source = "\n".join(PIECES).replace('boot_time = "bucket(3600)"', "")
    source = source.replace('"host.name" = "default"', f'"{column}" = "{first}"')
    policy = compile_policy(source.encode(), CATALOGUE, "policy.md", TODAY)
    text = f'[narrow]\n"devices.{column}" = "{second}"'
    limit = parse_restriction(text.encode(), "local.toml", CATALOGUE)
    rules = narrow(policy, [limit]).rules(Purpose.SUPPORT)
    assert rules is not None
    found = {
        item.column: item.transform
        for rule in rules.datasets
        for item in rule.columns
        if rule.dataset == "devices"
    }
    assert found.get(column, "drop") == both
