# SPDX-License-Identifier: Apache-2.0
"""Where the sealed store is, as config.toml says it.

Rules: nothing is connected to.
Not here: what an address may say (`tests/fault/test_postgres.py`).
"""

from pathlib import Path

import pytest

from server.configuration_store import StoreSettings, lines, read_store
from server.errors import UsageError
from server.install import init
from server.processes import Process

ADDRESS = "postgresql://db.example.org/fleet?sslmode=verify-full&sslrootcert=/etc/ca"
OWN = "postgresql://db.example.org/fleet?sslcert=/etc/gate.pem"


def test_without_a_word_it_is_a_file() -> None:
    """Whoever says nothing has the installation's own file, and no line of it."""
    assert read_store({}) is None
    assert lines(None) == []


def test_a_process_may_have_an_address_of_its_own() -> None:
    """So that a gate's machine has the gate's certificate alone."""
    found = read_store({"address": ADDRESS, "gate": OWN})
    assert found == StoreSettings(ADDRESS, {Process.GATE: OWN})
    assert found.address_of(Process.GATE) == OWN
    assert found.address_of(Process.KEEPER) == ADDRESS


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "/var/lib/store.sqlite"},
        {"address": ADDRESS, "gates": OWN},
        {"address": 5},
        {"address": ADDRESS + "\n"},
        {"address": ADDRESS + "a" * 2_000},
        [],
    ],
)
def test_anything_else_is_refused(wrong: object) -> None:
    """A typing error never moves a store."""
    with pytest.raises(ValueError, match=r"^$"):
        read_store(wrong)


def test_init_leaves_nothing_where_the_store_is_none(tmp_path: Path) -> None:
    """An address that names no PostgreSQL is refused before anything is made."""
    with pytest.raises(UsageError, match="--store must be postgresql://"):
        init(tmp_path / "made", "Acme", "https://a:1", [], None, 9, store="db/fleet")
    assert list(tmp_path.iterdir()) == []
