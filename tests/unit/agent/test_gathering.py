# SPDX-License-Identifier: Apache-2.0
"""What is read together, what apart, and what not at all where the machine is.

Rules: real collectors over a recorded machine that remembers what was opened.
Not here: one reader under its budget (`test_reading.py`).
"""

from pathlib import Path

import pytest
from host_fixture import RecordingHost, write_tree
from unit.agent.test_whereabouts import OFFICE, OFFICE_GATEWAY

from agent.collectors import collector
from agent.gathering import NO_NAMED_NETWORK, Gathered, gather
from agent.host.linux import LinuxHost
from agent.outcome import NOT_HERE, OK
from agent.plan import PlannedDataset
from wire.purposes import Purpose
from wire.transforms.call import KEEP

DATASET = collector("network_routes").dataset
ROUTES = (
    b"Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
    b"eth0\t00000000\t0100010A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
)


@pytest.fixture
def host(tmp_path: Path) -> RecordingHost:
    """Return a machine in the office."""
    write_tree(tmp_path, {"/proc/net/route": ROUTES, "/proc/net/ipv6_route": b""})
    facts = {"interfaces": (OFFICE,), "gateways": (OFFICE_GATEWAY,)}
    return RecordingHost(LinuxHost(str(tmp_path), facts=facts))


def planned(purpose: Purpose, networks: tuple[str, ...] | None) -> PlannedDataset:
    """Plan the routes, on these networks only."""
    columns = DATASET.columns
    calls = {column.name: KEEP for column in columns}
    return PlannedDataset(DATASET, purpose, "kept", 1, 1, calls, columns, networks)


def outcomes(host: RecordingHost, *items: PlannedDataset) -> dict[str, str]:
    """Gather, and return the outcome that each purpose is told."""
    told = gather(host, items, lambda _purpose, _dataset: None, 0, Gathered())
    return {item.purpose.value: outcome.outcome for item, _, outcome in told}


def test_elsewhere_nothing_is_opened(host: RecordingHost) -> None:
    """On no named network the outcome says so, and the reader is not even started."""
    item = planned(Purpose.SECURITY, ("10.9.0.0/24",))
    into = Gathered()
    ((_, reading, outcome),) = gather(host, [item], lambda *_: None, 0, into)
    assert (outcome.outcome, outcome.reason) == (NOT_HERE, NO_NAMED_NETWORK)
    assert reading.rows == []
    assert not {"/proc/net/route", "/proc/net/ipv6_route"} & set(host.asked)


def test_here_it_is_read(host: RecordingHost) -> None:
    """On a named network it is read as ever."""
    item = planned(Purpose.SECURITY, ("10.1.0.0/24",))
    assert outcomes(host, item) == {"security": OK}


def test_each_purpose_has_its_own_places(host: RecordingHost) -> None:
    """One purpose may read it anywhere, another not here; each is told its own."""
    found = outcomes(
        host,
        planned(Purpose.ADMINISTRATION, None),
        planned(Purpose.SECURITY, ("10.9.0.0/24",)),
    )
    assert found == {"administration": OK, "security": NOT_HERE}


def test_what_all_may_read_is_read_once(host: RecordingHost) -> None:
    """Purposes of the same places share one reading."""
    outcomes(
        host, planned(Purpose.ADMINISTRATION, None), planned(Purpose.SUPPORT, None)
    )
    assert host.asked.count("/proc/net/route") == 1


def test_each_purpose_reads_the_events_that_it_names(tmp_path: Path) -> None:
    """Two purposes read the same log, each the events of its own list."""
    lines = b"".join(
        b"2025-11-24T01:01:00+00:00 h %s: text\n" % name for name in (b"sshd", b"cron")
    )
    write_tree(tmp_path, {"/var/log/syslog": lines})
    host = RecordingHost(LinuxHost(str(tmp_path)))
    logs = collector("event_logs").dataset
    calls = {column.name: KEEP for column in logs.columns}

    def item(purpose: Purpose, events: tuple[str, ...]) -> PlannedDataset:
        return PlannedDataset(
            logs, purpose, "kept", 1, 1, calls, logs.columns, events=events
        )

    items = (item(Purpose.SUPPORT, ("cron/*",)), item(Purpose.SECURITY, ("sshd/*",)))
    told = gather(host, items, lambda *_: None, 0, Gathered())
    found = {
        one.purpose: [row.value("service.name") for row in reading.rows]
        for one, reading, _ in told
    }
    assert found == {Purpose.SUPPORT: ["cron"], Purpose.SECURITY: ["sshd"]}
