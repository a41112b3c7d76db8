# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The keeper's process: `python -I -m server.keeper --directory DIR`.

Rules: one process for one installation, by its lock, which it has before it touches
anything; it answers on a Unix socket that only its own user can open; the rounds go on
whatever is asked.
Not here: what is asked (`acts/`), what it does by itself (`rounds/`).
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from server import configuration
from server.desk import program
from server.desk.asked_by import trusted
from server.desk.listening import Counter, listening, take_questions
from server.keeper.acts import answer
from server.keeper.bounds import ANSWERS, TICK_SECONDS
from server.keeper.clock import MACHINE, RetentionClock, Sources
from server.keeper.desk import Desk
from server.keeper.rounds import Rounds, rounds
from server.keyring import open_keyring
from server.layout import Layout
from server.ledger import SqliteLedger
from server.processes import Process
from server.reader.standing import policy_in_force
from server.refusals import noting_second
from server.register.alerts import AlertRegister
from server.register.database import Register, open_register
from server.statements import Statements
from server.storing import open_sealed
from wire.policy import PolicyStatement

if sys.platform == "win32":
    reason = "a collector's keeper runs on Linux"
    raise ImportError(reason)

NAME = "keeper"


def main(arguments: Sequence[str]) -> int:
    """Run the keeper until it is told to end; returns its exit code."""
    return program.main(NAME, run, arguments)


def run(
    layout: Layout,
    ended: threading.Event,
    ready: Callable[[Path], None],
    first: Callable[[Layout], None] | None = None,
) -> None:
    """Keep until `ended` is set.

    Args:
        layout: the installation.
        ended: set to end.
        ready: called with the socket once questions are taken.
        first: done once no other keeper runs, before anything is opened.

    Raises:
        ServerError: the keeper cannot start.
    """
    configuration.read(layout)
    path = layout.keeper_socket
    with ExitStack() as stack:
        with noting_second(layout):
            listener = stack.enter_context(listening(path, NAME))
        if first is not None:
            first(layout)
        desk = stack.enter_context(opened(layout, ended=ended))
        known = trusted(layout.directory)
        counter = Counter(NAME, ANSWERS, "answers", partial(answer, desk), known)
        threading.Thread(
            target=take_questions, args=(listener, counter, ended), daemon=True
        ).start()
        ready(path)
        going = Rounds(desk, rounds())
        while not ended.wait(TICK_SECONDS):
            going.turn(time.monotonic())


def begin(
    layout: Layout, ledger: SqliteLedger, sources: Sources = MACHINE
) -> tuple[Register, RetentionClock]:
    """Open the register and its clock; made where there is none, and the ledger has it.

    Args:
        layout: the installation.
        ledger: its ledger.
        sources: where time comes from.

    Raises:
        StateError: they cannot be used.
    """
    register, fresh = open_register(layout.register)
    clock = RetentionClock(register, sources)
    if fresh:
        begun = clock.now()
        ledger.add("keeper-begun", {"believed": begun}, begun)
    return register, clock


@contextmanager
def opened(
    layout: Layout,
    sources: Sources = MACHINE,
    ended: threading.Event | None = None,
) -> Iterator[Desk]:
    """Open everything that the keeper works with, and close it afterwards.

    The register is made where there is none, and the ledger says so.

    Args:
        layout: the installation.
        sources: where time comes from.
        ended: set when the process is to end; None where it only does one thing.

    Raises:
        ServerError: something of the installation cannot be used.
    """
    settings = partial(configuration.read, layout)
    tenant = settings().tenant

    def policy(now: int) -> PolicyStatement:
        statements = Statements(layout.authority / "statements.sqlite")
        try:
            return policy_in_force(statements, tenant, now)
        finally:
            statements.close()

    with ExitStack() as stack:
        ledger = SqliteLedger(layout.ledger)
        stack.callback(ledger.close)
        register, clock = begin(layout, ledger, sources)
        stack.callback(register.close)
        alerts = AlertRegister(layout.alerts)
        stack.callback(alerts.close)
        store = open_sealed(layout, Process.KEEPER)
        stack.callback(store.close)
        keyring = open_keyring(layout)
        stack.callback(keyring.close)
        yield Desk(
            *(layout, tenant, store, keyring, register, ledger, clock, policy),
            *(settings, alerts),
            stopping=ended or threading.Event(),
        )
