# SPDX-License-Identifier: Apache-2.0
"""A damaged row of a store's file is named, and the rest of the account stands.

Rules: rows get what no statement could put into them, as a flipped bit does.
Not here: envelopes that are not what was signed (`--verify`).
"""

from dataclasses import replace
from pathlib import Path

import pytest
from store_chain import DEVICE, STORED, TENANT, chain, spoil

from server.errors import StateError
from server.store.chains import Damaged
from server.store.sqlite import create_store, open_store

WHOSE = TENANT, DEVICE.device
INCARNATION = b"i" * 16


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a store of one chain of four envelopes lies."""
    found = tmp_path / "store.sqlite"
    store = create_store(found)
    store.add_token(TENANT, b"k" * 32, 2_000, 1)
    store.enrol(DEVICE, b"k" * 32, 1_000)
    assert store.put([replace(one, records=2) for one in chain(4)], 5) == [STORED] * 4
    store.close()
    return found


DAMAGES = [
    ("records = x'00' WHERE sequence = 2", ("records",), INCARNATION, 2),
    ("purpose = CAST(x'ff' AS TEXT) WHERE sequence = 2", ("purpose",), INCARNATION, 2),
    ("incarnation = 'i' WHERE sequence = 2", ("incarnation",), None, 2),
    ("sequence = 'z' WHERE sequence = 2", ("sequence",), INCARNATION, None),
]


@pytest.mark.parametrize(("change", "columns", "incarnation", "sequence"), DAMAGES)
def test_a_damaged_envelope_is_named_and_the_rest_counted(
    path: Path,
    change: str,
    columns: tuple[str, ...],
    incarnation: bytes | None,
    sequence: int | None,
) -> None:
    """Three of four are accounted for, and the fourth is told."""
    spoil(path, "envelopes", change)
    store = open_store(path)
    try:
        (found,) = store.accounts(*WHOSE)
        (row,) = store.damaged(*WHOSE)
    finally:
        store.close()
    assert sum(sums.records for sums in found.classes) == 6
    assert row == Damaged("envelopes", incarnation, sequence, columns)


def test_a_damaged_chain_is_named(path: Path) -> None:
    """Its account cannot be made, and that is no error of the program."""
    spoil(path, "chains", "highest = 'high'")
    store = open_store(path)
    try:
        assert store.accounts(*WHOSE) == []
        assert store.damaged(*WHOSE) == [
            Damaged("chains", INCARNATION, 4, ("highest",))
        ]
    finally:
        store.close()


def test_a_damaged_device_is_a_sentence(path: Path) -> None:
    """A state that nobody knows is told as damage."""
    spoil(path, "devices", "state = 'acvite'")
    store = open_store(path)
    try:
        with pytest.raises(StateError, match=r"a row of the store .* is damaged"):
            store.devices(TENANT)
    finally:
        store.close()


def test_a_damaged_schema_is_a_sentence(path: Path) -> None:
    """What SQLite quotes of it may be no text."""
    content = path.read_bytes()
    path.write_bytes(content.replace(b"CREATE TABLE tokens", b"CREATE TAB\xcfE tokens"))
    with pytest.raises(StateError, match="restore its backup"):
        open_store(path)


def test_a_sound_store_names_nothing(path: Path) -> None:
    """No row is damaged that is as it was written."""
    store = open_store(path)
    try:
        assert store.damaged(*WHOSE) == []
    finally:
        store.close()
