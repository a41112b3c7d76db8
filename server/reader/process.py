# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""The reader's process: `python -I -m server.reader --directory DIR`.

Rules: one process for one installation holds the keyring; it listens on a Unix socket
that only its own user can open, and asks the kernel who is there; marks and pseudonym
keys are looked at several times a second and wait for no query.
Not here: what a reading is (`requests.py`), the duties themselves (`duties.py`).
"""

import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from policies import catalogue
from server import configuration
from server.access.actions import Action
from server.alerts.bounds import CLASS as ALERT_CLASS
from server.alerts.bounds import EVERY_SECONDS as ALERT_SECONDS
from server.alerts.coverage import PURPOSE as ALERT_PURPOSE
from server.alerts.rule_source import rules_of
from server.desk import program
from server.desk.asked_by import trusted
from server.desk.listening import Counter, listening, take_questions
from server.errors import ServerError, UsageError
from server.keyring import Keyring, open_keyring
from server.layout import Layout
from server.ledger import SqliteLedger
from server.processes import Process
from server.query.spare import Spare
from server.reader import accounting
from server.reader.alerting import AlertJob, Opening
from server.reader.crew import Places, cores
from server.reader.duties import (
    Served,
    give_up_holes,
    send_pseudonym_keys,
    sign_marks,
)
from server.reader.folding import FoldJob
from server.reader.marked import restricted_devices
from server.reader.mending import Mender
from server.reader.question import parse
from server.reader.remembered import Memory
from server.reader.requests import Desk, Message
from server.reader.standing import policy_in_force
from server.register.alerts import AlertRegister
from server.statements import Statements
from server.storing import open_sealed
from wire.errors import WireError
from wire.policy import PolicyStatement

if sys.platform == "win32":
    reason = "a collector's reader runs on Linux"
    raise ImportError(reason)

TICK_SECONDS = 0.2
"""How often chains are looked at: a device waits no longer for its mark."""
DEVICES_SECONDS = 1.0
"""How often devices are looked at for pseudonym keys, a look at each message, and
whether what is kept in memory may still be."""
HOLES_SECONDS = 60.0
"""How often holes are looked at that nobody can fill: each waits a day anyway."""
FOLD_SECONDS = 60.0
"""How often the fold job looks for work: a reading costs little more meanwhile."""
READINGS = 4
"""At a time: each may hold half a gigabyte."""
FOLD_NOW = {"job": "fold"}
"""What `discreet-server fold` asks."""
LOOK_NOW = {"job": configuration.ALERTS}
"""What `discreet-server alert look` asks."""


def main(arguments: Sequence[str]) -> int:
    """Run the reader until it is told to end; returns its exit code."""
    return program.main("reader", run, arguments)


def run(layout: Layout, ended: threading.Event, ready: Callable[[Path], None]) -> None:
    """Serve until `ended` is set.

    Args:
        layout: the installation.
        ended: set to end.
        ready: called with the socket once requests are taken.

    Raises:
        ServerError: the reader cannot start.
    """
    with _opened(layout) as desk, listening(layout.socket, "reader") as listener:
        duties = _Duties(desk)
        duties.round(int(time.time()))
        asked = partial(_asked, desk)
        known = trusted(layout.directory)
        counter = Counter("reader", READINGS, "readings", asked, known)
        threading.Thread(
            target=take_questions, args=(listener, counter, ended), daemon=True
        ).start()
        threading.Thread(target=_fold, args=(desk, ended), daemon=True).start()
        threading.Thread(target=_alert, args=(desk, ended), daemon=True).start()
        ready(layout.socket)
        while not ended.wait(TICK_SECONDS):
            duties.round(int(time.time()))


@contextmanager
def _opened(layout: Layout) -> Iterator[Desk]:
    """Open everything that a reading needs, and close it afterwards."""
    settings = configuration.read(layout)
    tenant, used = settings.tenant, settings.reading
    with ExitStack() as stack:
        store = open_sealed(layout, Process.READER)
        stack.callback(store.close)
        keyring = open_keyring(layout)
        stack.callback(keyring.close)
        ledger = SqliteLedger(layout.ledger)
        stack.callback(ledger.close)

        def policy(now: int) -> PolicyStatement:
            statements = Statements(layout.authority / "statements.sqlite")
            try:
                return policy_in_force(statements, tenant, now)
            finally:
                statements.close()

        mender = Mender(store, keyring.store_role_key())
        known = catalogue()
        job = FoldJob(store, keyring, ledger, known)
        standing = AlertRegister(layout.alerts)
        stack.callback(standing.close)
        opening = alert_opening(layout, keyring, tenant)
        alerts = AlertJob(store, opening, ledger, known, standing)
        spare = Spare()
        stack.callback(spare.close)
        yield Desk(
            *(layout, store, keyring, ledger, known, policy, mender),
            job=job,
            alerts=alerts,
            places=Places(cores() if used.processes is None else used.processes),
            memory=Memory(used.memory),
            spare=spare,
        )


def alert_opening(layout: Layout, keyring: Keyring, tenant: bytes) -> Opening:
    """Return what the job of alerts opens with: one class of one purpose."""
    return Opening(
        lambda now: keyring.scoped(tenant, ALERT_PURPOSE, now).of_class(ALERT_CLASS),
        keyring.fold_job_key().public,
        keyring.keeper_key().public,
        lambda: restricted_devices(layout.register, keyring),
    )


class _Duties:
    """Marks, pseudonym keys, holes; what fails is told once and tried again."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._role = desk.keyring.store_role_key()
        self._looked = self._searched = -HOLES_SECONDS
        self._told, self._served = "", Served()

    def round(self, now: int) -> None:
        """Do what is due."""
        desk = self._desk
        try:
            looks = time.monotonic() - self._looked >= DEVICES_SECONDS
            if looks:  # before all that needs a store, which may be away
                self._looked = time.monotonic()
                desk.memory.tidy(desk.standing)
            sign_marks(desk.store, self._role, now)
            if looks:
                policy = desk.policy(now)
                sources = desk.store, desk.keyring, self._role
                send_pseudonym_keys(*sources, policy, now, self._served)
            if time.monotonic() - self._searched >= HOLES_SECONDS:
                self._searched = time.monotonic()
                give_up_holes(desk.store, desk.ledger, now)
            self._told = ""
        except (ServerError, WireError) as error:
            if str(error) != self._told:
                self._told = str(error)
                sys.stderr.write(f"reader: {self._told}\n")


