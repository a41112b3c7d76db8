# SPDX-License-Identifier: Apache-2.0
"""What kills its pass twice is not read any more, and everybody is told.

Rules: real passes in real children that are really killed, over a machine one of whose
files kills whoever reads it.
Not here: how a killed child ends for its parent (`test_child.py`).
"""

import io
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from canary_machine import canary_machine
from deadly_host import DeadlyHost
from device_fixture import opened
from installation_fixture import Installation

from agent.__main__ import main
from agent.budget import STRUCK_AGAIN_SECONDS, STRUCK_SECONDS
from agent.commands.run import stop_on_signals
from agent.errors import AgentError
from agent.fared import recall
from agent.governor.blame import is_kill, is_kill_of
from agent.governor.intents import Intent, Intents, Watch
from agent.governor.strikes import Strike, killed, strike, strikes, struck_out
from agent.host.boot import boot_id
from agent.host.ended import Ended
from agent.host.interface import READ_LIMIT
from agent.known import known_of
from agent.passes import KilledError, Ran, pass_in_child
from agent.schedule import EVERYTHING
from agent.state import State
from agent.stop import Stopped
from wire.release import __version__

NOW = 1_763_950_000


@pytest.fixture
def host(tmp_path: Path) -> DeadlyHost:
    """Return a machine whose list of packages kills."""
    return DeadlyHost(canary_machine(tmp_path / "machine").host())


def once(state: State, host: DeadlyHost, later: int = 0) -> Ran:
    """Run a pass over everything that is planned."""
    return pass_in_child(state, int(time.time()) + later, over=EVERYTHING, host=host)


def fared(ran: Ran) -> dict[str, tuple[str, str]]:
    """Return outcome and reason of each dataset."""
    return {one.collector: (one.outcome, one.reason) for one in ran.report.outcomes}


@pytest.mark.slow
def test_a_reader_that_kills_its_pass_twice_is_struck_out(
    state: State, host: DeadlyHost, installation: Installation
) -> None:
    """The third pass leaves it out, reads all else, and the collector is told."""
    for _ in range(2):
        with pytest.raises(KilledError) as caught:
            once(state, host)
        assert caught.value.dataset == "software"
        assert caught.value.spent > 0
    ran = once(state, host)
    assert fared(ran)["software"] == ("struck-out", "killed-the-agent")
    assert fared(ran)["network_interfaces"][0] == "ok"
    told = {
        (name, outcome, reason)
        for found in opened(state, installation)
        if found.table.dataset == "agent_health"
        for name, outcome, reason in zip(
            *(found.columns[name] for name in ("collector", "outcome", "reason")),
            strict=True,
        )
    }
    assert ("software", "struck-out", "killed-the-agent") in told


@pytest.mark.slow
def test_status_names_what_is_struck_out(state: State, host: DeadlyHost) -> None:
    """After one kill `status` shows the failure; after two it asks for a person."""
    with pytest.raises(KilledError):
        once(state, host)
    shown = {one.collector: one.reason for one in recall(state)}
    assert shown["software"] == "killed-the-agent"
    with pytest.raises(KilledError):
        once(state, host)
    output = io.StringIO()
    with redirect_stdout(output):
        code = main(["--state", str(state.directory), "status", "--json"])
    told = json.loads(output.getvalue())
    assert (code, told["struck_out"]) == (1, "software")
    assert told["attention"].startswith("software: not read for now")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_service_manager_that_ends_the_child_strikes_nobody(
    state: State, host: DeadlyHost, number: int
) -> None:
    """A signal that asks to end is somebody's wish, however often it comes."""
    host.signal = number
    before = signal.signal(number, signal.SIG_DFL)  # who runs tests may ignore it
    try:
        for _ in range(3):
            with pytest.raises(AgentError):
                once(state, host)
    finally:
        signal.signal(number, before)
    assert strikes(state.strikes) == {}
    assert Intents(state.intent, "").left() is None


@dataclass
class EndingHost(DeadlyHost):
    """A machine that is told to end its agent while one of its files is read."""

    def read(self, path: str, limit: int = READ_LIMIT) -> bytes:
        """Have the agent ended, and keep its pass waiting."""
        if path == self.file:
            os.kill(os.getppid(), signal.SIGTERM)
            signal.pause()
        return super().read(path, limit)


@pytest.mark.slow
def test_an_agent_that_is_ended_in_mid_pass_strikes_nobody(
    state: State, host: DeadlyHost
) -> None:
    """On SIGTERM the agent kills its pass itself, and blames no reader for it."""
    ending = EndingHost(host.inner)
    with stop_on_signals() as stop, pytest.raises(Stopped), stop.at_once():
        once(state, ending)
    assert Intents(state.intent, boot_id()).left() is None
    host.file = "/nowhere"
    assert fared(once(state, host))["software"][0] == "ok"
    assert strikes(state.strikes) == {}


