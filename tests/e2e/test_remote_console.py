# SPDX-License-Identifier: Apache-2.0
"""Somebody at another machine uses a console by a key file.

Rules: `serve` runs as it ships, over real TLS; the other machine has the program, the
key, and the certificate of the collector's CA, and no collector.
Not here: consoles that lie (`tests/unit/server/test_remote.py`).
"""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from collector_process import Collector, run
from console_walk import SUPPORT, console, invited

from server.access import sessions
from server.access.register import open_people
from server.evidence.verifying import verify
from server.remote import kept

pytestmark = pytest.mark.slow
REVOKED_SECONDS = 60


@dataclass
class Elsewhere:
    """Another machine, and who sits there."""

    folder: Path
    collector: Collector
    origin: str

    @property
    def session(self) -> Path:
        """Return where the session is kept."""
        return self.folder / "session"

    def remote(
        self, act: str, *more: str, fails: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the other machine."""
        arguments = "remote", act, *more, "--session", str(self.session)
        return run(
            "discreet-server", *arguments, state=self.folder / "none", fails=fails
        )

    def sign_in(self, key: str = "ann", *, fails: bool = False) -> str:
        """Sign in with a key file; return what is said."""
        done = self.remote(
            *("sign-in", "--console", self.origin),
            *("--key", str(self.folder / key)),
            *("--passphrase-file", str(self.folder / "passphrase")),
            *("--authority", str(self.folder / "authority.der")),
            fails=fails,
        )
        return done.stderr if fails else done.stdout

    def come_by_passkey(self) -> None:
        """Put a session in place of this one that her passkey began in a browser."""
        here = kept.read(self.session)
        number = json.loads(self.remote("get", "/me/taken").stdout)["id"]
        register = open_people(self.collector.folder / "access" / "people.sqlite")
        with register.writing() as connection:
            given = connection, number, sessions.PASSKEY, int(time.time())
            secret = sessions.begin(*given)
        register.close()
        kept.keep(self.session, replace(here, secret=secret))

    def make_key(self, name: str) -> str:
        """Make a key file; return the public key."""
        more = ("--passphrase-file", str(self.folder / "passphrase"))
        made = str(self.folder / name)
        told = run(
            *("discreet-server", "person", "key", made, *more),
            state=self.folder / "none",
        )
        return told.stdout.split('key = "')[1].split('"')[0]

    def acts(self, act: str) -> list[dict[str, object]]:
        """Return what the collector's ledger has of an act."""
        lines = self.collector.ask("ledger", "show", "--json").splitlines()
        every = [json.loads(line) for line in lines]
        return [one["body"] for one in every if one["act"] == act]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """Return another machine, and a collector whose console knows one key of it."""
    folder = tmp_path_factory.mktemp("remote")
    with console(folder) as (collector, origin):
        away = folder / "elsewhere"
        away.mkdir()
        (away / "passphrase").write_text("correct horse battery staple")
        (away / "passphrase").chmod(0o600)
        ca = collector.folder / "authority" / "authority.der"
        (away / "authority.der").write_bytes(ca.read_bytes())
        made = Elsewhere(away, collector, origin)
        roles = ("--role", "technician", "--role", "privacy-officer", *SUPPORT)
        invited(collector, "Ann Example", *roles)
        public = made.make_key("ann")
        collector.ask("person", "add-key", "Ann Example", "--public", public)
        yield made


@pytest.fixture
def elsewhere(machine: Elsewhere) -> Elsewhere:
    """Return the other machine, signed in."""
    assert f"You are signed in at {machine.origin} until" in machine.sign_in()
    return machine


def test_a_key_file_is_a_session(elsewhere: Elsewhere) -> None:
    """She sees who she is, takes a file, opens a ticket, and signs out."""
    told = elsewhere.remote("status").stdout
    assert "Ann Example" in told
    assert "technician (support)" in told
    assert elsewhere.session.stat().st_mode & 0o777 == 0o600
    mine = json.loads(elsewhere.remote("get", "/me/taken").stdout)
    assert mine["sessions"][0]["how"] == "key-file"
    fields = "ticket=T-9", "days=1"
    done = elsewhere.remote("send", "/tickets/open", *fields)
    assert (done.stdout, done.stderr) == ("", "discreet-server: done\n")
    opened = elsewhere.acts("ticket-opened")[-1]
    assert (opened["ticket"], opened["by"]) == ("T-9", mine["id"])
    assert elsewhere.acts("signed-in")[-1] == {"person": mine["id"], "how": "key-file"}
    assert "signed out" in elsewhere.remote("sign-out").stdout
    assert not elsewhere.session.exists()
    assert "there is no session" in elsewhere.remote("status", fails=True).stderr


def test_evidence_is_built_at_a_browser_and_taken_from_elsewhere(
    elsewhere: Elsewhere,
) -> None:
    """A key file does not prove that she is there; what her passkey asked verifies."""
    asked = "/evidence/build", "reason=the yearly audit"
    refused = elsewhere.remote("send", *asked, fails=True)
    assert "with your passkey" in refused.stderr
    elsewhere.come_by_passkey()
    elsewhere.remote("send", *asked)
    elsewhere.sign_in()
    until = time.monotonic() + 300
    while not (built := elsewhere.acts("evidence-built")):
        assert time.monotonic() < until
    number, file = str(built[-1]["package"]), elsewhere.folder / "evidence.zip"
    route = f"/evidence/package?package={number}"
    elsewhere.remote("get", route, "--out", str(file))
    root = json.loads(elsewhere.collector.ask("root", "show", "--json"))["digest"]
    assert verify(file.read_bytes(), bytes.fromhex(root)).evidence.files
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_the_console_refuses_is_told(elsewhere: Elsewhere) -> None:
    """A page, an act of another role and an odd field each end in a sentence."""
    for arguments, words in (
        (("get", "/fleet"), "a page for people"),
        (("get", "/nowhere"), "There is no such page"),
        (("get", "/tickets/open"), "this route is not used so"),
        (("send", "/tickets/open", "ticket=a b"), "ticket"),
        (("send", "/people/invite", "name=Bo"), "none of your roles"),
    ):
        done = elsewhere.remote(*arguments, fails=True)
        assert words.lower() in done.stderr.lower(), arguments
        assert done.stdout == ""


def test_a_key_that_nobody_has_is_refused(machine: Elsewhere) -> None:
    """A key that the register does not know makes no session, and is counted."""
    machine.make_key("stranger")
    machine.session.unlink(missing_ok=True)
    assert "does not let this key in" in machine.sign_in("stranger", fails=True)
    assert not machine.session.exists()


def test_who_is_suspended_is_out_within_a_minute(elsewhere: Elsewhere) -> None:
    """After a revocation the next request is refused, and so is another sign-in."""
    elsewhere.remote("status")
    elsewhere.collector.ask("person", "suspend", "Ann Example")
    since = time.monotonic()
    assert "not signed in any more" in elsewhere.remote("status", fails=True).stderr
    assert time.monotonic() - since < REVOKED_SECONDS
    assert "does not let this key in" in elsewhere.sign_in(fails=True)
    elsewhere.collector.ask("person", "resume", "Ann Example")
    assert "not signed in any more" in elsewhere.remote("status", fails=True).stderr
    elsewhere.sign_in()
    assert "Ann Example" in elsewhere.remote("status").stdout
