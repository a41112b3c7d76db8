# SPDX-License-Identifier: Apache-2.0
"""A device that leaves says so, and leaves nothing of itself on the machine.

Rules: the program as a person and an uninstaller run it; the collector is the real
gate, or is really away.
Not here: what the gate does with a farewell (`test_gate_shipments.py`).
"""

import shutil
import time
from pathlib import Path

import pytest
from agent_program import call, fails, running, until
from collector_fixture import Collector, enrolled_device, fill, listening
from device_fixture import enrolled
from installation_fixture import Installation, running_gate

from agent import enrolment
from agent.commands.forget import told
from agent.delivery.courier import Courier
from agent.delivery.polling import About, open_session
from agent.delivery.receipts import ship_once
from agent.device import Device
from agent.enrol_file import NAME
from agent.errors import StateError
from agent.host.lock import sole
from agent.identity import load, trusted
from agent.leaving import Left, say_farewell, wipe
from agent.spool.spool import open_spool
from agent.state import State
from server.store.interface import DeviceState
from wire import envelope, messages
from wire.envelope import EnvelopeKind
from wire.signed import SignedKind
from wire.token import format_token

pytestmark = pytest.mark.slow
ABOUT = About("0.1.0", "Debian 12")


def left_over(state: Path) -> list[str]:
    """Return what is in a state directory."""
    return sorted(path.name for path in state.rglob("*"))


def test_what_waits_is_sent_and_the_farewell_is_last(
    tmp_path: Path, installation: Installation
) -> None:
    """`forget` ships the queue, says farewell, and wipes all but the machine's own."""
    collector, state = Collector(installation), tmp_path / "state"
    with listening(collector, tmp_path) as server:
        device = enrolled_device(installation, server, state)
        fill(device, 70)
        device.spool.close()
        (state / "local.toml").write_text("deny = []\n")
        (state / "former-1").mkdir()
        code, output, errors = call("--state", state, "forget", "--yes")
    assert (code, errors) == (0, "")
    assert "told that device" in output
    kinds = [envelope.read(item)[1].kind for item in collector.envelopes]
    assert kinds == [EnvelopeKind.GAP] * 70 + [EnvelopeKind.FAREWELL]
    assert left_over(state) == ["local.toml"]


def test_offline_it_says_so_and_wipes(
    tmp_path: Path, installation: Installation
) -> None:
    """Whoever uninstalls a machine without a network is not kept from it."""
    state = enrolled(tmp_path / "state", installation)
    open_spool(state.spool, int(time.time())).close()
    device = load(state).device.hex()
    code, output, errors = call("--state", state.directory, "forget", "--yes")
    assert (code, errors) == (0, "")
    assert "could not be told" in output
    assert f"discreet-server device revoke {device}" in output
    assert left_over(state.directory) == []


@pytest.mark.parametrize("command", [("forget", "--yes"), ("prepare-image",)])
def test_a_running_agent_is_not_wiped(
    tmp_path: Path, installation: Installation, command: tuple[str, ...]
) -> None:
    """While an agent works in the directory, nothing of it is taken away."""
    state = enrolled(tmp_path / "state", installation)
    before = left_over(state.directory)
    with sole(state.lock):
        assert "stop it" in fails(7, "--state", state.directory, *command)
    assert set(before) <= set(left_over(state.directory))


def test_a_person_is_asked(tmp_path: Path, installation: Installation) -> None:
    """Without a terminal and without --yes nothing is done."""
    state = enrolled(tmp_path / "state", installation)
    assert "--yes" in fails(2, "--state", state.directory, "forget")
    assert load(state)


def test_nothing_to_forget_is_no_error(tmp_path: Path) -> None:
    """An uninstaller of a machine that never enrolled goes on."""
    for path in (tmp_path / "absent", tmp_path):
        code, _, errors = call("--state", path, "forget", "--yes")
        assert (code, errors) == (0, "")


@pytest.mark.parametrize("file", ["identity.cbor", "spool.sqlite"])
def test_what_is_damaged_is_wiped(
    tmp_path: Path, installation: Installation, file: str
) -> None:
    """A broken installation can be left too."""
    state = enrolled(tmp_path / "state", installation)
    (state.directory / file).write_bytes(b"junk" * 2_000)
    code, _, _ = call("--state", state.directory, "forget", "--yes")
    assert (code, left_over(state.directory)) == (0, [])


def test_keys_are_overwritten_where_they_lie(
    tmp_path: Path, installation: Installation
) -> None:
    """Another name of the file of keys holds zeros afterwards."""
    state = enrolled(tmp_path / "state", installation)
    other = tmp_path / "other"
    other.hardlink_to(state.identity)
    size = other.stat().st_size
    assert wipe(state) == []
    assert other.read_bytes() == bytes(size)