DIES = """
import os, signal, sys
from agent.governor.intents import Intents, Watch
from agent.host.boot import boot_id
from pathlib import Path
boot = boot_id() if sys.argv[2] == "here" else sys.argv[2]
with Watch(frozenset(), Intents(Path(sys.argv[1]), boot)).over("software"):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("boot", "kills"), [("here", 1), ("another", 0)])
def test_an_agent_that_died_with_its_pass(
    state: State, host: DeadlyHost, boot: str, kills: int
) -> None:
    """Found after the fact it is a kill; after a power cut it is none."""
    subprocess.run([sys.executable, "-c", DIES, state.intent, boot], check=False)
    host.file = "/nowhere"
    once(state, host)
    found = strikes(state.strikes).get("software", Strike(0, 0, ""))
    assert found.kills == kills
    assert Intents(state.intent, "").left() is None


def test_an_intent_is_whole_after_a_kill(tmp_path: Path) -> None:
    """A process that is killed in mid-reading leaves what it was reading."""
    path = tmp_path / "intent"
    subprocess.run([sys.executable, "-c", DIES, path, "b1"], check=False)
    assert Intents(path, "").left() == Intent("software", "b1")


def test_an_intent_needs_no_room_once_it_has_it(tmp_path: Path) -> None:
    """The file has one size for ever, whatever is written down."""
    intents = Intents(tmp_path / "intent", boot_id())
    sizes = set()
    for name in ("logins", "security_products"):
        with Watch(frozenset(), intents).over(name):
            sizes.add((tmp_path / "intent").stat().st_size)
            assert intents.left() == Intent(name, boot_id())
        sizes.add((tmp_path / "intent").stat().st_size)
    assert sizes == {128}
    assert intents.left() is None


def test_what_is_read_beside_another_leaves_its_intent(tmp_path: Path) -> None:
    """What was read before is to blame again once the one beside it has been read."""
    intents = Intents(tmp_path / "intent", "")
    watch = Watch(frozenset(), intents)
    with watch.over("event_logs"):
        with watch.over("user_accounts"):
            assert intents.left() == Intent("user_accounts", "")
        assert intents.left() == Intent("event_logs", "")
    assert intents.left() is None


def test_a_state_directory_that_cannot_be_written_costs_no_pass(tmp_path: Path) -> None:
    """Without a place for the intent a dataset is read all the same."""
    with Watch(frozenset(), Intents(tmp_path / "gone" / "intent", "")).over("logins"):
        read = True
    assert read


@pytest.mark.parametrize(
    ("report", "number", "kill"),
    [
        (b"", signal.SIGKILL, True),
        (b"", signal.SIGSEGV, True),
        (b"", 0, True),
        (b"", signal.SIGTERM, False),
        (b"report", 0, False),
    ],
)
def test_what_is_a_kill(report: bytes, number: int, *, kill: bool) -> None:
    """A fault and the system's own kill are; a wish and an answer are not."""
    ended = Ended(report, timed_out=False, signal=number, seconds=0, memory=0)
    assert is_kill(ended) is kill


def test_where_the_start_is_unknown_nobody_is_blamed() -> None:
    """What cannot be told from a power cut is taken for one."""
    assert not is_kill_of(Intent("software", ""), "")
    assert not is_kill_of(Intent("software", "b1"), "b2")
    assert is_kill_of(Intent("software", "b1"), "b1")


def test_a_day_then_one_try_then_a_week(tmp_path: Path) -> None:
    """Two kills put a dataset out for a day, each further one for a week."""
    path = tmp_path / "strikes.cbor"
    strike(path, "software", NOW, "1.0.0")
    assert struck_out(path, NOW, "1.0.0") == ()
    strike(path, "software", NOW + 900, "1.0.0")
    day = NOW + 900 + STRUCK_SECONDS
    assert struck_out(path, day - 1, "1.0.0") == ("software",)
    assert struck_out(path, day, "1.0.0") == ()
    strike(path, "software", day, "1.0.0")
    week = day + STRUCK_AGAIN_SECONDS
    assert struck_out(path, week - 1, "1.0.0") == ("software",)
    assert struck_out(path, week, "1.0.0") == ()


def test_another_release_forgives(tmp_path: Path) -> None:
    """What one release could not read, the next one tries, with two kills to go."""
    path = tmp_path / "strikes.cbor"
    for _ in range(2):
        strike(path, "software", NOW, "1.0.0")
    assert struck_out(path, NOW, "1.0.1") == ()
    assert strike(path, "software", NOW, "1.0.1") == Strike(1, NOW, "1.0.1")


def test_quiet_weeks_forgive() -> None:
    """A kill that nothing followed is the machine's own doing after a while."""
    once_killed = killed(None, NOW, "1.0.0")
    assert killed(once_killed, NOW + STRUCK_AGAIN_SECONDS, "1.0.0").kills == 2
    late = NOW + STRUCK_AGAIN_SECONDS + 1
    assert killed(once_killed, late, "1.0.0") == Strike(1, late, "1.0.0")


def test_a_clock_that_was_ahead_puts_nothing_out() -> None:
    """A kill that is years to come does not keep a dataset from being read."""
    assert not Strike(2, NOW + 10 * STRUCK_AGAIN_SECONDS, "1.0.0").is_out(NOW, "1.0.0")


@pytest.mark.parametrize(
    "octets", [b"", b"junk", b"\xa1\x61\x78\x81\x01", b"\xa1\x61\x78\x61\x79", b"\x80"]
)
def test_damaged_strikes_are_none(tmp_path: Path, octets: bytes) -> None:
    """A file of another form forgives, and the next kill is written down."""
    path = tmp_path / "strikes.cbor"
    path.write_bytes(octets)
    assert strikes(path) == {}
    strike(path, "software", NOW, "1.0.0")
    assert strikes(path) == {"software": Strike(1, NOW, "1.0.0")}


def test_strikes_outlive_the_spool(state: State) -> None:
    """What is known of kills is not lost with a spool that is set aside."""
    for _ in range(2):
        strike(state.strikes, "software", NOW, __version__)
    state.spool.write_bytes(b"junk")
    assert struck_out(state.strikes, NOW, __version__) == ("software",)


def test_texts_are_withheld_where_names_cannot_be_learned(host: DeadlyHost) -> None:
    """Without the accounts, which are struck out, no text can be called clean."""
    whole, _ = known_of(host, NOW)
    lacking, outcomes = known_of(host, NOW, Watch(frozenset({"user_accounts"})))
    assert (whole.whole, lacking.whole) == (True, False)
    assert outcomes[0].outcome == "struck-out"
