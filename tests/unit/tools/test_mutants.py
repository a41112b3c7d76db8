# SPDX-License-Identifier: Apache-2.0
"""The trial of wrong changes says which ones a module's tests do not notice.

Not here: which changes there are (their text is in what it prints).
"""

import subprocess
import sys
from pathlib import Path

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


def test_changes_that_no_test_notices_are_listed(tmp_path: Path) -> None:
    """Functions, closures, remembered results and constants are changed, no types."""
    (tmp_path / "sums.py").write_text(MODULE)
    (tmp_path / "test_sums.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "tools.mutants", "--tests", "test_sums.py", "sums.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    told = done.stdout.partition("Not noticed:")[2].split("\n")
    assert [line for line in told if line] == [
        "sums.py:4: 5 -> 6",
        "sums.py:27: if text: -> if True:",
        "sums.py:29: return [] -> return ()",
        "sums.py:33: number * 2 -> number // 2",
        "sums.py:33: 2 -> 3",
        "sums.py:34: return twice -> return ()",
    ]
