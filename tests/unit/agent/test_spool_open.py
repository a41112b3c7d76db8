# SPDX-License-Identifier: Apache-2.0
"""Whatever lies where the spool belongs, the agent starts and owes what was lost.

Rules: real files, real damage, another owner's files where root runs this.
Not here: a full disk (`test_spool_disk.py`).
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.budget import ASIDE_SECONDS
from agent.errors import StateError
from agent.spool.change import Owed
from agent.spool.spool import Spool, open_spool

NOW = 1_763_960_000
UNKNOWN = [Owed(None, None, None, NOW - 60, "spool-corrupt")]
_REPOSITORY = Path(__file__).parents[3]
_OPEN = """
import sys
from pathlib import Path
from agent.spool.spool import Spool, open_spool
spool = open_spool(Path(sys.argv[1]), 1763960000, 1763959940)
print(spool.facts().sequence, spool.owed()[0].reason)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a spool lies that was used before."""
    found = tmp_path / "spool.sqlite"
    spool = open_spool(found, NOW)
    spool.set_value("before", 1)
    spool.close()
    return found


def change(path: Path, statement: str) -> None:
    """Change the database behind the agent's back."""
    database = sqlite3.connect(path)
    database.executescript(statement)
    database.close()


def open_and(path: Path, ask: Callable[[Spool], bytes]) -> bytes:
    """Open a spool, ask it and close it."""
    spool = open_spool(path, NOW)
    try:
        return ask(spool)
    finally:
        spool.close()


def aside(path: Path) -> list[str]:
    """Return the kinds of what was set aside."""
    names = (found.name for found in path.parent.iterdir() if "-" in found.name)
    return sorted({name.rpartition(".")[2] for name in names})


TABLES = ("envelopes", "bodies", "sums", "owed", "cursors", "snapshots")
MORE = ("passes", "ledger")
NEWER = """
DROP TRIGGER numbers_update;
UPDATE numbers SET value = 99 WHERE name = 'version';
PRAGMA user_version = 99;
"""


@pytest.mark.parametrize("table", TABLES + MORE)
def test_a_spool_that_lacks_a_table_is_made_anew(path: Path, table: str) -> None:
    """The rest goes over, the damaged file stays beside it, and nothing is lost."""
    incarnation = open_and(path, lambda spool: spool.incarnation())
    change(path, f"DROP TABLE {table}")
    spool = open_spool(path, NOW, NOW - 60)
    try:
        assert (spool.incarnation(), spool.value("before")) == (incarnation, 1)
        assert (spool.owed(), spool.follows()) == ([], False)
    finally:
        spool.close()
    assert aside(path) == [f"corrupt-{NOW}"]


@pytest.mark.parametrize("damage", ["DROP TABLE chain", "DELETE FROM chain"])
def test_a_spool_without_a_chain_begins_another(path: Path, damage: str) -> None:
    """What cannot be known is owed, and sources are read from now on."""
    change(path, damage)
    spool = open_spool(path, NOW, NOW - 60)
    try:
        # nothing waits and nothing says where the chain was: nothing goes over
        assert (spool.value("before"), spool.owed()) == (None, UNKNOWN)
        assert spool.follows()
    finally:
        spool.close()
    assert aside(path) == [f"corrupt-{NOW}"]


def test_a_newer_releases_spool_is_set_aside(path: Path) -> None:
    """It is never guessed at: start anew, owe the loss."""
    change(path, NEWER)
    spool = open_spool(path, NOW, NOW - 60)
    assert (spool.value("before"), spool.owed()) == (None, UNKNOWN)
    spool.close()
    assert aside(path) == [f"newer-{NOW}"]


def test_a_damaged_version_is_no_newer_release(path: Path) -> None:
    """The first page has no checksum: what a spool itself says of it counts."""
    change(path, "PRAGMA user_version = 5")
    spool = open_spool(path, NOW, NOW - 60)
    assert (spool.value("before"), spool.owed()) == (1, [])
    spool.close()


def test_noise_is_set_aside(path: Path) -> None:
    """A file that is no database is set aside."""
    path.write_bytes(os.urandom(40_000))
    open_spool(path, NOW).close()
    assert aside(path) == [f"corrupt-{NOW}"]


def test_who_only_looks_sets_nothing_aside(path: Path) -> None:
    """A newer release's spool is told of, and left for that release."""
    change(path, NEWER)
    with pytest.raises(StateError, match="newer release"):
        open_spool(path, NOW, mend=False)
    assert aside(path) == []


def test_one_of_a_kind_is_kept(path: Path) -> None:
    """The next of a kind replaces the one before, so that damage fills no disk."""
    for moment in (NOW, NOW + 5):
        change(path, "DELETE FROM chain")
        open_spool(path, moment).close()
    assert aside(path) == [f"corrupt-{NOW + 5}"]


@pytest.mark.parametrize(("age", "left"), [(ASIDE_SECONDS, 1), (ASIDE_SECONDS + 1, 0)])
def test_what_was_set_aside_goes_after_a_month(path: Path, age: int, left: int) -> None:
    """A copy of sealed data has an end like every other."""
    change(path, "DELETE FROM chain")
    open_spool(path, NOW).close()
    open_spool(path, NOW + age).close()
    assert len(aside(path)) == left


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0,
    reason="only root can make another owner's file",
)
@pytest.mark.parametrize("kind", ["file", "directory"])
def test_another_owners_spool_is_set_aside(tmp_path: Path, kind: str) -> None:
    """What the agent may not open, after a copy or a restore, does not stop it."""
    for folder in (tmp_path, *list(tmp_path.parents)[:-2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    state = tmp_path / "state"
    state.mkdir()
    path = state / "spool.sqlite"
    if kind == "file":
        open_spool(path, NOW).close()
    else:
        path.mkdir(0o700)
    os.chown(state, 65_534, 65_534)
    done = subprocess.run(
        [
            *("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"),
            *(sys.executable, "-c", _OPEN, str(path)),
        ],
        env={**os.environ, "PYTHONPATH": str(_REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("0 spool-corrupt\n", 0), done.stderr
    assert aside(path) == [f"foreign-{NOW}"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_a_spool_whose_mode_was_changed_is_used(path: Path) -> None:
    """Its owner's own file is opened again, and nobody else's from then on."""
    path.chmod(0)
    spool = open_spool(path, NOW)
    try:
        assert spool.value("before") == 1
    finally:
        spool.close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_disk_that_refuses_sets_nothing_aside(path: Path, tmp_path: Path) -> None:
    """Where the directory is gone there is nothing to mend: one sentence, no more."""
    with pytest.raises(StateError, match="cannot be opened"):
        open_spool(tmp_path / "gone" / "spool.sqlite", NOW)
    assert aside(path) == []
