# SPDX-License-Identifier: Apache-2.0
"""Each reader's keys at each class of records: every cell is tried.

Rules: what is not permitted fails because it does not decrypt.
Not here: the cells (`tests/isolation.py`, which prints them).
"""

from pathlib import Path

from server.keyring import KeyKind
from tests.isolation import matrix, table
from wire.purposes import Purpose

NAMES = [one.value for one in (*Purpose, *KeyKind)]


def test_each_key_opens_its_own_class_alone(tmp_path: Path) -> None:
    """Of 169 cells 13 open, and the others do not decrypt under any name."""
    cells = matrix(tmp_path)
    assert [(one.reader, one.records) for one in cells if one.opens] == [
        (name, name) for name in NAMES
    ]
    shut = [one.failures for one in cells if not one.opens]
    assert shut == [2] * 156
    assert table(cells).endswith(
        "169 cells: 13 open their own class, 0 open another; of 156 that are shut, "
        "156 do not decrypt"
    )
