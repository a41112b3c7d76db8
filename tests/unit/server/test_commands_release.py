# SPDX-License-Identifier: Apache-2.0
"""Tests of `discreet-server release`: what it publishes is what agents believe.

Rules: the real command makes a real repository; the agent's own client verifies it.
Not here: attacks on the client (`tests/unit/agent/test_updates_trusted.py`).
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import UpdateError
from agent.updates.trusted import Offered, Trusted
from server.__main__ import main
from server.layout import Layout
from server.ledger import SqliteLedger

DAY = 86_400
SHOWN = "release", "show"


class Desk:
    """A collector and who publishes releases there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Make the collector."""
        self.folder, self._capsys = folder, capsys
        self.layout = Layout(folder / "collector")
        self.offline = folder / "keys"
        self.said = ""
        arguments = ("init", "--tenant", "Acme", "--url", "https://127.0.0.1:1")
        assert self.run(*arguments) == 0

    def run(self, *arguments: str) -> int:
        """Run a command; keep what it says."""
        code = main(("--directory", str(self.layout.directory), *arguments))
        captured = self._capsys.readouterr()
        self.said = captured.out + captured.err
        return code

    def init(self, *more: str) -> int:
        """Make the repository."""
        return self.run("release", "init", "--offline", str(self.offline), *more)

    def keys(self, *names: str) -> list[str]:
        """Return arguments that bring these keys."""
        return [
            word for one in names for word in ("--key", f"{self.offline}/{one}.key")
        ]

    def add(self, version: str, octets: bytes, *more: str) -> int:
        """Publish a package."""
        file = self.folder / "package"
        file.write_bytes(octets)
        words = ("--version", version, "--kind", "deb amd64", *self.keys("targets-1"))
        return self.run("release", "add", str(file), *words, *more)

    def client(self, folder: str = "client", now: int | None = None) -> Trusted:
        """Return an agent's verifier that has the first root, refreshed."""
        anchor = (self.layout.updates / "metadata" / "1.root.json").read_bytes()
        cache = self.folder / folder
        at = int(time.time()) if now is None else now
        trusted = Trusted(cache, anchor, self.fetch, at)
        trusted.refresh()
        return trusted

    def fetch(self, path: str) -> Iterator[bytes]:
        """Yield a file as a static server does."""
        place = self.layout.updates / path
        if not place.exists():
            from agent.delivery.download import StatusError  # noqa: PLC0415 - here alone

            raise StatusError(404)
        yield place.read_bytes()

    def ledger(self) -> list[str]:
        """Return the acts of updates that the ledger has."""
        ledger = SqliteLedger(self.layout.ledger)
        found = [one.act for one in ledger.entries() if one.act.startswith("update-")]
        ledger.close()
        return found


@pytest.fixture(name="desk")
def _desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    desk = Desk(tmp_path, capsys)
    assert desk.init() == 0
    return desk


def offered(trusted: Trusted) -> list[tuple[str, tuple[str, ...]]]:
    """Return versions and channels of what is offered."""
    found: list[Offered] = [*trusted.offered()]
    return [(str(one.package.version), one.channels) for one in found]


@pytest.mark.slow
def test_a_release_reaches_an_agent(desk: Desk) -> None:
    """What is added is offered to agents with its channels, byte for byte."""
    assert desk.add("0.1.0", b"first") == 0
    assert desk.add("0.2.0", b"second", "--channel", "early") == 0
    trusted = desk.client()
    assert offered(trusted) == [("0.1.0", ()), ("0.2.0", ("early",))]
    trusted.take(trusted.offered()[1], desk.folder / "taken")
    assert (desk.folder / "taken").read_bytes() == b"second"
    move = ("release", "move", "--version", "0.2.0", "--kind", "deb amd64")
    channels = ("--channel", "stable", "--channel", "early")
    assert desk.run(*move, *desk.keys("targets-1"), *channels) == 0
    assert offered(desk.client())[1] == ("0.2.0", ("early", "stable"))
    assert desk.run(*SHOWN, "--json") == 0
    assert json.loads(desk.said)["roles"]["targets"]["version"] == 4
    assert desk.ledger() == ["update-root-signed", *["update-published"] * 3]


@pytest.mark.slow
def test_publishers_take_turns(desk: Desk) -> None:
    """Of releases that several publish at once none is lost; each state is whole."""
    program = [sys.executable, "-m", "server", "--directory", desk.layout.directory]
    kind = ("--kind", "deb amd64", *desk.keys("targets-1"))
    file = desk.folder / "package"
    file.write_bytes(b"the same octets")
    running = [
        subprocess.Popen(
            [*program, "release", "add", file, "--version", f"0.{number}.0", *kind],
            stdout=subprocess.DEVNULL,
        )
        for number in range(4)
    ]
    assert [one.wait(60) for one in running] == [0] * 4
    found = offered(desk.client())
    assert [version for version, _ in found] == [f"0.{n}.0" for n in range(4)]
    assert desk.run(*SHOWN, "--json") == 0
    versions = {r: one["version"] for r, one in json.loads(desk.said)["roles"].items()}
    assert versions == {"root": 1, "targets": 5, "snapshot": 5, "timestamp": 5}


