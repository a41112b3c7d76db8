# SPDX-License-Identifier: Apache-2.0
"""The keeper as a process: who gets in, what it answers, that there is one."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from keeper_fixture import Machine, running_keeper
from reader_fixture import Site, make_site

from server import __main__ as program
from server.desk.asking import ask
from server.errors import UnreachableError, UsageError
from server.keeper.bounds import CLOCK_BEHIND_SECONDS
from server.keeper.process import opened
from server.keeper.rounds import Round, Rounds, clock
from server.person import user_name

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector."""
    made = make_site(tmp_path_factory.mktemp("keeper") / "collector")
    yield made
    made.store.close()
    made.keyring.close()


@pytest.fixture(scope="module")
def keeper(site: Site) -> Iterator[subprocess.Popen[str]]:
    """Run its keeper."""
    with running_keeper(site) as process:
        yield process


def test_it_tells_its_clock(site: Site, keeper: subprocess.Popen[str]) -> None:
    """The time to delete by is the system's where nobody touched either."""
    assert keeper.poll() is None
    (message,) = ask(site.layout.keeper_socket, {"act": "clock"})
    told = message["end"]
    assert isinstance(told, dict)
    assert told["late"] is False
    late = int(time.time())  # it looks at one clock after the other
    assert site.now - 1 <= told["now"] <= late


def test_an_unknown_act_is_a_usage_error(
    site: Site, keeper: subprocess.Popen[str]
) -> None:
    """What the keeper does not know it says so, and lives on."""
    with pytest.raises(UsageError, match="does not know this act"):
        list(ask(site.layout.keeper_socket, {"act": "destroy-everything"}))
    assert keeper.poll() is None


def test_a_second_keeper_does_not_start(
    site: Site, keeper: subprocess.Popen[str]
) -> None:
    """One keeper holds an installation; others say so and end, once in the ledger."""
    command = (sys.executable, "-I", "-m", "server.keeper", "--directory")
    for _ in range(2):
        done = subprocess.run(
            (*command, str(site.layout.directory)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 7
        assert "another keeper runs" in done.stderr
        assert done.stderr.count("\n") == 1
    assert keeper.poll() is None
    acts = [one for one in site.acts() if one.act.startswith("keeper-")]
    assert [one.act for one in acts].count("keeper-begun") == 1
    (refused,) = [one.body for one in acts if one.act == "keeper-refused"]
    assert refused == {"by": user_name(), "denied": "second"}


def test_the_command_shows_the_clock(
    site: Site, keeper: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A person sees both times and the difference."""
    assert keeper.poll() is None
    directory = str(site.layout.directory)
    assert program.main(["--directory", directory, "keeper", "clock"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["behind", "0", "minutes"]


def test_without_a_keeper_there_is_a_sentence(site: Site) -> None:
    """Who asks a keeper that does not run is told how to start it."""
    absent = site.layout.run / "absent" / "keeper" / "ask.sock"
    with pytest.raises(UnreachableError, match=r"the keeper does not answer: start"):
        list(ask(absent, {"act": "clock"}))


def test_a_late_clock_is_told_once(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line when it begins to be late and one when it is right again."""
    site = make_site(tmp_path_factory.mktemp("late") / "collector")
    machine = Machine(site.now)
    with opened(site.layout, machine.sources) as desk:
        clock.turn(desk, site.now)
        machine.system += CLOCK_BEHIND_SECONDS + 1
        for _ in range(3):
            clock.turn(desk, machine.system)
        desk.clock.believe(machine.system)
        for _ in range(3):
            clock.turn(desk, machine.system)
    acts = [one for one in site.acts() if one.act.startswith("clock-")]
    assert [(one.act, one.body and one.body["seconds"]) for one in acts] == [
        ("clock-behind", CLOCK_BEHIND_SECONDS + 1),
        ("clock-right", 0),
    ]
    assert capsys.readouterr().err.count("keeper:") == 1
    site.store.close()
    site.keyring.close()


def test_a_turn_that_fails_holds_up_no_other(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """What fails is told once, tried again, and the next round has its turn."""
    taken: list[str] = []

    def fail(*_: object) -> None:
        taken.append("ill")
        raise ZeroDivisionError

    ill = Round("ill", 10, fail)
    well = Round("well", 30, lambda *_: taken.append("well"))
    with opened(site.layout) as desk:
        rounds = Rounds(desk, (ill, well))
        for passed in (0, 5, 10, 20, 30):
            rounds.turn(passed)
    assert taken == ["ill", "well", "ill", "ill", "ill", "well"]
    assert capsys.readouterr().err == (
        "keeper: ill: failed unexpectedly (ZeroDivisionError)\n"
    )
