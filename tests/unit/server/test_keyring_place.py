# SPDX-License-Identifier: Apache-2.0
"""Promises of where the master key lies, and of what locks it.

Rules: real installations and files.
Not here: what lies under the master key (`test_keyring.py`).
"""

import shutil
from pathlib import Path

import pytest

from server import configuration, configuration_keyring
from server.authority import open_authority
from server.configuration_keyring import KeyringSettings
from server.errors import InstallationError, StateError, TrustError, UsageError
from server.install import init
from server.key_files import make_directory
from server.keyring import Keyring, MasterFiles, open_keyring
from server.layout import Layout
from server.ledger import SqliteLedger

NOW = 1_800_000_000
URL = "https://collector.example.org:8443"
DAY = 86_400


def install(directory: Path, master: Path | None = None) -> Layout:
    """Install a collector."""
    named = None if master is None else KeyringSettings(master)
    return init(directory, "Acme", URL, [], None, NOW, user="amelie", master=named)


def set_up(layout: Layout, was: str, becomes: str) -> None:
    """Change a line of config.toml, as a person does."""
    text = layout.configuration.read_text()
    assert was in text
    layout.configuration.write_text(text.replace(was, becomes))


def refusals(layout: Layout) -> list[object]:
    """Return why keyrings were refused, as the ledger has it."""
    ledger = SqliteLedger(layout.ledger)
    try:
        lines = [one for one in ledger.entries() if one.act == "keyring-refused"]
        return [(one.body or {})["denied"] for one in lines]
    finally:
        ledger.close()


def names(directory: Path) -> list[str]:
    """Return the files of a directory."""
    return sorted(path.name for path in directory.iterdir())


def test_init_puts_the_master_key_beside_the_collector(tmp_path: Path) -> None:
    """No file of the collector's own directory unwraps its keyring."""
    layout = install(tmp_path / "collector")
    assert names(layout.keyring) == ["keyring.sqlite"]
    assert names(tmp_path / "collector-master") == ["master-00000001.key"]
    copy = tmp_path / "copy"
    shutil.copytree(layout.directory, copy)
    with pytest.raises(StateError, match=r"master-00000001\.key"):
        Keyring(copy / "keyring", MasterFiles(copy / "keyring"))


def test_init_takes_another_place(tmp_path: Path) -> None:
    """The place of the master key is the operator's to choose, and init says it."""
    layout = install(tmp_path / "collector", tmp_path / "elsewhere")
    assert names(tmp_path / "elsewhere") == ["master-00000001.key"]
    settings = configuration.read(layout).keyring
    assert settings == KeyringSettings(tmp_path / "elsewhere", machine=35 * DAY)


def test_init_leaves_a_former_master_alone(tmp_path: Path) -> None:
    """A directory with somebody's master key is never written, and nothing is made."""
    former = tmp_path / "collector-master"
    former.mkdir()
    (former / "master-00000007.key").write_text("somebody's\n")
    with pytest.raises(InstallationError, match="not empty"):
        install(tmp_path / "collector")
    assert names(tmp_path) == ["collector-master"]
    assert names(former) == ["master-00000007.key"]


def test_an_interrupted_init_leaves_no_master(tmp_path: Path) -> None:
    """A policy that does not compile leaves neither collector nor master key."""
    with pytest.raises(UsageError):
        init(tmp_path / "collector", "Acme", "http://x", [], None, NOW, user="amelie")
    assert names(tmp_path) == []


def test_a_first_release_goes_on_and_moves(tmp_path: Path) -> None:
    """Without settings the master key is where it was; named, it moves and is new."""
    layout = install(tmp_path / "collector")
    beside = tmp_path / "collector-master"
    (beside / "master-00000001.key").rename(layout.keyring / "master-00000001.key")
    beside.rmdir()
    set_up(layout, f'directory = "{beside}"', "")
    before = open_keyring(layout)
    role = before.store_role_key().public
    before.close()
    assert names(layout.keyring) == ["keyring.sqlite", "master-00000001.key"]
    set_up(layout, "[keyring]", f'[keyring]\ndirectory = "{beside}"')
    after = open_keyring(layout)
    assert after.store_role_key().public == role
    after.close()
    assert names(layout.keyring) == ["keyring.sqlite"]
    assert names(beside) == ["master-00000002.key"]