@pytest.mark.slow
def test_offline_keys_do_not_stay(desk: Desk) -> None:
    """The collector holds no key of root or releases, only what keeps fresh."""
    held = sorted(one.name for one in desk.layout.directory.rglob("*.key"))
    assert {"snapshot.key", "timestamp.key"} <= {*held}
    assert not [one for one in held if one.startswith(("root-", "targets"))]
    names = sorted(one.name for one in desk.offline.iterdir())
    assert names == ["root-1.key", "root-2.key", "root-3.key", "targets-1.key"]


@pytest.mark.slow
def test_a_release_needs_its_key(desk: Desk) -> None:
    """Another key publishes nothing, and nothing is written down."""
    desk.add("0.1.0", b"first")
    before = desk.ledger()
    file = str(desk.folder / "package")
    words = ("--version", "0.3.0", "--kind", "deb amd64", *desk.keys("root-1"))
    assert desk.run("release", "add", file, *words) == 4
    assert "not enough keys of targets" in desk.said
    assert desk.ledger() == before
    assert offered(desk.client()) == [("0.1.0", ())]


@pytest.mark.slow
def test_a_published_package_never_changes(desk: Desk) -> None:
    """Other bytes need another version."""
    assert desk.add("0.1.0", b"first") == 0
    assert desk.add("0.1.0", b"other") == 2
    assert "published with other bytes" in desk.said


@pytest.mark.slow
def test_a_root_needs_its_threshold(desk: Desk) -> None:
    """With one of three signatures the next root waits; with two it is published."""
    client = desk.client()
    assert desk.run("release", "renew", *desk.keys("root-1")) == 0
    assert "waits for more signatures" in desk.said
    client.refresh()
    assert desk.run("release", "renew", *desk.keys("root-3")) == 0
    assert "Root version 2" in desk.said
    client.refresh()
    root = desk.folder / "client" / "root.json"
    assert json.loads(root.read_bytes())["signed"]["version"] == 2


@pytest.mark.slow
@pytest.mark.parametrize("role", ["root", "targets", "snapshot", "timestamp"])
def test_a_role_gets_new_keys(desk: Desk, role: str) -> None:
    """After new keys of any role an agent with the first root still finds its way."""
    desk.add("0.1.0", b"first")
    desk.client()
    fresh = desk.folder / "fresh"
    renew = ("release", "renew", "--replace", role, "--offline", str(fresh))
    assert desk.run(*renew, *desk.keys("root-1", "root-2")) == 0, desk.said
    assert "Root version 2" in desk.said
    assert offered(desk.client()) == [("0.1.0", ())]
    assert offered(desk.client("other")) == [("0.1.0", ())]
    if role == "targets":
        assert desk.add("0.2.0", b"second") == 4
        desk.offline = fresh
        (fresh / "targets-new-1.key").rename(fresh / "targets-1.key")
    assert desk.add("0.2.0", b"second") == 0, desk.said


@pytest.mark.slow
def test_a_timestamp_is_short(desk: Desk) -> None:
    """Within three days agents find out that they are shown an old state."""
    now = int(time.time())
    desk.client(now=now + 2 * DAY)
    with pytest.raises(UpdateError, match="expired"):
        desk.client(now=now + 4 * DAY)
    assert desk.run("release", "timestamp") == 0
    assert "signed anew, until" in desk.said
    desk.client()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "nowhere"), "cannot read nowhere"),
        (("add", "/dev/null"), "cannot be a package"),
        (("move",), "no such release is published"),
    ],
)
def test_mistakes_are_named(
    desk: Desk, arguments: tuple[str, ...], sentence: str
) -> None:
    """What a person gets wrong is one sentence, and nothing is published."""
    words = ("--version", "0.9.0", "--kind", "deb amd64", *desk.keys("targets-1"))
    assert desk.run("release", *arguments, *words) in {2, 7}
    assert sentence in desk.said
    assert offered(desk.client()) == []


@pytest.mark.slow
def test_a_threshold_fits_its_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """More signatures than keys are refused before anything is made."""
    desk = Desk(tmp_path, capsys)
    assert desk.run(*SHOWN) == 3
    assert "release init" in desk.said
    assert desk.init("--roots", "1") == 2
    assert not desk.layout.updates.exists()
    assert desk.init("--releasers", "2", "--releaser-threshold", "2") == 0
    assert desk.add("0.1.0", b"first") == 4
    assert desk.add("0.1.0", b"first", *desk.keys("targets-2")) == 0
