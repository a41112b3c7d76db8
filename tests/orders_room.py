# SPDX-License-Identifier: Apache-2.0
"""A collector that asks a device: technicians with key files, a ticket, a device.

Rules: everything is what ships, and commands run as they are typed; the device polls
with real keys, and opens what is handed to it as an agent does.
Not here: what an agent makes of it, the signer's machine (`authorise_room.py`).
"""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from keeper_fixture import Room
from reader_fixture import Speaker

from server import __main__ as program
from server.keeper import acts
from server.store.chains import Heard
from technician import keys
from wire.doing import Doing
from wire.orders import Order, Request, open_order, read_order

PASSPHRASE = b"correct horse battery"
LOG_N = 14
TICKET = "T-1042"
DEVICE = "printer-room"
PEOPLE = {"Lena": "ask", "Max": "approve", "Olga": "both"}


@dataclass
class Collector:
    """A collector, its device and its technicians' key files."""

    room: Room
    device: Speaker
    place: Path

    @property
    def tenant(self) -> bytes:
        """Return the tenant's 16 bytes."""
        return self.room.site.tenant

    def typed(self, *arguments: str | Path, code: int = 0) -> str:
        """Run `discreet-server`; return what it prints, or where it fails says."""
        printed, said = io.StringIO(), io.StringIO()
        directory = str(self.room.site.layout.directory)
        with redirect_stdout(printed), redirect_stderr(said):
            words = ["--directory", directory, *map(str, arguments)]
            assert program.main(words) == code, said.getvalue()
        return said.getvalue() if code else printed.getvalue()

    def ticket(self, do: str, ticket: str, **more: object) -> None:
        """Open or close a ticket, as the keeper does."""
        asked = {"act": "ticket", "do": do, "ticket": ticket, **more}
        with self.room.keeper() as desk:
            list(acts.answer(desk, asked, "amelie", int(time.time())))

    def drafted(self, name: str = "request", **changes: str) -> Path:
        """Draft a request by Lena for the state of a service, with changes."""
        path = self.place / name
        path.unlink(missing_ok=True)
        self.typed("diagnose", "draft", *self.wish(**changes), "--out", path)
        return path

    def wish(self, **changes: str) -> list[str]:
        """Return what is typed to ask for it."""
        said = {
            "device": DEVICE,
            "ticket": TICKET,
            "reason": "the printer does not answer",
            "as": "Lena",
        } | changes
        asked = said.pop("asked", "service_state service=cups")
        return [
            *asked.split(),
            *(word for name, value in said.items() for word in (f"--{name}", value)),
        ]

    def signed(self, request: Path, name: str = "Lena") -> Path:
        """Let somebody sign a request with their key file; return the order's file."""
        from authorise_room import typed  # noqa: PLC0415 - the signer's side

        out = request.with_name(f"{request.name}.{name}")
        out.unlink(missing_ok=True)
        key = "--key", self.place / name, "--passphrase-file", self.place / "words"
        typed("sign", request, *key, "--yes", "--out", out)
        return out

    def says(self, *doing: Doing) -> None:
        """Let the device poll, and speak of orders."""
        one = self.device
        heard = Heard(
            *(self.tenant, one.device, "0.1.0", "Linux", one.incarnation),
            *(one.sequence, 0),
            accepted=0,
            doing=doing,
        )
        self.room.site.store.heard([heard], int(time.time()))

    def handed(self) -> list[tuple[Order, Request]]:
        """Return the orders that the device is handed, opened by its own key."""
        store, now = self.room.site.store, int(time.time())
        return [
            read_order(
                open_order(sealed, self.device.opening, self.tenant, self.device.device)
            )
            for sealed in store.orders.handed(self.tenant, self.device.device, now)
        ]

    def acts(self) -> list[str]:
        """Return what the ledger has of orders, in order."""
        told = self.typed("ledger", "show", "--json")
        names = ("order-sent", "order-refused", "order-cancelled", "order-ended")
        return [
            name for line in told.splitlines() for name in names if f'"{name}"' in line
        ]


@contextmanager
def asking(place: Path) -> Iterator[Collector]:
    """Make a collector with one device, three technicians and an open ticket."""
    room = Room(place / "collector")
    made = Collector(room, room.site.enrol(DEVICE), place)
    (place / "words").write_bytes(PASSPHRASE)
    (place / "words").chmod(0o600)
    root = room.site.layout.offline / "root.key"
    for name, may in PEOPLE.items():
        keys.make_key(place / name, name, PASSPHRASE, LOG_N)
        added = "add", place / f"{name}.public", "--may", may, "--key", root
        made.typed("root", "technician", *added)
    for ticket in (TICKET, "T-closed"):
        made.ticket("open", ticket, seconds=36_000, devices=[])
    made.ticket("close", "T-closed")
    made.says()
    yield made
    room.site.store.close()
    room.site.keyring.close()
