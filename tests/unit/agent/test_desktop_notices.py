# SPDX-License-Identifier: Apache-2.0
"""Notices to who sits at the machine: in words, as that person, and never in the way.

Rules: real programs; a real session bus, with a desktop's own interface behind it,
where their packages are here.
Not here: when a notice is given (`test_orders_running.py`), what waits in a session
(`test_session_notices.py`), Windows (`tests/wine`).
"""

import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.catalogue import declared
from agent.errors import HostError
from agent.host.interface import Program
from agent.host.notice import Notice, Said
from agent.orders.notices import notice, show
from agent.words import LANGUAGES
from tests.desktop_room import HAS_DESKTOP, desktop
from tests.host_fixture import recorded_host
from tests.vectors import order_world
from wire.orders import Given

if sys.platform == "win32":
    pytest.skip("a session bus", allow_module_level=True)

from agent.diagnostics import source
from agent.host.at_screen import SignedIn
from agent.host.notify import tell
from agent.host.terminals import any_reached

NOBODY = 65_534
ORDER = "5f" * 16
SHORT = Notice({"en": Said("T", "t")})
PARAMETERS = Given("around", "1763950400"), Given("log", "system")
PATIENCE = 20.0


@pytest.fixture
def runtime() -> Iterator[Path]:
    """Return a place for people's own folders that others may pass."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def _bus(runtime: Path, user: int) -> socket.socket:
    """Make what looks like the socket of a user's session bus."""
    folder = runtime / str(user)
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(folder / "bus"))
    os.chown(folder / "bus", user, -1)
    return made


def _program(runtime: Path, script: str) -> str:
    place = runtime / "program"
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)
    return str(place)


def test_a_notice_says_who_why_for_what_and_what_comes_back() -> None:
    """In words; with the command where an answer is wanted; no column's value."""
    request = order_world.request(diagnostic="log_slice", parameters=PARAMETERS)
    asks = notice(request, declared().datasets["log_slice"], asks=True)
    assert asks.asks == request.id.hex()
    assert asks.of("") == asks.of("en_GB") == asks.of("fr")
    assert asks.of("en_GB") == Said(
        "Discreet: a technician asks",
        "ana (ticket T-1042) wants to know: What one log says around a moment. "
        "With: around 2025-11-24 02:13:20 UTC, log system. "
        "Why: the printer's portal does not open - What comes back: "
        f"{request.rows} rows at most, redacted and sealed, of log_slice. To allow it: "
        f"discreet-agent diagnostics approve {request.id.hex()[:8]} (or deny). Without "
        "a yes within 5 minutes it does not run.",
    )
    told = notice(request, declared().datasets["log_slice"], asks=False)
    assert told.asks == ""
    assert told.of("en").title == "Discreet: a technician looks"
    assert "It is read once, now." in told.of("en").text


