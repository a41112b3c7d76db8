# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""`python -m bench.pages`: how long each page of the console takes, over a fleet.

Rules: a real collector with a store of sealed inventories, its console over TLS, one
person who signed in by a passkey; a page is asked for as a browser does, on a
connection that stays, several times in turn with all others; what it is compared with
is the console's plainest page in the same round. Data are read for a purpose and a
reason, each time as a line of the ledger.
Not here: drawing a page in a browser (`tests/clicks.py`).
"""

import argparse
import http.client
import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from bench.measure import Figure, publish

if sys.platform == "win32":
    reason = "a collector runs on Linux"
    raise ImportError(reason)

from bench.fleet.sql import fill
from bench.flood_devices import pinned
from server import configuration
from server.layout import Layout
from server.store.sqlite import open_store
from tests.authenticator_fixture import Authenticator
from tests.collector_process import Collector
from tools.demo_run import free_port

DEVICES = 1_000
ROUNDS = 30
DATA_SECONDS = 0.150
"""Most for what a device's page shows of its data."""
PLAIN = "/privacy"
PAGES = {
    "overview": "/",
    "fleet": "/fleet",
    "fleet, one of it looked for": "/fleet?q={device}",
    "a device": "/device?device={device}",
    "explorer": "/explore",
    "diagnostics": "/diagnostics",
    "alerts": "/alerts",
    "policy": "/policy",
    "sharing": "/sharing",
    "retention": "/retention",
    "people": "/people",
    "ledger": "/ledger",
    "evidence": "/evidence",
}
WHY = {"purpose": "administration", "reason": "bench", "ticket": ""}
SQL = "SELECT name, version FROM software ORDER BY name LIMIT 100"
_ROLES = ("technician", "administrator", "auditor")
_TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
_OK = 200


@dataclass
class Browser:
    """Somebody's browser, on one connection.

    Attributes:
        origin: of the console.
        connection: to it.
        cookie: of the session; empty before.
    """

    origin: str
    connection: http.client.HTTPSConnection
    cookie: str = ""
    _token: str = field(default="", repr=False)

    def get(self, path: str) -> str:
        """Return a page."""
        return self._send("GET", path, None, {})

    def say(self, path: str, said: object) -> str:
        """Send JSON, as the console's script does; returns the answer."""
        body = json.dumps(said).encode()
        return self._send("POST", path, body, {"content-type": "application/json"})

    def form(self, path: str, fields: Mapping[str, str]) -> str:
        """Send a form of the console; returns the page that follows."""
        if not self._token:
            (self._token,) = {*_TOKEN.findall(self.get("/me"))}
        body = urlencode({"token": self._token, **fields}).encode()
        kind = "application/x-www-form-urlencoded"
        return self._send("POST", path, body, {"content-type": kind})

    def _send(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> str:
        sent = {"origin": self.origin, "sec-fetch-site": "same-origin", **headers}
        if self.cookie:
            sent["cookie"] = self.cookie
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("set-cookie", []):
            self.cookie = line.partition(";")[0]
        if answer.status != _OK:
            msg = f"{method} {path} was answered with {answer.status}"
            raise RuntimeError(msg)
        return text


class Scene:
    """A collector with a fleet and a console, and somebody who signed in."""

    def __init__(self, folder: Path, devices: int) -> None:
        """Fill the store and start it."""
        made, port = Collector(folder / "c", free_port()), free_port()
        self.made, self.origin = made, f"https://localhost:{port}"
        made.ask(
            *("init", "--tenant", "B", "--url", f"https://127.0.0.1:{made.port}"),
        )
        with (made.folder / "config.toml").open("a") as file:
            where = f'origin = "{self.origin}"\nrp_id = "localhost"\nhost = "127.0.0.1"'
            file.write(f"\n[console]\n{where}\n")
        layout = Layout(made.folder)
        fill(layout, devices)
        tenant = configuration.read(layout).tenant
        with closing(open_store(layout.store)) as store:
            self.device = store.devices(tenant)[0].device.hex()
        self._port = port

    def browser(self) -> Browser:
        """Return the browser of somebody who was invited and came in."""
        roles = [word for role in _ROLES for word in ("--role", role)]
        which = "--purpose", "administration", "--purpose", "support"
        until = "--trained-until", "2999-12-31"
        link = self.made.ask(
            "person", "invite", "--name", "Ada", *roles, *which, *until
        )
        trusted = pinned(self.made.folder / "gate" / "authority.der")
        way = http.client.HTTPSConnection(
            "localhost", self._port, timeout=60, context=trusted
        )
        came = Browser(self.origin, way)
        passkey = Authenticator(rp_id="localhost", origin=self.origin)
        invitation = link.strip().rpartition("#")[2]
        options = came.say("/join/begin", {"invitation": invitation})
        answer = json.loads(passkey.make(options))
        came.say("/join", {"invitation": invitation, "answer": answer})
        return came


def _asked(browser: Browser, device: str) -> Iterator[tuple[str, float]]:
    """Ask for each page once; yields its name and the seconds it took."""
    for name, path in {"plain": PLAIN, **PAGES}.items():
        began = time.perf_counter()
        browser.get(path.format(device=device))
        yield name, time.perf_counter() - began
    part = {"device": device, "part": "software", "span": "day"}
    question = {"sql": SQL, "span": ""}
    forms = (
        ("a device's software, read", "/device", part, "lib"),
        ("a question of SQL to the fleet", "/explore", question, "lib"),
    )
    for name, path, fields, held in forms:
        began = time.perf_counter()
        shown = browser.form(path, WHY | fields)
        took = time.perf_counter() - began
        if held not in shown:
            msg = f"{name}: the page shows no row"
            raise RuntimeError(msg)
        yield name, took


def figures(devices: int, rounds: int) -> list[Figure]:
    """Measure so many rounds over so many devices."""
    took: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="discreet-pages-") as folder:
        scene = Scene(Path(folder), devices)
        scene.made.start()
        try:
            browser = scene.browser()
            for _ in _asked(browser, scene.device):  # what is loaded once is loaded
                continue
            for number in range(rounds):
                for name, seconds in _asked(browser, scene.device):
                    took.setdefault(name, []).append(seconds * 1000)
                sys.stderr.write(f"\rround {number + 1} of {rounds}")
            sys.stderr.write("\n")
        finally:
            scene.made.stop()
    plain = took.pop("plain")
    bound = DATA_SECONDS * 1000
    found = [Figure("the plainest page, median", statistics.median(plain), "ms")]
    for name, times in took.items():
        floor, seen = statistics.median(plain), "the plainest page"
        pairs = tuple(one / beside for one, beside in zip(times, plain, strict=True))
        middle = statistics.median(times)
        found.append(Figure(f"{name}, median", middle, "ms", floor, seen, pairs))
        if name.endswith("read"):
            p95 = statistics.quantiles(times, n=20, method="inclusive")[-1]
            found.append(Figure(f"{name}, p95", p95, "ms", bound, "bound", target=1.0))
    return found


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table and write JSON."""
    parser = argparse.ArgumentParser(prog="bench.pages", description=__doc__)
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args(list(arguments))
    found = figures(given.devices, given.rounds)
    publish(f"The console's pages, over {given.devices:,} devices", "pages", found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
