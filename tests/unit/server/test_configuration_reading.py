# SPDX-License-Identifier: Apache-2.0
"""What reading a fleet may use, as config.toml says it."""

from pathlib import Path

import pytest

from server import configuration
from server.configuration_reading import MIB, ReadingSettings, read_reading
from server.errors import UsageError
from server.install import init
from server.layout import Layout


def test_without_a_word_it_is_what_suits_one_machine() -> None:
    """Memory is bounded, and processes are as many as cores."""
    assert read_reading({}) == ReadingSettings(1024 * MIB, None)


def test_an_operator_bounds_both(tmp_path: Path) -> None:
    """Zero is none; a typing error is refused with the whole file."""
    layout = init(tmp_path / "made", "Acme", "https://a:1", [], None, 9)
    with Layout(layout.directory).configuration.open("a") as file:
        file.write("\n[reading]\nmemory_mib = 0\nprocesses = 3\n")
    assert configuration.read(layout).reading == ReadingSettings(0, 3)
    with Layout(layout.directory).configuration.open("a") as file:
        file.write("proceses = 3\n")
    with pytest.raises(UsageError, match="unknown key"):
        configuration.read(layout)


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"memory": 5},
        {"memory_mib": -1},
        {"memory_mib": 1.5},
        {"memory_mib": True},
        {"processes": 65},
        {"processes": "2"},
    ],
)
def test_anything_else_is_refused(wrong: object) -> None:
    """A bound is a whole number that makes sense."""
    with pytest.raises(ValueError, match=r"^$"):
        read_reading(wrong)
