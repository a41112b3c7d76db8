# SPDX-License-Identifier: Apache-2.0
"""A diagnostic as a technician asks it: a real collector, a real agent, their words.

Rules: all programs are processes that are run as people run them; the machine that
answers is this one; what is read comes by the ordinary reading.
Not here: the page in full (`test_authorise.py`), the gate alone (`test_orders.py`).
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from authorise_room import LOG_N, PASSPHRASE, page_of
from browser_room import Browser, browsing, needs_chromium
from collector_process import BIN, Collector, collector, run

from server import configuration
from server.keyring import open_keyring
from server.layout import Layout
from server.register.tickets import digest_of
from server.store.sqlite import open_store
from technician import keys
from wire.envelope import NO_KEY
from wire.errors import WireError
from wire.unsealing import unseal

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="a collector runs on Linux"),
]

TAKEN_BACK = 15.0
"""From a cancellation to the end of who waits, on a machine that tests keep busy."""


@dataclass
class Scene:
    """A collector, an agent at work, and a technician."""

    made: Collector
    place: Path

    @property
    def agent(self) -> Path:
        """Return the agent's directory."""
        return self.place / "agent"

    def wish(self, *asked: str) -> list[str]:
        """Return what Lena types to ask this machine something."""
        return [
            *asked,
            *("--device", "here", "--ticket", "T-1", "--as", "Lena"),
            *("--reason", "the disk makes a noise"),
        ]

    def run(self, *asked: str, fails: bool = False) -> str:
        """Ask all at once, with Lena's key file; return what is shown."""
        return self.made.ask(
            *("diagnose", "run", *self.wish(*asked)),
            *("--key", str(self.place / "lena")),
            *("--passphrase-file", str(self.place / "words"), "--yes"),
            fails=fails,
        )