def _fold(desk: Desk, ended: threading.Event) -> None:
    """Run the fold job, beside all else; what fails is told once and tried again."""
    told = ""
    while not ended.wait(FOLD_SECONDS):
        now = int(time.time())
        try:
            settings = configuration.read(desk.layout)
            if desk.job is not None:
                desk.job.batch(settings, desk.policy(now).policy, now)
            told = ""
        except (ServerError, WireError) as error:
            if str(error) != told:
                told = str(error)
                sys.stderr.write(f"reader: fold: {told}\n")


def _alert(desk: Desk, ended: threading.Event) -> None:
    """Run the job of alerts, as the fold job is run."""
    told = ""
    while not ended.wait(ALERT_SECONDS):
        try:
            look_at_all(desk, ended)
            told = ""
        except (ServerError, WireError) as error:
            if str(error) != told:
                told = str(error)
                sys.stderr.write(f"reader: alerts: {told}\n")


def look_at_all(desk: Desk, ended: threading.Event) -> int:
    """Look until nothing is due; returns at how many devices' rows.

    Raises:
        ServerError: something of the installation cannot be used.
    """
    looked, more = 0, desk.alerts is not None
    while more and desk.alerts is not None and not ended.is_set():
        now, settings = int(time.time()), configuration.read(desk.layout)
        rules = rules_of(desk.layout)
        done = desk.alerts.look(settings, desk.policy(now).policy, rules, now)
        looked, more = looked + done.due, done.more
    return looked


def _looked(desk: Desk) -> Generator[Message, None, None]:
    if configuration.ALERTS not in configuration.read(desk.layout).jobs:
        msg = 'nobody owns the job of alerts: write `alerts = "USER"` under [jobs]'
        raise UsageError(msg)
    yield {"end": {"devices": look_at_all(desk, threading.Event())}}


def _asked(
    desk: Desk, message: Mapping[str, object], user: str, now: int
) -> Generator[Message, None, None]:
    """Return the answers to what somebody asks."""
    if message == FOLD_NOW:
        return desk.folded(now)
    if message == LOOK_NOW:
        return _looked(desk)
    request = parse(message, user)
    if request.wish.action is Action.ACCOUNT:
        return accounting.counted(desk, request, now)
    return desk.answer(request, now)
