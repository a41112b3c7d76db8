# SPDX-License-Identifier: Apache-2.0
"""What a gate does not take is kept by reason, and by device where that is known.

Rules: real messages of real devices through the gate's application; the store is asked
what it has.
Not here: what a store promises (`tests/contract/test_store_refusals.py`), the pages.
"""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from gate_asgi import Request, running
from installation_fixture import Installation, install
from store_chain import DEVICE
from stranger_fixture import Stranger, enrolled

from server.errors import StateError
from server.gate.refusing import EVERY_SECONDS, Refusing
from server.problems import Problem, Refusal
from server.store.device_rows import ADD, row_of
from server.store.interface import DeviceState
from server.store.kept_refusals import KeptRefusals
from server.store.refusals import NAMED, Refused, RefusedDevice
from server.store.sqlite import create_store
from server.store.sqlite_connections import Connections
from wire import messages

MANY = [number.to_bytes(16, "big") for number in range(4 * NAMED)]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Installation]:
    """Return an installation."""
    installation = install(tmp_path)
    yield installation
    installation.store.close()


AWAY = StateError("the store cannot be reached")


class Away(KeptRefusals):
    """A store's refusals that cannot be reached, and then can."""

    failure: Exception | None = AWAY

    def add(self, gate: str, refused: Sequence[Refused]) -> None:
        """Keep what is told, unless away."""
        if self.failure is not None:
            raise self.failure
        super().add(gate, refused)


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Away]:
    """Return refusals of a store with many devices that is away."""
    path = tmp_path / "store.sqlite"
    create_store(path).close()
    connections = Connections(path)
    every = [DEVICE, *(replace(DEVICE, device=one) for one in MANY)]
    with connections.transaction() as database:
        database.executemany(
            ADD.replace("%b", "?"),
            [row_of(one, "", "") for one in every],
        )
    yield Away(connections)
    connections.close()


def _asked(made: Installation, *sent: tuple[str, bytes]) -> list[str]:
    """Send messages to a gate that ends then; returns the slugs of its answers."""

    async def play() -> list[str]:
        async with running(made) as application:
            asked = [Request().body(octets) for _, octets in sent]
            for one, (path, _) in zip(asked, sent, strict=True):
                await one.to(application, path)
            return ["" if one.status == HTTPStatus.OK else one.slug for one in asked]

    return asyncio.run(play())


def test_each_reason_is_kept_and_who_was_verified_is_named(made: Installation) -> None:
    """Who signed rightly is named; who speaks in another's name is counted alone."""
    revoked, replays, forger = enrolled(made), enrolled(made), enrolled(made)
    made.store.set_state(made.tenant, revoked.device, DeviceState.REVOKED)
    again = replays.poll()
    forged = forger.poll()
    told = _asked(
        made,
        ("/v1/poll", revoked.poll()),
        ("/v1/poll", revoked.poll()),
        ("/v1/poll", again),
        ("/v1/poll", again),
        ("/v1/poll", forged[:-1] + bytes([forged[-1] ^ 1])),
        ("/v1/poll", Stranger(made.tenant).poll()),
    )
    assert told[:2] == ["revoked", "revoked"]
    assert (told[3], told[5]) == ("replay", "unknown-device")
    kept, now = made.store.refusals, int(time.time())
    counts = Counter[str]()
    for one in kept.hours(made.tenant, 0):  # of one hour, or of two that meet here
        counts[one.reason] += one.count
    assert counts == {"revoked": 2, "replay": 1, told[4]: 1, "unknown-device": 1}
    named = {
        (one.device, one.reason, one.count) for one in kept.devices(made.tenant, 0)
    }
    assert named == {(revoked.device, "revoked", 2), (replays.device, "replay", 1)}
    assert all(now - 60 <= one.last <= now for one in kept.devices(made.tenant, 0))


