# SPDX-License-Identifier: Apache-2.0
"""Promises of a fresh installation, on a real disk.

Rules: what a device would check is checked with the device's own functions.
Not here: later acts (`test_authority.py`), commands (`test_commands_server.py`).
"""

import resource
import ssl
import stat
from pathlib import Path

import pytest

from policies import preset
from server import configuration
from server.authority import open_authority
from server.errors import InstallationError, StateError, UsageError
from server.install import init
from server.key_files import read_signing_key
from server.layout import Layout
from server.ledger import SqliteLedger
from server.store.sqlite import open_store
from wire.crypto.certificates import authority_digest
from wire.errors import PolicyError
from wire.token import parse_token
from wire.trust import check_bundle, first_root

NOW = 1_800_000_000
URL = "https://collector.example.org:8443"


def install(directory: Path) -> Layout:
    """Install with the standard policy for the user "amelie"."""
    return init(directory, "Acme", URL, ["192.0.2.1"], None, NOW, user="amelie")


def test_device_trusts_it(tmp_path: Path) -> None:
    """What a token pins and what the gate holds is all a device needs to trust it."""
    layout = install(tmp_path / "collector")
    with open_authority(layout) as authority:
        token = parse_token(authority.issue_token(3600, 1, NOW, "amelie"))
    assert token.url == URL
    assert token.not_after == NOW + 3600
    root = first_root((layout.gate / "roots" / "0001.cbor").read_bytes(), token.root)
    store = open_store(layout.store)
    bundle = store.bundle(token.tenant)
    assert bundle is not None
    trusted = check_bundle(bundle, root, None, NOW)
    assert trusted.policy.policy.name == "standard"
    assert trusted.root.tenant == trusted.keys.tenant == token.tenant
    (certificate,) = trusted.authorities
    assert authority_digest(certificate) == token.authority == root.authorities[0]
    assert (layout.gate / "authority.der").read_bytes() == certificate
    store.close()


def test_gate_directory(tmp_path: Path) -> None:
    """The gate gets its own key, TLS, the CA certificate and the roots; no more."""
    layout = install(tmp_path / "collector")
    names = {
        str(path.relative_to(layout.gate))
        for path in layout.gate.rglob("*")
        if path.is_file()
    }
    assert names == {
        "gate.key",
        "tls.pem",
        "tls.key",
        "authority.der",
        str(Path("roots", "0001.cbor")),
    }
    with open_authority(layout) as authority:
        root = authority.root()
    assert root.gate == (read_signing_key(layout.gate / "gate.key").public,)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(layout.gate / "tls.pem", layout.gate / "tls.key")


def test_certificate_names(tmp_path: Path) -> None:
    """The certificate stands for the address's host and the further names."""
    layout = install(tmp_path / "collector")
    certificate = ssl._ssl._test_decode_cert(str(layout.gate / "tls.pem"))  # type: ignore[attr-defined] # the one decoder that needs no second library
    assert certificate["subjectAltName"] == (
        ("DNS", "collector.example.org"),
        ("IP Address", "192.0.2.1"),
    )


def test_modes(tmp_path: Path) -> None:
    """Only the owner can enter a directory or read a file of it."""
    layout = install(tmp_path / "collector")
    assert stat.S_IMODE(layout.directory.stat().st_mode) == 0o700
    for path in layout.directory.rglob("*"):
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


def test_root_key_is_offline_only(tmp_path: Path) -> None:
    """All goes on without `offline/`: it can be moved away on the first day."""
    layout = install(tmp_path / "collector")
    key = read_signing_key(layout.offline / "root.key")
    (layout.offline / "root.key").unlink()
    layout.offline.rmdir()
    with open_authority(layout) as authority:
        assert authority.root().roots == (key.public,)
        authority.publish(authority.policy().policy, NOW, "amelie")
        assert authority.ensure_epochs(NOW + 40 * 86_400)
        assert authority.issue_token(60, 1, NOW, "amelie")


