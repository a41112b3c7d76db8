# SPDX-License-Identifier: Apache-2.0
"""An installation whose job of alerts has an owner, and devices that seal rows for it.

Rules: everything is what ships: seals, store, keys, the reader's job, the register;
only the time is the test's.
Not here: the installation (`reader_fixture.py`), channels (`alert_channels.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from reader_fixture import CATALOGUE, Site, Speaker, make_site, table, with_state

from policies import alert_rules
from server import configuration
from server.alerts.rule_source import compile_rules
from server.alerts.rules import Rule
from server.alerts.standing import Alert, State
from server.ledger import SqliteLedger
from server.reader.alerting import AlertJob, Look
from server.reader.process import alert_opening
from server.reader.standing import policy_in_force
from server.register import alerts
from server.register.alerts import AlertRegister
from server.statements import Statements
from server.store.chains import Heard
from server.store.interface import DeviceState
from wire.body import Mode, Op, Table
from wire.keys import PurposeKey
from wire.policy import Policy
from wire.purposes import Purpose
from wire.values import Value

SHIPPED = compile_rules(alert_rules(), CATALOGUE, "alerts.toml")
HOUR, DAY = 3_600, 86_400
Rows = Sequence[Mapping[str, Value]]


def rules(*names: str) -> tuple[Rule, ...]:
    """Return shipped rules by name; all where none is named."""
    return tuple(one for one in SHIPPED if not names or one.name in names)


def disk(percent: float, **more: Value) -> dict[str, Value]:
    """Return a disk of which so much is left."""
    return {
        "network": False,
        "read_only": False,
        "system.filesystem.limit": 1_000_000,
        "available": int(percent * 10_000),
        **more,
    }


class AlertRoom:
    """An installation, its job, and what stands."""

    def __init__(self, site: Site) -> None:
        """Give the job of an installation an owner."""
        self.site = site
        self.now = self.site.now
        path = self.site.layout.configuration
        text = path.read_text()
        path.write_text(text.replace("[jobs]\n", '[jobs]\nalerts = "root"\n'))
        self._stack = ExitStack()
        self.ledger = SqliteLedger(self.site.layout.ledger)
        self._stack.callback(self.ledger.close)
        self.register = AlertRegister(self.site.layout.alerts)
        self._stack.callback(self.register.close)
        self.job = self.begun()

    def begun(self) -> AlertJob:
        """Return a job as a reader that starts now has it."""
        site = self.site
        opening = alert_opening(site.layout, site.keyring, site.tenant)
        return AlertJob(site.store, opening, self.ledger, CATALOGUE, self.register)

    def close(self) -> None:
        """Release all files."""
        self._stack.close()

    def add(self, words: str) -> None:
        """Add to config.toml."""
        with self.site.layout.configuration.open("a") as file:
            file.write(words)

    @property
    def policy(self) -> Policy:
        """Return the policy in force."""
        statements = Statements(self.site.layout.authority / "statements.sqlite")
        try:
            return policy_in_force(statements, self.site.tenant, self.site.now).policy
        finally:
            statements.close()

    def tell(self, speaker: Speaker, dataset: str, rows: Rows) -> None:
        """Have a device seal its whole state of a dataset for alerts."""
        part = table(dataset, rows, Purpose.ADMINISTRATION, Mode.FULL)
        self.put(speaker, with_state(part, rows))

    def change(
        self, speaker: Speaker, dataset: str, row: Mapping[str, Value], number: int
    ) -> None:
        """Have a device seal one row that is another now, of the only one it has."""
        changes = [(Op.CHANGE, number)]
        part = table(dataset, [row], Purpose.ADMINISTRATION, Mode.DELTA, changes)
        self.put(speaker, with_state(part, [row]))

    def put(self, speaker: Speaker, *parts: Table, retention: str = "alerts") -> None:
        """Seal tables to a class of administration, and store them."""
        self.site.put(speaker.seal(self.key(retention), parts, self.now))
        self.hear(speaker)

    def key(self, retention: str) -> PurposeKey:
        """Return the current key of a class of administration."""
        return next(
            key
            for key in self.site.keyring.public_keys(self.site.tenant)
            if key.purpose is Purpose.ADMINISTRATION
            and key.retention == retention
            and key.start <= self.site.now < key.end
        )

    def hear(self, *speakers: Speaker) -> None:
        """Have devices poll."""
        polls = [
            Heard(
                *(self.site.tenant, one.device, "0.1", "Linux"),
                *(one.incarnation, one.sequence, 0),
            )
            for one in speakers
        ]
        self.site.store.heard(polls, self.now)

    def end(self, speaker: Speaker, state: DeviceState = DeviceState.REVOKED) -> None:
        """End a device."""
        self.site.store.set_state(self.site.tenant, speaker.device, state)

    def look(self, *names: str, seconds: int = 0) -> Look:
        """Let time go by, then look once, by the shipped rules of these names."""
        self.now += seconds
        settings = configuration.read(self.site.layout)
        return self.job.look(settings, self.policy, rules(*names), self.now)

    def watch(self, *names: str, seconds: int) -> None:
        """Let time go by with a look every five minutes, as a reader at work looks."""
        for _ in range(seconds // 300):
            self.look(*names, seconds=300)

    def keep(self, *kept: Alert) -> None:
        """Write alerts down as a job would that found them."""
        with self.register.transaction() as connection:
            for one in kept:
                alerts.keep(connection, one)

    def standing(self) -> list[Alert]:
        """Return the alerts that people see and that are not over."""
        with self.register.view() as connection:
            found = alerts.every(connection)
        return [one for one in found if one.state not in {State.PENDING, State.CLEARED}]

    def names(self) -> list[str]:
        """Return the rules of the alerts that stand."""
        return sorted(one.rule for one in self.standing())


@contextmanager
def alert_room(directory: Path) -> Iterator[AlertRoom]:
    """Give a room, and close it."""
    site = make_site(directory / "collector")
    room = AlertRoom(site)
    try:
        yield room
    finally:
        room.close()
        site.store.close()
        site.keyring.close()
