# SPDX-License-Identifier: Apache-2.0
"""The trial of wrong changes says which ones a module's tests do not notice.

Not here: which changes there are (their text is in what it prints).
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULE = '''\
from functools import cache

LIMIT = 3
UNTESTED = 5


@cache
def more(number):
    return number + 1


def small(number):
    """Tell whether a number is small."""
    return more(number) <= LIMIT


def _made(least):
    def check(number):
        return number >= least
    return check


is_big = _made(7)


def words(text):
    if text:
        return [word for word in text.split() if word != "x"]
    return []


def unused(number):
    twice: int | None = number * 2
    return twice


def endless(number):
    while number > 0:
        number -= 1
    return number
'''
TESTS = """
from sums import endless, is_big, small, words


def test_small():
    assert small(2)
    assert not small(3)


def test_small_again():
    assert small(2)


def test_big():
    assert not is_big(6)
    assert is_big(7)


def test_words():
    assert words("a x b") == ["a", "b"]


def test_endless():
    assert endless(3) == 0
"""


LEFT = [
    "sums.py:4: 5 -> 6",
    "sums.py:27: if text: -> if True:",
    "sums.py:29: return [] -> return ()",
    "sums.py:33: number * 2 -> number // 2",
    "sums.py:33: 2 -> 3",
    "sums.py:34: return twice -> return ()",
]
TABLE = """\
| sums.py | 4 | 3 |
| all | 4 | 3 = 75.0% |

Not noticed:

sums.py:27: if text: -> if True:
"""


def _tried(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Try the module's changes."""
    (place / "sums.py").write_text(MODULE)
    (place / "test_sums.py").write_text(TESTS)
    return subprocess.run(
        [sys.executable, "-m", "tools.mutants", "--tests", "test_sums.py", *words],
        cwd=place,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )


def _left(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what was not noticed."""
    told = done.stdout.partition("Not noticed:")[2].split("\n")
    return [line for line in told if line]


@pytest.mark.slow
def test_changes_that_no_test_notices_are_listed(tmp_path: Path) -> None:
    """Functions, closures, remembered results and constants are changed, no types."""
    assert _left(_tried(tmp_path, "sums.py")) == LEFT


@pytest.mark.slow
def test_a_run_goes_on_where_its_journal_ends(tmp_path: Path) -> None:
    """What was tried is not tried again, and stands in the table all the same."""
    words = ("--journal", "journal", "--most", "4", "--seed", "5", "sums.py")
    first = _tried(tmp_path, *words)
    again = _tried(tmp_path, *words)
    assert "5 of 5 tests pass" in first.stderr
    assert first.stdout.endswith(TABLE)
    assert again.stdout.endswith(TABLE)
    assert again.stderr == ""
