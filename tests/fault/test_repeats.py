# SPDX-License-Identifier: Apache-2.0
"""What was said once, or in another's name, or in another order, is not taken.

Rules: some thousand tries of each class here, a million by `make fault`; the store must
be as before, row by row; a store that took one shows that it would be seen.
Not here: what nobody signed (`test_forgery.py`), HTTP (`tests/e2e`).
"""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from server.gate.nonces import Nonces
from server.store.interface import StoredEnvelope, Verdict
from server.store.sqlite import SqliteStore
from tests.repeats import sent
from tests.repeats.__main__ import main
from tests.repeats.sent import SENDS, Scene, Send
from wire.messages import Fate
from wire.purposes import Purpose

TRIES = int(os.environ.get("DISCREET_TRIES", "50000"))
"""Of each class."""
pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(36_000)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Return a collector of two tenants that has stored what one device sent."""
    return sent.begin(tmp_path_factory.mktemp("collector"))


@pytest.mark.parametrize("send", SENDS, ids=lambda send: send.__name__)
def test_none_is_taken(send: Send, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of this class is stored, and the store does not change."""
    arguments = send.__name__, "--tries", str(TRIES), "--workers", "1"
    code, told = main(arguments), capsys.readouterr().out
    assert code == 0, told
    assert [what for what in SENDS[send] if f" {what}" not in told] == []


def test_a_run_goes_on_where_it_was_broken_off(scene: Scene) -> None:
    """A try hangs from its number, and not from those before it."""
    whole = sent.tries(scene, "across_tenants", range(40))
    parts = [range(25), range(25, 40)]
    assert whole == sum(
        (sent.tries(scene, "across_tenants", one) for one in parts), type(whole)()
    )


def test_the_door_is_open(scene: Scene) -> None:
    """The next shipment of the device is stored: none of the tries did it harm."""
    for name in sent.BY_NAME:
        sent.tries(scene, name, range(100))
    device = scene.device
    shipped = device.ship((device.seal(scene.made.key(Purpose.SECURITY)), device.gap()))
    told = scene.knock([(shipped, Nonces(), int(time.time()))])
    assert told == {Fate.STORED.name: 2}


class _Twice(SqliteStore):
    """Takes what it has already under another name."""

    def put(self, envelopes: Sequence[StoredEnvelope], now: int) -> list[Verdict]:
        """Store as if each were of another spool."""
        found = [replace(one, incarnation=bytes(16)) for one in envelopes]
        return super().put(found, now)


def test_what_is_taken_is_told(tmp_path: Path) -> None:
    """A store that takes something again is found by its word and by its rows."""
    honest = sent.begin(tmp_path)
    made = replace(honest.made, store=_Twice(honest.made.layout.store))
    before = honest.rows()
    told = sent.tries(replace(honest, made=made), "doubled", range(5))
    assert set(told) - SENDS[sent.doubled]
    assert honest.rows() != before
    made.store.close()