def test_what_a_link_leads_to_is_not_overwritten(tmp_path: Path) -> None:
    """Root wipes a directory whose owner put a link there to what is not theirs."""
    state, foreign = State(tmp_path / "state"), tmp_path / "foreign"
    state.directory.mkdir(mode=0o700)
    foreign.write_bytes(b"of somebody else")
    state.identity.symlink_to(foreign)
    (state.directory / NAME).symlink_to(foreign)
    assert wipe(state) == []
    assert foreign.read_bytes() == b"of somebody else"
    assert left_over(state.directory) == []


def test_no_lock_is_made_where_a_link_leads(tmp_path: Path) -> None:
    """Root locks a directory whose owner put a link in the place of the lock."""
    lock, foreign = tmp_path / "agent.lock", tmp_path / "foreign"
    lock.symlink_to(foreign)
    with pytest.raises(StateError), sole(lock):
        pass
    assert not foreign.exists()


def test_a_farewell_whose_answer_was_lost_is_said_once(
    tmp_path: Path, installation: Installation
) -> None:
    """A forget that was killed behind its farewell is told that it is gone already."""
    state = State(tmp_path / "state")
    with running_gate(installation) as gate:
        token = format_token(installation.token(f"https://127.0.0.1:{gate.port}"))
        who = enrolment.enrol(state, token, ABOUT)
        assert say_farewell(state, who, Courier(ABOUT)) == Left(told=True)
        assert say_farewell(state, who, Courier(ABOUT)) == Left(told=True)
    device = installation.store.device(who.tenant, who.device)
    assert device is not None
    assert device.state is DeviceState.GONE


def test_what_was_only_queued_is_sent_again_before_the_farewell(
    tmp_path: Path, installation: Installation
) -> None:
    """No copy is left behind a farewell, so a buffer's word is not enough for it."""
    collector, state = Collector(installation), tmp_path / "state"
    with listening(collector, tmp_path) as server:
        device = enrolled_device(installation, server, state)
        fill(device, 3)
        queued = messages.Result(messages.Fate.RETRY, "queued")
        collector.lies = {SignedKind.RECEIPT: {"results": (queued,) * 3}}
        trust = trusted(device.state, device.who, int(time.time()))
        with open_session(device.who, None) as session:
            ship_once(session, device, trust)
        device.spool.close()
        collector.lies, collector.envelopes = {}, []
        left = say_farewell(State(state), load(State(state)), Courier(ABOUT))
    assert left == Left(told=True)
    assert len(collector.envelopes) == 3 + 1


def test_a_copy_enrols_as_a_device_of_its_own(
    tmp_path: Path, installation: Installation
) -> None:
    """An image has nothing of its machine, and each copy makes keys of its own."""
    state = tmp_path / "state"
    with listening(Collector(installation), tmp_path) as server:
        device = enrolled_device(installation, server, state)
        device.spool.close()
        token = format_token(installation.token(server.url))
        given = tmp_path / "given.toml"
        given.write_text(f'token = "{token}"\n')
        words = "--state", state, "prepare-image", "--enrol-file", given
        code, output, errors = call(*words)
        assert (code, errors) == (0, "")
        assert "each copy enrols" in output
        assert left_over(state) == [NAME]
        devices = {device.who.device}
        for name in ("one", "two"):
            copy = Path(shutil.copytree(state, tmp_path / name))
            with running(copy, "--now") as agent:
                until(agent, "enrolled")
            devices.add(load(State(copy)).device)
    assert len(devices) == 3


def test_an_image_is_not_made_with_a_file_that_serves_nobody(tmp_path: Path) -> None:
    """A wrong enrol.toml is found before anything is wiped."""
    given = tmp_path / "given.toml"
    given.write_text('token = "mistyped"\n')
    words = "--state", tmp_path / "state", "prepare-image", "--enrol-file", given
    assert "enrol.toml" in fails(2, *words)


def test_what_was_never_sent_is_told(
    tmp_path: Path, installation: Installation
) -> None:
    """What ends with the spool is counted, for the collector cannot."""
    state = enrolled(tmp_path / "state", installation)
    who = load(state)
    device = Device(state, who, open_spool(state.spool, int(time.time())))
    fill(device, 3)
    device.spool.close()
    left = say_farewell(state, who, Courier(ABOUT))
    assert (left.told, left.unsent) == (False, 3)
    assert "3 sealed envelopes were never sent, and end here" in told(who, left)
