# SPDX-License-Identifier: Apache-2.0
"""Who copies an agent's disk: the spool stays closed, the device's name does not.

Rules: real programs; the copy is the whole state directory, taken while data waits.
Not here: an identity that a TPM keeps (`tests/packaging/test_machine_credentials.py`).
"""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from collector_process import Collector, collector, run

from agent.identity import load
from agent.state import State
from wire import envelope
from wire.crypto.opening import SEED_BYTES, OpeningKey
from wire.crypto.sealing import key_id
from wire.envelope import EnvelopeKind
from wire.errors import WireError
from wire.unsealing import unseal

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
LARGE = 100_000
"""A file of keys is smaller; envelopes are sealed noise, which is looked at apart."""


@dataclass
class Stolen:
    """A copy of an agent's state, and the collector that it is a device of."""

    state: State
    by: Collector
    device: str


@pytest.fixture(scope="module")
def stolen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stolen]:
    """Enrol, have a full pass wait in the spool, and copy the disk."""
    folder = tmp_path_factory.mktemp("stolen")
    with collector(folder / "collector") as made:
        run("discreet-agent", "enrol", made.token(), state=folder / "agent")
        made.stop()
        run("discreet-agent", "once", state=folder / "agent", fails=True)
        shutil.copytree(folder / "agent", folder / "copy")
        made.start()
        (line,) = [one for one in made.ask("device", "list").splitlines()[1:] if one]
        yield Stolen(State(folder / "copy"), made, line.split()[0])


def waiting(state: State) -> list[bytes]:
    """Return the data envelopes of a spool."""
    with closing(sqlite3.connect(state.spool)) as spool:
        found = [bytes(row[0]) for row in spool.execute("SELECT octets FROM bodies")]
    return [
        octets for octets in found if envelope.read(octets)[1].kind is EnvelopeKind.DATA
    ]


def keys_in(files: Iterable[bytes]) -> Iterator[OpeningKey]:
    """Yield each key that could lie somewhere in files, in clear."""
    for octets in files:
        for place in range(len(octets) - SEED_BYTES + 1):
            try:
                yield OpeningKey(octets[place : place + SEED_BYTES])
            except (WireError, ValueError):
                continue


def test_nothing_on_it_opens_the_spool(stolen: Stolen) -> None:
    """No octets of its files of keys are a key that one of its envelopes needs."""
    who, sealed = load(stolen.state), waiting(stolen.state)
    assert len(sealed) > 5
    wanted = {envelope.read(octets)[1].key_id for octets in sealed}
    for octets in sealed:
        with pytest.raises(WireError):
            unseal(octets, who.sealing, who.signing.public)
    files = [
        path.read_bytes()
        for path in stolen.state.directory.iterdir()
        if path.is_file() and path.stat().st_size < LARGE
    ]
    found = {key_id(key.public) for key in keys_in(files)}
    assert key_id(who.sealing.public) in found  # the search finds what is there
    assert not found & wanted


def test_it_can_say_that_it_is_the_device_until_it_is_revoked(stolen: Stolen) -> None:
    """Without a TPM a copy ships in the device's name; revoked, it is not heard."""
    run("discreet-agent", "once", state=stolen.state.directory)
    stolen.by.ask("device", "revoke", stolen.device)
    done = run("discreet-agent", "once", state=stolen.state.directory, fails=True)
    assert "revoked this device" in done.stderr
