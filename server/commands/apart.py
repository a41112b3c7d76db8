# SPDX-License-Identifier: Apache-2.0
"""`discreet-server apart`: lets each process run as a user of its own, or not any more.

Rules: as root, while nothing of the collector runs; what it did is in the ledger; done
again, it makes whole what was restored or made by root.
Not here: who may use what (`server/apart/places.py`), the processes (`reader.py`,
`keeper.py`, `office.py`, `console.py`, `gate.py`).
"""

import argparse
import os
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands import printing
from server.errors import UsageError
from server.layout import Layout

if TYPE_CHECKING:
    from server.commands.arguments import Subparsers
    from server.configuration import Configuration

NAME = "apart"
PROCESSES = Path("/proc")
DRAIN_SECONDS = 45.0
"""A unit gets 30 to end; a gate as long as its balancer needs."""
STEP_SECONDS = 0.2


def add(subparsers: "Subparsers") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        NAME, help="let each process run as a user of its own, as root"
    )
    parser.add_argument(
        "--undo",
        action="store_true",
        help="give all back to one user, for `serve` to run",
    )


def run(options: argparse.Namespace) -> int:
    """Divide a collector among its users, or join it again."""
    from server import configuration  # noqa: PLC0415 - heavy
    from server.apart import dividing, elsewhere, gate_unit  # noqa: PLC0415 - heavy
    from server.commands.serve import hint  # noqa: PLC0415 - heavy
    from server.users import User, number  # noqa: PLC0415 - with the above

    layout = Layout(options.directory)
    settings = configuration.read(layout)
    master = settings.keyring.directory or layout.keyring
    _require_root()
    if layout.directory.stat().st_uid != number(User.OFFICE):
        msg = (
            f"{layout.directory} is not {User.OFFICE.value}'s: make the collector as "
            "that user (docs/howto/run-apart.md)"
        )
        raise UsageError(msg)
    _require_rest()
    dividing.require_plain(layout)
    if options.undo:
        dividing.join(layout, master, elsewhere.files(settings))
        _write(layout, "processes-joined")
        printing.show(
            "One user has all of this collector again. Start it: "
            "systemctl start discreet-server",
        )
        return 0
    address = _divisible(settings)
    _make_registers(layout)
    dividing.divide(
        layout,
        master,
        elsewhere.files(settings),
        console=settings.console is not None,
        rest=_require_rest,  # somebody may have run a command meanwhile
    )
    _write(layout, "processes-divided")
    if gate_unit.write(address, settings.url):
        printing.show(f"Wrote {gate_unit.SETTINGS}.")
    if settings.intake is not None:
        printing.hint(
            "discreet-server: the gate reads no config.toml any more: write [intake] "
            "into a file of its own as well, and name that with --intake in "
            f"{gate_unit.SETTINGS}"
        )
    hint(layout, settings)
    printing.show(
        "Each process of this collector has what it needs, as a user of its own. "
        "Start them: systemctl start discreet-server.target",
    )
    return 0


def _require_root() -> None:
    number = getattr(os, "geteuid", None)
    if number is None or number() != 0:
        msg = "only root of a Linux machine can give files to users: sudo"
        raise UsageError(msg)


def _divisible(settings: "Configuration") -> str:
    """Return the gate's address of the store; refuse what cannot run apart."""
    from server.processes import Process  # noqa: PLC0415 - with `run`'s imports

    if settings.store is None:
        msg = (
            "the store is a file, which every process could delete: copy it to "
            "PostgreSQL first (discreet-server store copy)"
        )
        raise UsageError(msg)
    if settings.webhook is not None or settings.metrics.watched:
        msg = (
            "the webhook of tickets and the figures of the fleet do not run apart: "
            "take [tickets.webhook], listen and otlp of [metrics] out of config.toml"
        )
        raise UsageError(msg)
    return settings.store.address_of(Process.GATE)


def _require_rest() -> None:
    """Refuse while any process of the collector's users runs; wait for one that ends.

    A target of systemd is stopped before its services have drained.
    """
    until, told = time.monotonic() + DRAIN_SECONDS, False
    while (found := _running()) is not None:
        if time.monotonic() >= until:
            msg = (
                f"a process of {found} runs: stop the collector first "
                "(systemctl stop discreet-server discreet-server.target)"
            )
            raise UsageError(msg)
        if not told:
            told = True
            printing.hint("discreet-server: waiting for its processes to end")
        time.sleep(STEP_SECONDS)


def _running() -> str | None:
    """Return a user of the collector of whom a process runs; None where none does."""
    from server.users import User, find  # noqa: PLC0415 - with `run`'s imports

    ours = {found: user for user in User if (found := find(user)) is not None}
    for path in PROCESSES.glob("[0-9]*"):
        try:
            owner = path.stat().st_uid
        except OSError:  # it ended
            continue
        if owner in ours:
            return ours[owner].value
    return None


def _make_registers(layout: Layout) -> None:
    """Make what a process would make, in a directory where it may not any more."""
    from server.access.register import open_people  # noqa: PLC0415 - heavy
    from server.keeper.process import begin  # noqa: PLC0415 - heavy
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy
    from server.register.alerts import AlertRegister  # noqa: PLC0415 - heavy

    with closing(SqliteLedger(layout.ledger)) as ledger:
        begin(layout, ledger)[0].close()
    open_people(layout.people).close()
    AlertRegister(layout.alerts).close()


def _write(layout: Layout, act: str) -> None:
    from server.ledger import SqliteLedger  # noqa: PLC0415 - heavy
    from server.person import user_name  # noqa: PLC0415 - with the above

    with closing(SqliteLedger(layout.ledger)) as ledger:
        ledger.add(act, {"by": user_name()}, int(time.time()))
