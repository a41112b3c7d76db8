# SPDX-License-Identifier: Apache-2.0
"""Where each key of a policy stands.

Rules: the line is the one a person sees; no text makes finding it slow.
Not here: the words of a refusal (`test_policy_refusals.py`).
"""

import pytest

from policies import catalogue
from wire.policy_lines import key_lines
from wire.policy_source import PolicySourceError, compile_policy

TEXT = """\
# a comment with "quotes" and [brackets]
name = "a" # b = 1
[purpose.support]
readers = [
  "one", # [not] = "a table"
  "two",
]
"host.name" = """

FORMS = [
    ("name", 2),
    ("purpose", 3),
    ("purpose.support", 3),
    ("purpose.support.readers", 4),
    ("purpose.support.readers.0", 5),
    ("purpose.support.readers.1", 6),
    ("purpose.support.absent", 3),
    ("nowhere", 1),
]


@pytest.mark.parametrize(("path", "line"), FORMS)
def test_line_of_a_path(path: str, line: int) -> None:
    """A key has its own line, and what is missing has that of what is around it."""
    assert key_lines(TEXT + '"x"\n').line_of(tuple(path.split("."))) == line


@pytest.mark.parametrize(
    "value",
    [
        "'x'",
        '"a \\" [b] = 1"',
        '"""\n[purpose.x]\n"""',
        "'''\nname = 1\n'''",
        "{ x = 1, y = [2, 3] }",
        "1979-05-27 07:32:00",
        "[[1, 2], [3.5]]",
    ],
)
def test_values_of_every_form_are_passed_over(value: str) -> None:
    """Whatever a value looks like, the next key is found where it is."""
    text = f"{TEXT}{value}\n[after]\nkey = 1\n"
    expected = text.split("\n").index("key = 1") + 1
    assert key_lines(text).line_of(("after", "key")) == expected


@pytest.mark.parametrize("key", ['"a\\u0062"', "'ab'", "ab", '"ab"'])
def test_keys_of_every_form_are_the_same_key(key: str) -> None:
    """Quotes and escapes do not change which key it is."""
    assert key_lines(f"\n{key} = 1\n").line_of(("ab",)) == 2


def test_lines_below_the_depth_are_those_of_what_is_around() -> None:
    """A path deeper than any policy still has a line: that of its nearest parent."""
    lines = key_lines("\na.b.c.d.e.f.g.h.i.j = 1\n")
    assert lines.line_of(tuple("abcdefghij")) == 2


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_deep_nesting_costs_no_more_than_flat_text() -> None:
    """A file of nested brackets is answered; with quadratic work it never would be."""
    source = "x = " + "[\n" * 300 + "0,\n" * 60_000 + "]\n" * 300
    with pytest.raises(PolicySourceError):
        compile_policy(source.encode(), catalogue(), "policy.toml")
