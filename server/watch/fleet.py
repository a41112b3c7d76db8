# SPDX-License-Identifier: Apache-2.0
"""What is counted of a fleet, and of the parts of its collector.

Rules: it is looked up when somebody scrapes, no more often than each few seconds; a
part that does not answer is said to be down, and the rest is told all the same; numbers
are sums over all devices, and what a device says of itself never becomes a label.
Not here: what a gate counts of itself (`server/gate/figures.py`), showing it
(`server/figures`).
"""

import ssl
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress

from server import configuration
from server.desk.asking import answers, told
from server.devices import unsent
from server.errors import ServerError
from server.figures.kept import OTHER, Figure, Figures, Kind
from server.health import LATE_SECONDS, SILENT_SECONDS
from server.layout import Layout
from server.ledger import SqliteLedger
from server.processes import Process
from server.store.interface import Device, DeviceState, Store
from server.store.queues import alarms
from server.storing import open_sealed
from wire.crypto.certificates import expiry
from wire.errors import DecodeError
from wire.release import __version__

PARTS = ("reader", "keeper", "office")
_STATES = tuple(state.value for state in DeviceState)
GAPS = ("damaged", "expired", "spool-corrupt", "spool-full", OTHER)
"""Why an agent gives something up; what a device calls otherwise is the last."""
DECLARED = (
    Figure("release", Kind.GAUGE, "1, of this release.", {"version": (__version__,)}),
    Figure("store_up", Kind.GAUGE, "1 while the sealed store can be read."),
    Figure("up", Kind.GAUGE, "1 while a part answers.", {"part": PARTS}),
    Figure("devices", Kind.GAUGE, "Devices by state.", {"state": _STATES}),
    Figure("devices_late", Kind.GAUGE, "Active devices not heard for an hour."),
    Figure("devices_silent", Kind.GAUGE, "Active devices not heard for a day."),
    Figure("devices_alarmed", Kind.GAUGE, "Active devices that need a person."),
    Figure("unsent_envelopes", Kind.GAUGE, "Envelopes that wait at active devices."),
    Figure(
        "oldest_unsent_seconds",
        Kind.GAUGE,
        "How long the oldest envelope waits at any active device.",
    ),
    Figure(
        "gaps",
        Kind.GAUGE,
        "Losses that devices announced, by reason.",
        {"reason": GAPS},
    ),
    Figure(
        "gap_records", Kind.GAUGE, "Records in them, where known.", {"reason": GAPS}
    ),
    Figure(
        "chains_unmarked",
        Kind.GAUGE,
        "Chains that are further than their mark: the reader's lag.",
    ),
    Figure("keys_live", Kind.GAUGE, "Keys that open something."),
    Figure("deletions_under_way", Kind.GAUGE, "Deletions begun and not certified."),
    Figure(
        "deletion_late_seconds",
        Kind.GAUGE,
        "By how much the key that is longest due is late: the keeper's lag.",
    ),
    Figure(
        "deletion_clock_behind_seconds",
        Kind.GAUGE,
        "How far the clock of deletion is behind the machine's.",
    ),
    Figure("overdue", Kind.GAUGE, "What people should have done by now."),
    Figure("ledger_entries", Kind.GAUGE, "Entries of the ledger."),
    Figure(
        "certificate_ends_timestamp_seconds",
        Kind.GAUGE,
        "When the gate's TLS certificate ends.",
    ),
)


class Fleet:
    """An installation that is looked at; used by one thread."""

    def __init__(self, layout: Layout) -> None:
        """Take the installation; nothing is opened before the first look."""
        self._layout = layout
        self._store: Store | None = None

    def close(self) -> None:
        """Close what was opened."""
        if self._store is not None:
            self._store.close()

    def look(self, figures: Figures, now: int) -> None:
        """Set every figure of `DECLARED` that can be seen.

        Args:
            figures: where.
            now: seconds since the epoch.
        """
        figures.set("release", 1, __version__)
        figures.set("store_up", 0)
        with suppress(ServerError):
            settings = configuration.read(self._layout)
            layout = self._layout
            paths = layout.socket, layout.keeper_socket, layout.office_socket
            asked = PARTS if settings.console else PARTS[:-1]
            for part, path in zip(asked, paths, strict=False):  # its office comes last
                figures.set("up", answers(path), part)
            self._stored(figures, settings.tenant, now)
            figures.set("store_up", 1)
        with suppress(ServerError):
            self._kept(figures)
        with suppress(ServerError), closing(SqliteLedger(self._layout.ledger)) as one:
            figures.set("ledger_entries", one.head().index)
        with suppress(OSError, ValueError, DecodeError):
            text = (self._layout.gate / "tls.pem").read_text("ascii")
            end = expiry(ssl.PEM_cert_to_DER_cert(text))
            figures.set("certificate_ends_timestamp_seconds", end)

    def _stored(self, figures: Figures, tenant: bytes, now: int) -> None:
        if self._store is None:
            self._store = open_sealed(self._layout, Process.OFFICE)
        every = self._store.devices(tenant)
        of_devices(figures, every, now)
        for loss in self._store.announced(tenant):
            figures.more("gaps", loss.count, loss.reason)
            figures.more("gap_records", loss.records, loss.reason)
        figures.set("chains_unmarked", len(self._store.unmarked()))

    def _kept(self, figures: Figures) -> None:
        """Ask the keeper."""
        found = told(self._layout.keeper_socket, {"act": "retention"})
        keys, jobs = found["keys"], found["jobs"]
        if isinstance(keys, list) and isinstance(jobs, list):
            late = [int(key["late"]) for key in keys]
            figures.set("keys_live", len(keys))
            figures.set("deletion_late_seconds", max(late, default=0))
            figures.set("deletions_under_way", len(jobs))
        figures.set("deletion_clock_behind_seconds", int(str(found["behind"])))
        overdue = told(self._layout.keeper_socket, {"act": "overdue"})["overdue"]
        if isinstance(overdue, list):
            figures.set("overdue", sum(int(one["count"]) for one in overdue))


def of_devices(figures: Figures, every: Sequence[Device], now: int) -> None:
    """Set what devices are, and what they said last of their queues.

    Args:
        figures: where.
        every: the devices.
        now: seconds since the epoch.
    """
    states = Counter(device.state for device in every)
    for state in DeviceState:
        figures.set("devices", states[state], state.value)
    active = [device for device in every if device.state is DeviceState.ACTIVE]
    silence = [now - device.seen for device in active]
    figures.set("devices_late", sum(one >= LATE_SECONDS for one in silence))
    figures.set("devices_silent", sum(one >= SILENT_SECONDS for one in silence))
    figures.set("devices_alarmed", sum(bool(alarms(device.queue)) for device in active))
    waiting = unsent(active, now)
    figures.set("unsent_envelopes", waiting.envelopes)
    figures.set("oldest_unsent_seconds", waiting.age)
