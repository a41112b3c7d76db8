# SPDX-License-Identifier: Apache-2.0
"""A technician at the console, their own program beside it, and a machine that answers.

Rules: collector, agent, program and browser run as they ship.
Not here: any expectation.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from authorise_room import page_of
from browser_fixture import Visitor
from collector_process import BIN, Collector, run

REASON = "the disk makes a noise"
TICKET = "T-1"
PATIENCE_MS = 90_000
"""Until a starting agent has made its first passes, and answers."""


@dataclass
class Scene:
    """A collector with a console, an agent, and where files are."""

    collector: Collector
    place: Path

    @property
    def agent(self) -> Path:
        """Return the agent's directory."""
        return self.place / "agent"

    def enrol(self) -> str:
        """Enrol this machine as "here"; return its id."""
        run("discreet-agent", "enrol", self.collector.token(), state=self.agent)
        (device,) = json.loads(self.collector.ask("device", "list", "--json"))
        self.collector.ask("device", "label", device["device"], "here")
        return str(device["device"])

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Run the agent until the end of the block."""
        command = [BIN / "discreet-agent", "--state", self.agent, "run", "--now"]
        with (self.place / "agent.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                yield
            finally:
                process.terminate()
                process.wait(30)

    def wait_for_a_word(self, device: str) -> None:
        """Wait until the device has spoken: before, nothing can be asked of it."""
        until = time.monotonic() + PATIENCE_MS / 1_000
        asked = ["--device", device, "--ticket", TICKET, "--reason", "-", "--as", "?"]
        command = "diagnose", "draft", "disk_state", *asked, "--out", "/nowhere"
        while "not spoken" in self.collector.ask(*command, fails=True):
            assert time.monotonic() < until

    def passkey(self, visitor: Visitor, name: str, may: str, port: int) -> Path:
        """Make a technician's passkey in a browser, and have the root name it."""
        path = self.place / name
        where = "--port", str(port)
        with page_of("passkey", "new", path, "--name", name, *where) as (
            program,
            address,
        ):
            visitor.page.goto(address)
            visitor.page.get_by_role("button", name="Make my passkey").click()
            assert program.wait(20) == 0
        root = str(self.collector.folder / "offline" / "root.key")
        added = "add", f"{path}.public", "--may", may, "--key", root
        self.collector.ask("root", "technician", *added)
        return path


@contextmanager
def program(passkey: Path, origin: str, port: int) -> Iterator[None]:
    """Have a technician's program wait for what their console sends."""
    given = "--passkey", passkey, "--port", str(port), "--console", origin
    with page_of("serve", *given):
        yield


def ask(visitor: Visitor, diagnostic: str, **given: str) -> None:
    """Ask a diagnostic at the console, up to its words."""
    page = visitor.page
    visitor.go(f"/diagnostics?about={diagnostic}")
    page.fill("#reason", REASON)
    for name, value in given.items():
        page.locator(f"#with-{name}").fill(value)
    page.get_by_role("button", name="Ask", exact=True).click()


def sign(visitor: Visitor) -> None:
    """Sign on the technician's own page, which goes back to the console."""
    page = visitor.page
    page.get_by_role("link", name="Sign on my machine").click()
    page.get_by_role("button", name="Sign with my passkey").click()
    page.wait_for_url(f"{visitor.origin}/**")
