# SPDX-License-Identifier: Apache-2.0
"""Promises of what locks the master key, and of moving it from one lock to another.

Rules: real installations and files; a credential lies where systemd would put it.
Not here: a lock in hardware (`test_keyring_token.py`).
"""

import json
from pathlib import Path

import pytest

from server import configuration
from server.__main__ import main
from server.configuration_keyring import KeyringSettings
from server.errors import StateError, TrustError, UsageError
from server.install import init
from server.keyring import MasterFiles, open_keyring
from server.keyring.locks import Credential, Passphrase
from server.layout import Layout
from wire.crypto.derived import derived

NOW = 1_800_000_000
URL = "https://collector.example.org:8443"
SECRET = b"s" * 32


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory in which systemd puts credentials."""
    directory = tmp_path / "credentials"
    directory.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(directory))
    give(directory, b"c" * 32)
    return directory


def give(directory: Path, secret: bytes) -> None:
    """Give the service a credential."""
    path = directory / "master"
    path.unlink(missing_ok=True)
    path.write_bytes(secret)
    path.chmod(0o400)


def files(directory: Path) -> list[str]:
    """Return the files of a directory."""
    return sorted(path.name for path in directory.iterdir())


def run(layout: Layout, *words: str) -> int:
    """Run `discreet-server keyring`."""
    return main(["--directory", str(layout.directory), "keyring", *words])


def test_derived_is_hkdf() -> None:
    """A key is what RFC 5869 says: the first 32 of 42 bytes of its first test case."""
    key = derived(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)))
    assert key.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    )


def test_a_credential_locks_each_file_anew(tmp_path: Path, credentials: Path) -> None:
    """The same secret is never locked to the same octets, and opens to itself."""
    lock = Credential("master")
    once, again = lock.close(SECRET), lock.close(SECRET)
    assert once != again
    assert lock.open(once) == lock.open(again) == SECRET
    assert lock.open(SECRET) == SECRET
    assert list(tmp_path.iterdir()) == [credentials]


def test_another_credential(credentials: Path) -> None:
    """A file opens with its own credential alone, and says so."""
    octets = Credential("master").close(SECRET)
    give(credentials, b"d" * 32)
    with pytest.raises(TrustError, match="locked by another credential than master"):
        Credential("master").open(octets)
    give(credentials, b"short")
    with pytest.raises(UsageError, match="make it of 32 random bytes"):
        Credential("master").open(octets)
    with pytest.raises(StateError, match="cannot read"):
        Credential("other").open(octets)


def test_outside_of_the_service(
    credentials: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that is not given the credential says how to get it."""
    octets = Credential("master").close(SECRET)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(StateError, match="by systemd-run"):
        Credential("master").open(octets)
    assert credentials.exists()


def test_a_lock_that_is_not_named(tmp_path: Path, credentials: Path) -> None:
    """A file of another lock than config.toml names is told from a damaged one."""
    assert credentials.exists()
    by_credential = MasterFiles(tmp_path / "master", Credential("master"))
    by_credential.renew(1)
    for other in (MasterFiles(by_credential.directory), by_words(by_credential)):
        with pytest.raises(TrustError, match="locked by a credential, which"):
            other.secret(1)
    by_words(by_credential).renew(2)
    with pytest.raises(TrustError, match="locked by a passphrase, which"):
        by_credential.secret(2)
    (by_credential.directory / "master-00000002.key").write_text("zz")
    with pytest.raises(TrustError, match="is not a key"):
        by_credential.secret(2)


def by_words(master: MasterFiles) -> MasterFiles:
    """Return the same files under a passphrase."""
    return MasterFiles(master.directory, Passphrase(b"seven words"))


@pytest.mark.slow
def test_a_collector_with_a_credential(tmp_path: Path, credentials: Path) -> None:
    """It starts, rotates and destroys by the credential; without it nothing opens."""
    layout = init(
        *(tmp_path / "collector", "Acme", URL, [], None, NOW),
        user="amelie",
        master=KeyringSettings(credential="master"),
    )
    keyring = open_keyring(layout)
    (first, *_) = keyring.live(configuration.read(layout).tenant)
    keyring.destroy([first.key_id], "contract", NOW)
    keyring.close()
    open_keyring(layout).close()
    give(credentials, b"d" * 32)
    with pytest.raises(TrustError, match="locked by another credential"):
        open_keyring(layout)


@pytest.mark.slow
def test_moving_the_master_key(
    tmp_path: Path, credentials: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Moved from file to credential to passphrase, all opens and no place keeps it."""
    assert credentials.exists()
    layout = init(tmp_path / "collector", "Acme", URL, [], None, NOW, user="amelie")
    before = layout.configuration.read_text()
    keyring = open_keyring(layout)
    dead = keyring.destroy(
        [keyring.live(configuration.read(layout).tenant)[0].key_id], "contract", NOW
    )
    keyring.close()
    words = tmp_path / "words"
    words.write_text("seven words\n")
    words.chmod(0o600)
    places = [tmp_path / name for name in ("collector-master", "second", "third")]
    given = [
        ("--master-credential", "master"),
        ("--master-passphrase-file", str(words)),
    ]
    for place, former, lock in zip(places[1:], places, given, strict=False):
        assert run(layout, "move-master", str(place), *lock) == 0
        assert str(place) in capsys.readouterr().out
        assert files(former) == []
        moved = open_keyring(layout)
        assert moved.tombstones() == dead
        moved.close()
        assert run(layout, "list", "--json") == 0
        shown = json.loads(capsys.readouterr().out)
        assert shown["locked_by"] == lock[0].split("-")[3]
    assert files(places[2]) == ["journal", "master-00000004.key"]
    after = layout.configuration.read_text()
    assert after.split("[keyring]")[0] == before.split("[keyring]")[0]
    assert after.split("[backups]")[1] == before.split("[backups]")[1]
    assert run(layout, "move-master", str(places[2])) == 2
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--master-credential", "a", "--master-token", "b"], "one lock"),
        (["--master-token", "b"], "needs --master-token"),
        (["--master-credential", "../x"], "is not one"),
    ],
)
def test_half_a_lock(
    tmp_path: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two locks, half of one and a name that is a path are refused in a sentence."""
    layout = Layout(tmp_path / "none")
    assert run(layout, "move-master", str(tmp_path / "new"), *words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "lines",
    [
        'master = "cloud"',
        'master = "credential"',
        'master = "credential"\ncredential = "a/b"',
        'master = "credential"\ncredential = "a"\npassphrase_file = "/x"',
        'master = "token"\ntoken = "t"\nmodule = "/m"',
        'master = "token"\ntoken = "t"\nmodule = "m"\npin_file = "/p"',
        'master = ["file"]',
    ],
)
def test_settings_that_say_too_little_or_too_much(tmp_path: Path, lines: str) -> None:
    """A lock that config.toml names in half, or twice, is refused before all else."""
    layout = init(tmp_path / "collector", "Acme", URL, [], None, NOW, user="amelie")
    text = layout.configuration.read_text()
    layout.configuration.write_text(text.replace('master = "file"', lines))
    with pytest.raises(UsageError, match=r"config\.toml"):
        configuration.read(layout)
