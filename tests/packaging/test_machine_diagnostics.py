# SPDX-License-Identifier: Apache-2.0
"""What technicians ask of the installed agent, and what the person there sees of it.

Rules: the built package on a machine that a real systemd runs, under its own units; a
person is signed in, with a session bus and a desktop on it; orders are signed by a
technician's key and come over a collector's gate; what comes back is read there.
Not here: each diagnostic (`tests/unit/diagnostics`), the same without a package
(`tests/e2e/test_diagnose.py`).
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from authorise_room import LOG_N, PASSPHRASE, typed
from collector_process import Collector, collector
from desktop_room import PROGRAM
from machine_fixture import Machine, machine
from machine_room import NOW, UNIT, deb, preseed

from technician import keys

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(1500)]

PERSON = "ana"
PATIENCE = 120.0
ASKED = (
    *("--device", "here", "--ticket", "T-1", "--as", "Lena"),
    *("--reason", "nothing prints"),
)
RAW = """[Service]
AmbientCapabilities=CAP_NET_RAW
CapabilityBoundingSet=CAP_NET_RAW
RestrictAddressFamilies=AF_PACKET
SystemCallFilter=capset
"""
"""The drop-in of docs/howto/run-as-a-service.md, by which it may see packets."""
TALK = """
import socket, time
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    one.sendto(b"hunter2", ("198.51.100.53", 53))
    time.sleep(0.05)
"""
SHOWN = "/home/ana/shown"
SIGNED_IN = f"""
set -e
useradd --create-home {PERSON}
chmod 644 /root/{PROGRAM.name}
cp /root/{PROGRAM.name} /home/{PERSON}/
systemd-run --quiet --unit=desk -p User={PERSON} -p PAMName=login \
  -E XDG_SESSION_CLASS=user -E XDG_SESSION_TYPE=wayland -E PYTHONUNBUFFERED=1 \
  -E DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$(id -u {PERSON})/bus \
  sh -c 'exec /usr/bin/python3 /home/{PERSON}/{PROGRAM.name} approve >{SHOWN}'
"""


@dataclass
class Scene:
    """A collector, a technician with a key file, and a machine that answers them."""

    made: Collector
    host: Machine
    place: Path

    def ask(self, *wish: str) -> str:
        """Ask the machine something; return what the technician is shown."""
        return self.made.ask(
            *("diagnose", "run", *wish, *ASKED, "--yes"),
            *("--key", str(self.place / "lena")),
            *("--passphrase-file", str(self.place / "words")),
        )

    def ask_with_two(self, *wish: str) -> str:
        """Ask what a second technician has to sign; return the order's number."""
        file = self.place / "request"
        for old in self.place.glob("request*"):
            old.unlink()
        self.made.ask("diagnose", "draft", *wish, *ASKED, "--out", str(file))
        for name in ("lena", "olga"):
            signed = file.with_suffix(f".{name}")
            key = "--key", self.place / name, "--passphrase-file", self.place / "words"
            typed("sign", file, *key, "--yes", "--out", signed)
            file = signed
        told = self.made.ask("diagnose", "send", str(file), "--json")
        return str(json.loads(told)["order"])

    def ended(self, order: str) -> dict[str, object]:
        """Return how an order stands, as soon as it has ended."""
        until = time.monotonic() + PATIENCE
        while True:
            (found,) = json.loads(self.made.ask("diagnose", "status", order, "--json"))
            if found["state"] not in {"waiting", "received", "asking", "running"}:
                return dict(found)
            assert time.monotonic() < until, found

    def shown(self) -> list[dict[str, object]]:
        """Return the notices that the person has seen."""
        lines = self.host.ask("cat", SHOWN).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def ledger(self, act: str) -> list[str]:
        """Return the machine's own lines of an act."""
        told = self.host.ask("runuser", "-u", "discreet-agent", "--", *LEDGER)
        return [line for line in told.splitlines() if act in line]