def test_a_passphrase_locks_the_next_generation(tmp_path: Path) -> None:
    """Named in config.toml and after a rotation, nothing opens without it."""
    layout = install(tmp_path / "collector")
    words = tmp_path / "passphrase"
    words.write_text("seven words that nobody else would choose\n")
    words.chmod(0o600)
    set_up(layout, "[keyring]", f'[keyring]\npassphrase_file = "{words}"')
    keyring = open_keyring(layout)
    keyring.rotate(NOW)
    keyring.close()
    open_keyring(layout).close()
    words.write_text("another\n")
    with pytest.raises(TrustError, match="locked by another passphrase"):
        open_keyring(layout)
    words.write_text(" \n")
    with pytest.raises(UsageError, match="is empty"):
        open_keyring(layout)
    words.chmod(0o644)
    with pytest.raises(StateError, match="others may read"):
        open_keyring(layout)


@pytest.mark.parametrize(
    ("written", "machine"),
    [("35d", 35 * DAY), ("1d", DAY), ("3660d", 3_660 * DAY), ("none", None)],
)
def test_backups_of_the_machine(written: str, machine: int | None) -> None:
    """What is said of whole-machine backups is read as it is written."""
    settings = configuration_keyring.read({}, {"machine": written})
    assert settings.machine == machine
    assert configuration_keyring.lines(settings)[-1] == f'machine = "{written}"'


def test_silence_means_that_there_are_backups() -> None:
    """Who says nothing of whole-machine backups is thought to keep them for 35 days."""
    assert configuration_keyring.read({}, {}).machine == 35 * DAY


@pytest.mark.parametrize(
    ("keyring", "backups"),
    [
        ({"directroy": "/x"}, {}),
        ({"directory": "x"}, {}),
        ({"directory": 7}, {}),
        ({"passphrase_file": ""}, {}),
        ("file", {}),
        ({}, "none"),
        ({}, {"machine": "35"}),
        ({}, {"machine": "0d"}),
        ({}, {"machine": "3661d"}),
        ({}, {"machine": 35}),
        ({}, {"machines": "35d"}),
    ],
)
def test_slips_are_refused(keyring: object, backups: object) -> None:
    """A typing error never weakens what is claimed of a deletion."""
    with pytest.raises(ValueError, match=r"^$"):
        configuration_keyring.read(keyring, backups)


def test_the_master_directory_is_the_owners(tmp_path: Path) -> None:
    """Nobody but the owner may enter the master key's directory or read its files."""
    install(tmp_path / "collector")
    beside = tmp_path / "collector-master"
    assert beside.stat().st_mode & 0o777 == 0o700
    assert (beside / "master-00000001.key").stat().st_mode & 0o777 == 0o600
    make_directory(tmp_path / "free")
    install(tmp_path / "other", tmp_path / "free")


@pytest.mark.slow
def test_a_keyring_of_another_installation(tmp_path: Path) -> None:
    """Another collector's keyring, and none, are a sentence and a line an hour."""
    mine, other = (tmp_path / name for name in ("mine", "other"))
    layouts = [install(place) for place in (mine, other)]
    for part in ("mine/keyring", "mine-master"):
        shutil.rmtree(tmp_path / part)
        shutil.copytree(tmp_path / part.replace("mine", "other"), tmp_path / part)
    for _ in range(2):
        with pytest.raises(TrustError, match="to another installation: restore"):
            open_keyring(layouts[0])
    assert refusals(layouts[0]) == ["foreign"]
    shutil.rmtree(layouts[0].keyring)
    with pytest.raises(StateError, match="is missing: restore it"):
        open_keyring(layouts[0])
    assert refusals(layouts[0]) == ["foreign", "missing"]


@pytest.mark.slow
def test_a_master_key_of_another_installation(tmp_path: Path) -> None:
    """Put in the place of one's own it opens nothing, in a sentence and a line."""
    layout, _ = (install(tmp_path / name) for name in ("mine", "other"))
    shutil.rmtree(tmp_path / "mine-master")
    shutil.copytree(tmp_path / "other-master", tmp_path / "mine-master")
    with pytest.raises(TrustError, match="does not open with its master key in"):
        open_keyring(layout)
    assert refusals(layout) == ["foreign"]


@pytest.mark.slow
def test_a_refusal_needs_no_ledger(tmp_path: Path) -> None:
    """Where the ledger is gone too, the keyring's own sentence is what is told."""
    layout = install(tmp_path / "collector")
    shutil.rmtree(layout.keyring)
    layout.ledger.unlink()
    with pytest.raises(StateError, match=r"keyring\.sqlite is missing"):
        open_keyring(layout)


@pytest.mark.slow
def test_what_needs_no_key_needs_no_master(tmp_path: Path) -> None:
    """Tokens are made where the master key is out of reach; keys are not published."""
    layout = install(tmp_path / "collector")
    shutil.move(tmp_path / "collector-master", tmp_path / "elsewhere")
    with open_authority(layout) as authority:
        assert authority.issue_token(3_600, 1, NOW, "amelie")
        with pytest.raises(StateError, match=r"master-00000001\.key"):
            authority.ensure_epochs(NOW)