def test_settings(tmp_path: Path) -> None:
    """The installing user has every role of people; the aggregator's is no person's."""
    settings = configuration.read(install(tmp_path / "collector"))
    assert (settings.url, settings.names) == (URL, ("192.0.2.1",))
    assert settings.title == "Acme"
    assert settings.roles == {"amelie": ("administrator", "security", "technician")}


def test_ledger(tmp_path: Path) -> None:
    """The ledger begins with the installation and verifies."""
    ledger = SqliteLedger(install(tmp_path / "collector").ledger)
    assert [entry.act for entry in ledger.entries()] == [
        "installed",
        "root-signed",
        "policy-published",
        "keys-published",
        "keeper-published",
    ]
    assert ledger.verify() == 5


def test_no_two_alike(tmp_path: Path) -> None:
    """Two installations share no key and no tenant."""
    layouts = [install(tmp_path / name) for name in ("first", "second")]
    secrets = [
        {
            path.read_bytes()
            for path in layout.directory.rglob("*")
            if path.suffix in {".key", ".cbor", ".pem", ".der"}
        }
        for layout in layouts
    ]
    assert secrets[0].isdisjoint(secrets[1])
    assert len({configuration.read(layout).tenant for layout in layouts}) == 2


def test_own_policy(tmp_path: Path) -> None:
    """A policy of one's own is the one that is published."""
    source = preset("minimal")
    layout = init(tmp_path / "collector", "Acme", URL, [], source, NOW)
    with open_authority(layout) as authority:
        assert authority.policy().policy.name == "minimal"


def test_empty_directory(tmp_path: Path) -> None:
    """An empty directory, as a package makes it, is used."""
    directory = tmp_path / "collector"
    directory.mkdir()
    assert install(directory).configuration.exists()


def test_twice(tmp_path: Path) -> None:
    """A second init changes nothing."""
    layout = install(tmp_path / "collector")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(InstallationError, match="never overwritten"):
        install(layout.directory)
    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before


def test_never_over_other_files(tmp_path: Path) -> None:
    """A directory with anything in it is left alone."""
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(InstallationError):
        install(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


@pytest.mark.parametrize(
    ("title", "url", "names", "user"),
    [
        ("", URL, [], "amelie"),
        ("Acme\n", URL, [], "amelie"),
        ("Acme", "http://collector.example.org", [], "amelie"),
        ("Acme", "https://collector.example.org/path", [], "amelie"),
        ("Acme", "https://", [], "amelie"),
        ("Acme", URL, ["two words"], "amelie"),
        ("Acme", URL, ["host:8443"], "amelie"),
        ("Acme", URL, [], 'a"b'),
    ],
)
def test_wrong_settings(
    tmp_path: Path, title: str, url: str, names: list[str], user: str
) -> None:
    """A wrong setting is refused before anything is made."""
    with pytest.raises(UsageError):
        init(tmp_path / "collector", title, url, names, None, NOW, user=user)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["[::1]", "192.0.2.1", "localhost"])
def test_addresses(tmp_path: Path, host: str) -> None:
    """A collector may be known by an address of either version."""
    layout = init(tmp_path / "c", "Acme", f"https://{host}:8443", ["::1"], None, NOW)
    assert configuration.read(layout).url == f"https://{host}:8443"


def test_policy_that_does_not_compile(tmp_path: Path) -> None:
    """A policy with a mistake makes no installation."""
    with pytest.raises(PolicyError):
        init(tmp_path / "collector", "Acme", URL, [], b"format = 2\n", NOW)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("most", [100, 4_096, 30_000])
def test_half_done_leaves_nothing(tmp_path: Path, most: int) -> None:
    """A disk that refuses at any point leaves nothing behind, and the sentence says."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        with pytest.raises(StateError):
            install(tmp_path / "collector")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_unreadable_directory(tmp_path: Path) -> None:
    """A parent that is a file is one sentence."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StateError, match="cannot make"):
        install(tmp_path / "file" / "collector")