@contextmanager
def at_work(scene: Scene) -> Iterator[None]:
    """Run the agent until the end of the block."""
    command = [BIN / "discreet-agent", "--state", scene.agent, "run", "--now"]
    with (scene.place / "agent.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Return a collector with an enrolled machine, a ticket and a technician."""
    place = tmp_path_factory.mktemp("diagnose")
    with collector(place / "collector") as made:
        root = str(place / "collector" / "offline" / "root.key")
        (place / "words").write_bytes(PASSPHRASE)
        (place / "words").chmod(0o600)
        keys.make_key(place / "lena", "Lena", PASSPHRASE, LOG_N)
        added = "add", str(place / "lena.public"), "--may", "ask", "--key", root
        made.ask("root", "technician", *added)
        run("discreet-agent", "enrol", made.token(), state=place / "agent")
        (device,) = json.loads(made.ask("device", "list", "--json"))
        made.ask("device", "label", device["device"], "here")
        made.ask("ticket", "open", "T-1")
        scene = Scene(made, place)
        with at_work(scene):
            wait_for_its_first_poll(scene)
        yield scene


def test_a_technician_asks_and_reads(scene: Scene) -> None:
    """The words, each state and the machine's own answer come to one terminal."""
    with at_work(scene):
        shown = scene.run("top_processes", "top=5", "seconds=1")
        for text in ("“Lena”", "“T-1”", "“the disk makes a noise”", "top_processes"):
            assert text in shown
        (order,) = json.loads(scene.made.ask("diagnose", "status", "--json"))
        assert order["state"] == "done"
        table = shown[shown.index("observed ") :].splitlines()
        assert 1 <= len(table[1:]) <= 5
    told = run("discreet-agent", "diagnostics", state=scene.agent).stdout
    assert "the disk makes a noise" in told


def test_what_came_is_sealed_to_the_ticket(scene: Scene) -> None:
    """The ticket's key opens it, no other envelope is under it, and people are told."""
    layout = Layout(scene.made.folder)
    tenant = configuration.read(layout).tenant
    keyring, store = open_keyring(layout), open_store(layout.store)
    try:
        (key,) = keyring.tickets.live(tenant, digest_of(tenant, "T-1"))
        opening = keyring.for_ending(key.key_id)
        assert opening is not None
        for found in store.envelopes(tenant):
            device = store.device(tenant, found.device)
            assert device is not None
            if found.key_id == key.key_id:
                _, body = unseal(found.octets, opening, device.public)
                assert [one.dataset for one in body.tables] == ["top_processes"]
            elif found.key_id != NO_KEY:
                with pytest.raises(WireError):
                    unseal(found.octets, opening, device.public)
    finally:
        keyring.close()
        store.close()
    kept = json.loads(scene.made.ask("why", "here", "--json"))["kept"]
    (group,) = [one for one in kept if one["ticket"]]
    assert (group["ticket"], group["envelopes"]) == ("T-1", 1)
    (listed,) = json.loads(scene.made.ask("ticket", "list", "--json"))["tickets"]
    assert listed["data_until"] == group["until"] == key.until


def test_what_came_is_read_under_no_other_ticket(scene: Scene) -> None:
    """Under another, a query and an export have none of its rows; without one, none."""
    sql = "SELECT count(*) AS rows FROM top_processes"
    why = ("--purpose", "support", "--reason", "looking")
    counted = []
    scene.made.ask("ticket", "open", "T-2")
    for ticket in ("T-1", "T-2"):
        asked = (*why, "--ticket", ticket, "--format", "json")
        told = json.loads(scene.made.ask("query", *asked, sql))["rows"]
        out = scene.place / f"exported-{ticket}"
        export = ("--dataset", "top_processes", "--format", "jsonl", "--out", str(out))
        scene.made.ask("export", *why, "--ticket", ticket, *export)
        counted.append((told > 0, len(out.read_text().splitlines()) == told))
    assert counted == [(True, True), (False, True)]
    refused = scene.made.ask("query", *why, sql, fails=True)
    assert "support is read under an open ticket" in refused


def test_who_asks_sees_how_far_it_is_and_takes_it_back(scene: Scene) -> None:
    """While it runs its status says how long; a cancellation ends it in seconds."""
    with at_work(scene), ThreadPoolExecutor(1) as beside:
        asked = beside.submit(
            lambda: scene.run("top_processes", "top=5", "seconds=30", fails=True)
        )
        order = until_it_runs(scene)
        assert "of at most" in scene.made.ask("diagnose", "status")
        scene.made.ask("diagnose", "cancel", str(order["order"]))
        began = time.monotonic()
        assert "taken back before it was done" in asked.result(60)
        assert time.monotonic() - began < TAKEN_BACK
    told = run("discreet-agent", "diagnostics", state=scene.agent).stdout
    assert "taken back by who asked; nothing was sent" in told


def test_what_the_machine_forbids_is_told(scene: Scene) -> None:
    """Where a person at the machine said never, the technician reads why."""
    with (scene.agent / "local.toml").open("a") as file:
        file.write('\n[diagnostics]\ntop_processes = "never"\n')
    with at_work(scene):
        said = scene.run("top_processes", fails=True)
    assert "a person at the machine has forbidden it" in said


def until_it_runs(scene: Scene) -> dict[str, object]:
    """Ask until an order has run for a while; return how it stands."""
    until = time.monotonic() + 60
    while True:
        orders = json.loads(scene.made.ask("diagnose", "status", "--json"))
        for order in orders:
            if order["state"] == "running" and order["done"]:
                return dict(order)
        assert time.monotonic() < until, orders


def wait_for_its_first_poll(scene: Scene) -> None:
    """Ask until the device has spoken: before, nobody knows its spool."""
    until = time.monotonic() + 90
    while True:
        out = scene.place / "request"
        out.unlink(missing_ok=True)
        command = "diagnose", "draft", *scene.wish("disk_state"), "--out", str(out)
        done = subprocess.run(
            [BIN / "discreet-server", "--directory", scene.made.folder, *command],
            capture_output=True,
            text=True,
            check=False,
        )
        if not done.returncode:
            return
        assert "has not spoken yet" in done.stderr, done.stderr
        assert time.monotonic() < until


@pytest.mark.browser
@needs_chromium
def test_a_passkey_asks_from_another_machine(scene: Scene) -> None:
    """Drafted here, read and signed in a browser there, sent here: it is done."""
    request, place = scene.place / "asked", scene.place
    at = ("--port", "18350")
    with browsing() as browser:
        browser.add_authenticator()
        made = "passkey", "new", place / "olga", "--name", "Olga"
        with page_of(*made, *at) as (program, address):
            press(browser, address, "Make my passkey")
            assert program.wait(20) == 0
        root = str(scene.made.folder / "offline" / "root.key")
        added = "add", str(place / "olga.public"), "--may", "ask", "--key", root
        scene.made.ask("root", "technician", *added)
        wish = [word.replace("Lena", "Olga") for word in scene.wish("disk_state")]
        scene.made.ask("diagnose", "draft", *wish, "--out", str(request))
        with page_of("serve", request, "--passkey", place / "olga", *at) as (
            program,
            address,
        ):
            press(browser, address, "Sign with my passkey")
            assert program.wait(20) == 0
    told = scene.made.ask("diagnose", "send", f"{request}.order", "--json")
    order = json.loads(told)["order"]
    with at_work(scene):
        until = time.monotonic() + 90
        while state_of(scene, order) in {"waiting", "received", "running"}:
            assert time.monotonic() < until
    assert state_of(scene, order) == "done"


def press(browser: Browser, address: str, button: str) -> None:
    """Open a page and press its button."""
    browser.page.goto(address)
    browser.page.get_by_role("button", name=button).click()


def state_of(scene: Scene, order: str) -> str:
    """Return the state of an order."""
    (found,) = json.loads(scene.made.ask("diagnose", "status", order, "--json"))
    return str(found["state"])