def test_envelopes_that_are_refused_are_kept_too(made: Installation) -> None:
    """The reason in a receipt counts for the device that shipped."""
    one = enrolled(made)
    octets = one.ship([one.gap()])
    other = one.gap()
    shipment = messages.SHIPMENT.decode(octets)
    octets = messages.SHIPMENT.encode(replace(shipment, envelopes=(other,)))
    _asked(made, ("/v1/shipments", octets))
    (told,) = made.store.refusals.devices(made.tenant, 0)
    assert (told.device, told.reason, told.count) == (one.device, "bad-digest", 1)


def test_a_store_that_is_away_is_told_later(away: Away) -> None:
    """Nothing is lost by one failure, and no minute is told twice."""
    counts, whose = Refusing(away, "west"), (b"t" * 16, b"d" * 16)
    counts.refused(Refusal(Problem.REVOKED, whose), None, 100)
    assert counts.due(100)
    counts.keep(100)
    counts.refused(Refusal(Problem.REVOKED, whose), None, 130)
    assert not counts.due(100 + EVERY_SECONDS - 1)
    away.failure = None
    assert counts.due(100 + EVERY_SECONDS)
    counts.keep(160)
    told = [RefusedDevice(whose[1], "revoked", "west", 2, 130, 130)]
    assert list(away.devices(whose[0], 0)) == told
    counts.keep(999)
    assert list(away.devices(whose[0], 0)) == told
    assert not counts.due(2_000)


def test_why_nothing_is_kept_is_said_once(
    away: Away, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each kind of failure, and again after it was over; nothing is lost."""
    counts, whose = Refusing(away, "west"), (b"t" * 16, MANY[0])
    counts.refused(Refusal(Problem.REVOKED, whose), None, 100)
    secret = RuntimeError(whose)
    for failure in (AWAY, AWAY, secret, secret, None, AWAY):
        away.failure = failure
        counts.refused(Refusal(Problem.REVOKED, whose), None, 100)
        counts.keep(100)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {one["event"] for one in lines} == {"refusals-not-kept"}
    told = [str(AWAY), "RuntimeError", str(AWAY)]
    assert [one["why"] for one in lines] == told
    away.failure = None
    counts.keep(200)
    assert [one.count for one in away.hours(whose[0], 0)] == [7]


def test_a_gate_ends_whole_where_its_counts_fail(
    made: Installation, away: Away, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its threads end, and what nobody foresaw is said."""
    away.failure = RuntimeError()
    made.store.refusals = away
    assert _asked(made, ("/v1/poll", Stranger(made.tenant).poll())) == [
        "unknown-device"
    ]
    assert "committer" not in {one.name for one in threading.enumerate()}
    assert "refusals-not-kept" in capsys.readouterr().err


def test_a_store_that_stays_away_costs_no_more_memory(away: Away) -> None:
    """What waits is bounded too, and no count of it is lost."""
    counts = Refusing(away, "west")
    for turn in range(4):
        for number in range(NAMED):
            whose = b"t" * 16, MANY[turn * NAMED + number]
            counts.refused(Refusal(Problem.GONE, whose), None, 5)
        counts.keep(turn * EVERY_SECONDS)
    away.failure = None
    counts.keep(999)
    assert len(away.devices(b"t" * 16, 0)) == NAMED
    assert [one.count for one in away.hours(b"t" * 16, 0)] == [4 * NAMED]


def test_what_is_counted_apart_is_bounded(away: Away) -> None:
    """Beyond the bound devices lose their names, and no count is lost."""
    away.failure = None
    counts = Refusing(away, "west")
    for number in range(NAMED + 50):
        whose = b"t" * 16, MANY[number]
        counts.refused(Refusal(Problem.GONE, whose), None, 5)
    counts.refused(Refusal(Problem.MALFORMED), None, 6)
    counts.keep(10)
    told = {one.reason: one.count for one in away.hours(b"t" * 16, 0)}
    assert told == {"gone": NAMED + 50, "malformed": 1}
    assert len(away.devices(b"t" * 16, 0)) == NAMED
