# SPDX-License-Identifier: Apache-2.0
"""The job of alerts: looks at what is new, and leaves ids for the keeper to send.

Rules: it runs only where config.toml names its owner; it is given the keys of one
retention class of `administration` and no keyring, so nothing else opens; it starts
from folded blocks and looks at a device again only when something of that class is
new, or a day later; one line in the ledger tells of what a look opened before anything
of it is kept; no value leaves this file, only a `Verdict`; it reaches no network.
Not here: judging (`server/alerts`), sending (`server/keeper/alarms`).
Source: docs/adr/0043-an-alert-is-a-rule-and-a-device.md.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from server import configuration
from server.alerts import coverage
from server.alerts.bounds import (
    BATCH,
    CLASS,
    KEEP_SECONDS,
    LOOK_SECONDS,
    SENT_KEEP_SECONDS,
    WATCH_GAP_SECONDS,
)
from server.alerts.coverage import PURPOSE
from server.alerts.judging import Verdict, judge
from server.alerts.rules import Announced, Rule, Silent
from server.alerts.standing import Alert, Event, Step, step
from server.configuration import Configuration
from server.errors import LimitError
from server.ledger import SqliteLedger
from server.reader.blocks import Blocks, Keys
from server.reader.fold import Fold
from server.reader.opening import Reading
from server.reader.selection import Selection
from server.register import alert_messages, alerts
from server.register.alerts import AlertRegister, Watch
from server.store.blocks import Arrived
from server.store.interface import Device, DeviceState, Store
from wire.catalogue import Catalogue
from wire.policy import Policy

Verdicts = dict[str, Verdict]
"""By rule."""
_HEARD = frozenset({DeviceState.ACTIVE, DeviceState.QUARANTINED})
"""Whose alerts stand; those of a device that is over go with it."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What the job opens with, and nothing more.

    Attributes:
        keys: returns the opening keys of the one class, as they are at a moment.
        folds: public key of the fold job.
        keeper: public key of the keeper.
        restricted: returns devices with whose rows no job works.
    """

    keys: Callable[[int], Keys]
    folds: bytes
    keeper: bytes
    restricted: Callable[[], set[bytes]]


@dataclass(slots=True)
class Look:
    """What a look did.

    Attributes:
        due: devices that were looked at.
        envelopes: opened.
        blocks: opened in place of their envelopes.
        doubtful: states that are not judged, for a change of them is missing.
        events: how many alerts were raised and cleared.
        more: whether more devices are due.
    """

    due: int = 0
    envelopes: int = 0
    blocks: int = 0
    doubtful: int = 0
    events: dict[Event, int] = field(default_factory=lambda: dict.fromkeys(Event, 0))
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Round:
    """What is known when a look begins."""

    settings: Configuration
    rules: tuple[Rule, ...]
    columns: Mapping[str, frozenset[str]]
    watch: Watch
    arrived: Arrived
    devices: Mapping[bytes, Device]
    keep: int
    now: int


class AlertJob:
    """Looks for what is new; any thread may use it, one at a time."""

    def __init__(
        self,
        store: Store,
        opening: Opening,
        ledger: SqliteLedger,
        catalogue: Catalogue,
        register: AlertRegister,
    ) -> None:
        """Take what the job works with.

        Args:
            store: the sealed store.
            opening: what it opens with.
            ledger: where what it opened is written down first.
            catalogue: what this release knows.
            register: what stands of alerts.
        """
        self._store = store
        self._opening = opening
        self._ledger = ledger
        self._catalogue = catalogue
        self._register = register
        self._lock = threading.Lock()

    def look(
        self, settings: Configuration, policy: Policy, rules: Sequence[Rule], now: int
    ) -> Look:
        """Look at what is due, up to a batch, and at who is silent.

        Args:
            settings: has the job's owner, and the channels.
            policy: in force; what it does not name for alerts is not looked at.
            rules: in force.
            now: seconds since the epoch.
        """
        if configuration.ALERTS not in settings.jobs:
            return Look()
        with self._lock:
            return self._look(settings, policy, tuple(rules), now)

    def _look(
        self, settings: Configuration, policy: Policy, rules: tuple[Rule, ...], now: int
    ) -> Look:
        with self._register.view() as connection:
            before, looked = alerts.watch(connection), alerts.looks(connection)
        arrived = self._store.arrived(
            settings.tenant, PURPOSE.value, CLASS, before.through
        )
        keep = coverage.kept(policy)
        columns = coverage.wanted(rules, coverage.named(policy))
        digest = _digest(rules, columns)
        if digest != before.rules:
            looked = {}  # what is judged otherwise is looked at again
        one = _Round(
            *(settings, rules, columns),
            Watch(arrived.through, _watched(before, now), now, digest),
            arrived,
            {
                device.device: device
                for device in self._store.devices(settings.tenant)
                if device.state in _HEARD
            },
            KEEP_SECONDS if keep is None else min(keep, KEEP_SECONDS),
            now,
        )
        due = self._due(one, looked)
        done = Look(min(len(due), BATCH), more=len(due) > BATCH)
        found = {device: self._judged(one, device, done) for device in due[:BATCH]}
        with self._register.transaction() as connection:
            self._kept(connection, one, found, done)
            self._told(one, done)
        return done

    def _due(self, one: _Round, looked: Mapping[bytes, int]) -> list[bytes]:
        """Return the devices whose rows are to be looked at, those with news first."""
        if not one.columns:
            return []
        restricted = self._opening.restricted()
        new = {device for device, moment in looked.items() if moment == 0}
        new |= one.arrived.devices
        later = [
            device
            for device in one.devices
            if not 0 <= one.now - looked.get(device, -1) < LOOK_SECONDS
        ]
        every = dict.fromkeys([*(d for d in one.devices if d in new), *later])
        return [device for device in every if device not in restricted]

    def _judged(self, one: _Round, device: bytes, done: Look) -> Verdicts:
        """Open what holds of a device now, and judge it by each rule of rows."""
        tenant = one.settings.tenant
        keys = self._opening.keys(one.now)
        fold = Fold(self._catalogue, one.columns)
        blocks = Blocks(self._store, keys, self._opening.folds, tenant, PURPOSE)
        selection = Selection(tenant, PURPOSE, one.columns, (device,))
        enrolled = [one.devices[device]]
        reading = Reading(keys, fold, selection, enrolled, blocks, self._opening.keeper)
        try:
            for stored in self._store.envelopes(
                tenant,
                device=device,
                purpose=PURPOSE.value,
                bare=lambda it: it.retention != CLASS or blocks.replaces(it),
            ):
                if stored.retention == CLASS:
                    reading.take(stored)
        except LimitError:
            done.doubtful += 1
            return {}
        done.envelopes += reading.opened.envelopes
        done.blocks += reading.opened.blocks
        tables = fold.tables()
        broken = {state.dataset for state in fold.broken}
        done.doubtful += len(broken & one.columns.keys())
        return {
            rule.name: judge(rule, tables[rule.dataset], one.now)
            for rule in one.rules
            if rule.dataset in one.columns
            and rule.dataset not in broken
            and rule.columns <= one.columns[rule.dataset]
        }

    def _kept(
        self,
        connection: sqlite3.Connection,
        one: _Round,
        found: Mapping[bytes, Verdicts],
        done: Look,
    ) -> None:
        """Take each alert one step further, and write messages for the channels."""
        alerts.forget_devices(connection, one.devices)
        held = alerts.standing(connection)
        for rule in one.rules:
            for device in one.devices.values():
                before = held.pop((rule.name, device.device), None)
                said = found.get(device.device, {}).get(rule.name)
                if isinstance(rule.condition, Silent | Announced):
                    said = _rowless(rule.condition, device, one)
                after = step(rule, device.device, before, said, one.now)
                _changed(connection, before, after)
                if after.alert is not None and after.event is not None:
                    done.events[after.event] += 1
                    for channel in one.settings.alerts.names:
                        alert_messages.tell(
                            connection, channel, after.alert, after.event, one.now
                        )
        for left in held.values():  # of rules that are no more
            alerts.forget(connection, left.id)
        alerts.forget_old(connection, one.now - one.keep)
        alert_messages.forget(connection, one.now - SENT_KEEP_SECONDS)
        waiting = one.arrived.devices.intersection(one.devices).difference(found)
        alerts.set_looks(connection, waiting, 0)
        alerts.set_looks(connection, found, one.now)
        alerts.set_watch(connection, one.watch)

    def _told(self, one: _Round, done: Look) -> None:
        """Write down what was opened, before what follows from it is kept."""
        if not done.envelopes and not done.blocks:
            return
        self._ledger.add(
            "alerts-looked",
            {
                "job": configuration.ALERTS,
                "owner": one.settings.jobs[configuration.ALERTS],
                "purposes": [PURPOSE.value],
                "retention": CLASS,
                "devices": done.due,
                "envelopes": done.envelopes,
                "blocks": done.blocks,
                "doubtful": done.doubtful,
                "raised": done.events[Event.RAISED],
                "cleared": done.events[Event.CLEARED],
            },
            one.now,
        )


def _changed(connection: sqlite3.Connection, before: Alert | None, after: Step) -> None:
    if after.alert is None and before is not None:
        alerts.forget(connection, before.id)
    elif after.alert is not None and after.alert != before:
        alerts.keep(connection, after.alert)


def _watched(before: Watch, now: int) -> int:
    """Return since when the job looks without a gap; anew where its clock jumped."""
    going = before.began and 0 <= now - before.last <= WATCH_GAP_SECONDS
    return before.began if going else now


def _digest(rules: tuple[Rule, ...], columns: Mapping[str, frozenset[str]]) -> bytes:
    """Return 32 bytes that differ when what is judged does."""
    named = sorted((name, sorted(held)) for name, held in columns.items())
    return hashlib.sha256(repr((rules, named)).encode()).digest()


def _rowless(condition: Silent | Announced, device: Device, one: _Round) -> Verdict:
    """Judge by what the store knows of a device, unopened."""
    if isinstance(condition, Announced):
        began = device.device in one.arrived.announced
        return Verdict.BEGINS if began else Verdict.OVER
    heard = max(device.seen, device.enrolled)
    if device.state is DeviceState.QUARANTINED:
        return Verdict.OVER
    if one.now - max(heard, one.watch.began) >= condition.after:
        return Verdict.BEGINS
    return Verdict.OVER if one.now - heard < condition.after else Verdict.BETWEEN