LEDGER = ("/usr/bin/discreet-agent", "ledger")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Yield a machine with the agent installed and somebody signed in."""
    place = tmp_path_factory.mktemp("diagnostics")
    with collector(place / "collector") as made, machine(place) as host:
        root = str(made.folder / "offline" / "root.key")
        (place / "words").write_bytes(PASSPHRASE)
        (place / "words").chmod(0o600)
        for name, may in (("lena", "ask"), ("olga", "approve")):
            keys.make_key(place / name, name.capitalize(), PASSPHRASE, LOG_N)
            public = str(place / f"{name}.public")
            made.ask("root", "technician", "add", public, "--may", may, "--key", root)
        made.ask("ticket", "open", "T-1")
        preseed(host, made)
        host.write(
            f"/etc/systemd/system/{UNIT}.d/now.conf", NOW.format(watchdog="8min")
        )
        host.ask("dpkg", "-i", host.put(deb()))
        host.put(PROGRAM)
        host.shell(SIGNED_IN)
        host.await_("a desktop is there", f"grep -q ready {SHOWN}")
        host.await_("it ships", f"journalctl -u {UNIT} | grep -Eq 'ship .*sent=[1-9]'")
        (device,) = json.loads(made.ask("device", "list", "--json"))
        made.ask("device", "label", device["device"], "here")
        yield Scene(made, host, place)


def test_the_network_is_asked_and_the_person_is_told(scene: Scene) -> None:
    """Under the unit's own bounds a probe runs, and the desktop shows who asked why."""
    port = str(scene.made.port)
    table = scene.ask("tcp_connect", "host=127.0.0.1", f"port={port}")
    assert "open" in table[table.index("observed ") :]
    (notice,) = scene.shown()
    assert notice["title"] == "Discreet: a technician looks"
    assert "Lena (ticket T-1)" in str(notice["text"])
    (begun,) = scene.ledger("order-begun")
    assert "told True" in begun


def test_a_service_is_looked_at(scene: Scene) -> None:
    """Its state and its last lines come from the system that runs it."""
    table = scene.ask("service_state", "service=dbus.service")
    assert "dbus" in table
    assert "active" in table


def test_a_button_on_the_desktop_is_a_yes(scene: Scene) -> None:
    """Where a person is asked, what they press there lets it run, once."""
    around = str(int(time.time()))
    table = scene.ask("log_slice", "log=system", f"around={around}")
    assert "observed " in table, table
    asks = scene.shown()[-1]
    assert asks["title"] == "Discreet: a technician asks"
    assert asks["acts"] == ["approve", "Allow once", "deny", "Refuse"]
    assert "at-the-screen" in scene.ledger("order-approved")[-1]


def test_packets_are_seen_where_the_unit_lets_them(
    scene: Scene, tmp_path: Path
) -> None:
    """With the right of the drop-in alone: headers come, no content, as a capture."""
    order = scene.ask_with_two("packet_headers", "filter=dns", "seconds=2")
    assert scene.ended(order)["reason"] == "needs-net-raw"
    scene.host.write(f"/etc/systemd/system/{UNIT}.d/raw.conf", RAW)
    scene.host.shell(f"systemctl daemon-reload && systemctl restart {UNIT}")
    with subprocess.Popen([sys.executable, "-c", TALK]) as talks:
        try:
            order = scene.ask_with_two("packet_headers", "filter=dns", "seconds=2")
            assert scene.ended(order)["state"] == "done"
        finally:
            talks.kill()
    file = tmp_path / "capture.pcap"
    sql = f"SELECT * FROM packet_headers WHERE request = '{order}'"  # noqa: S608 - hex
    support = "--purpose", "support", "--ticket", "T-1", "--reason", "nothing prints"
    scene.made.ask("query", *support, "--format", "pcap", "--out", str(file), sql)
    read = ["tcpdump", "-nn", "-r", file]
    told = subprocess.run(read, capture_output=True, text=True, check=True).stdout
    assert ".53:" in told
    assert "198.51.100.53" not in told
    assert b"hunter2" not in file.read_bytes()
