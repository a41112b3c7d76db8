# SPDX-License-Identifier: Apache-2.0
"""A minute of coverage-guided fuzzing breaks no door.

Rules: atheris, in a process of its own for each target; crashes, hangs, an input of
five seconds and growing memory all count, and planted ones show that they do. Each
begins with what is kept; what it finds beyond is listed in build/fuzz, and told at the
end of the tests. `make fuzz` goes on for longer, and is what keeps it.
Not here: what was found before (`tests/property/test_fuzz_kept.py`).
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz.__main__ import added, fuzz, keep
from tests.fuzz.seeds import begins, kept, seeds
from tests.fuzz.targets import TARGETS
from tests.fuzz.told import FUZZED

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(600),  # what a busy machine adds to it
    pytest.mark.skipif(
        importlib.util.find_spec("atheris") is None,
        reason="atheris has no wheel for this Python: fuzzing needs one",
    ),
]
SECONDS = 60
PLANTED_SECONDS = 10
INTO = Path(__file__).parents[2] / "build/fuzz"
STATUS = b"Package: a\nStatus: install ok installed\nVersion: 1\n"


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_breaks(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    """What comes in through this door is read or refused, whatever it is."""
    INTO.mkdir(parents=True, exist_ok=True)
    told = fuzz(name, SECONDS, INTO, begins(name))
    record_property(FUZZED, str(told))
    assert told.broken == ""
    assert told.runs > told.begun > len(list(seeds(name)))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("crashes", "AssertionError"),
        ("takes-long", "SlowError"),
        ("grows", "memory grew by"),
    ],
)
def test_what_breaks_is_found(name: str, word: str, tmp_path: Path) -> None:
    """A door that is broken on purpose is told of, with what broke it in a file."""
    told = fuzz(name, PLANTED_SECONDS, tmp_path, [b"?"])
    assert word in told.broken
    assert any(tmp_path.glob(f"{name}-*")) is (name != "grows")


def test_what_hangs_is_found(tmp_path: Path) -> None:
    """A door that waits for ever is told of, though it takes no processor."""
    told = fuzz("hangs", PLANTED_SECONDS, tmp_path, [b"?"], hang=PLANTED_SECONDS)
    assert "libFuzzer: timeout" in told.broken
    assert any(tmp_path.glob("hangs-*"))


def test_what_goes_no_new_way_is_not_added() -> None:
    """Of two that reach the same, one is added, and none where it is there already."""
    again = STATUS.replace(b"1", b"2")
    assert len(added("dpkg", [b""], [STATUS, again])) == 1
    assert added("dpkg", [b"", STATUS], [again]) == []


def test_what_is_kept_stays(tmp_path: Path) -> None:
    """What goes a new way is added to what is kept, and nothing of that is lost."""
    corpus = tmp_path / "corpus"
    keep("dpkg", [], corpus)
    assert kept("dpkg", corpus) == []
    first, second = kept("dpkg")[:2]
    keep("dpkg", [first], corpus)
    keep("dpkg", [first, second], corpus)
    assert set(kept("dpkg", corpus)) == {first, second}