def test_a_german_session_is_told_in_german() -> None:
    """All of it but what a technician wrote and what has to be typed."""
    request = order_world.request(diagnostic="log_slice", parameters=PARAMETERS)
    asks = notice(request, declared().datasets["log_slice"], asks=True)
    assert asks.of("de_AT.UTF-8") == Said(
        "Discreet: Ein Techniker bittet um etwas",
        "ana (Ticket T-1042) möchte wissen: Was ein Log um einen Zeitpunkt herum sagt. "
        "Mit: around 2025-11-24 02:13:20 UTC, log system. Warum: the printer's portal "
        f"does not open - Was zurückkommt: höchstens {request.rows} Zeilen, geschwärzt "
        "und versiegelt, aus log_slice. Erlauben: discreet-agent diagnostics approve "
        f"{request.id.hex()[:8]} (oder deny). Ohne ein Ja in 5 Minuten läuft es nicht.",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_technician_wrote_puts_nothing_into_a_text(language: str) -> None:
    """Braces, markup and a text that asks for more stand there as they were signed."""
    hostile = "{approve} <b>{0}</b> {who.__class__}"
    request = order_world.request(
        diagnostic="log_slice", reason=hostile, ticket=hostile, asked_by=hostile
    )
    told = notice(request, declared().datasets["log_slice"], asks=True)
    assert told.of(language).text.count(hostile) == 3


def test_terminals_are_told_where_no_desktop_is(tmp_path: Path) -> None:
    """Without a program for that either, nobody is told, and that is all."""
    host = recorded_host(source("disk_state").examples[0].example, tmp_path)
    given = Notice({"en": Said("Title", "Text")}, ORDER)
    assert not show(host, given)
    heard: list[Notice] = []

    def desktop(notice: Notice) -> bool:
        heard.append(notice)
        return True

    assert show(host, given, desktop)
    assert heard == [given]
    with pytest.raises(HostError):
        host.run(Program.WALL, "Text")


def test_a_text_that_comes_to_no_terminal_is_told_to_nobody(tmp_path: Path) -> None:
    """That `wall` ends well is not enough: it does so where it reaches nobody."""
    (tmp_path / "pts").mkdir()
    terminal = tmp_path / "pts" / "0"
    terminal.touch()
    assert any_reached(["", "tty9", "pts/0"], tmp_path)
    assert not any_reached(["", "tty9"], tmp_path)
    example = source("disk_state").examples[0].example
    ends_well = replace(example, programs={"wall": b""})
    host = recorded_host(ends_well, tmp_path / "machine")
    given = Notice({"en": Said("Title", "Text")})
    assert not show(host, given, reached=lambda: any_reached([], tmp_path))
    assert show(host, given, reached=lambda: any_reached(["pts/0"], tmp_path))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else")
def test_it_runs_as_that_person_and_with_nothing_of_the_agents(runtime: Path) -> None:
    """Another user, one group, no other variable, no right, no open file."""
    script = (
        'cd "$XDG_RUNTIME_DIR"; { id -u; id -G; env | cut -d= -f1 | sort | xargs;'
        " grep CapEff /proc/self/status | cut -f2; ls /proc/self/fd | wc -l; } >told"
    )
    with _bus(runtime, NOBODY):
        people = [SignedIn(NOBODY, graphical=True), SignedIn(1, graphical=False)]
        program = _program(runtime, script)
        assert tell(SHORT, people=people, program=program, runtime=runtime)
    told = (runtime / str(NOBODY) / "told").read_text().splitlines()
    assert told[:2] == [str(NOBODY), str(NOBODY)]
    variables = set(told[2].split()) - {"PWD", "OLDPWD", "SHLVL", "_"}
    assert variables == {
        *("DBUS_SESSION_BUS_ADDRESS", "LC_ALL", "PATH", "XDG_RUNTIME_DIR"),
    }
    assert int(told[3], 16) == 0
    assert int(told[4]) <= 4


@pytest.mark.slow
def test_a_desktop_that_hangs_is_left_within_seconds(runtime: Path) -> None:
    """However many hang, and whatever they started: nobody was told; work goes on."""
    user = os.geteuid()
    people = [SignedIn(user, graphical=True)] * 5
    program = _program(runtime, "sleep 600 & sleep 600")
    began = time.monotonic()
    with _bus(runtime, user):
        assert not tell(SHORT, people=people, program=program, runtime=runtime)
    assert time.monotonic() - began < PATIENCE


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$", "head -c 9000 /dev/zero"])
def test_a_program_that_fails_has_told_nobody(runtime: Path, script: str) -> None:
    """An exit code, a signal or a flood are no notice, and no error."""
    user = os.geteuid()
    people = [SignedIn(user, graphical=True)]
    program = _program(runtime, script)
    with _bus(runtime, user):
        assert not tell(SHORT, people=people, program=program, runtime=runtime)


def test_a_bus_of_somebody_else_is_none(runtime: Path) -> None:
    """A file, nothing, or a socket of another user in that place is not spoken to."""
    user = os.geteuid()
    people = [SignedIn(user, graphical=True), SignedIn(user + 1, graphical=True)]
    program = _program(runtime, f"touch {runtime}/ran")
    (runtime / str(user)).mkdir()
    (runtime / str(user) / "bus").write_text("no socket")
    assert not tell(SHORT, people=people, program=program, runtime=runtime)
    assert not tell(SHORT, people=people, program="/none", runtime=runtime / "none")
    assert not (runtime / "ran").exists()


@pytest.mark.slow
@HAS_DESKTOP
def test_a_real_desktop_shows_it_inert(runtime: Path) -> None:
    """The text arrives over the session's bus, and nothing of it is markup there."""
    user, hostile = os.geteuid(), "<b>ana</b> & 'co' --help"
    with desktop(runtime / str(user)) as shown:
        told = tell(
            Notice({"en": Said("Discreet: a technician asks", hostile)}, ORDER),
            people=[SignedIn(user, graphical=True)],
            runtime=runtime,
        )
        assert told
        assert shown() == {
            "application": "Discreet",
            "title": "Discreet: a technician asks",
            "text": "&lt;b&gt;ana&lt;/b&gt; &amp; 'co' --help",
            "urgency": 2,
            "acts": [],
            "replaces": 0,
        }
