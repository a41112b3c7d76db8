# SPDX-License-Identifier: Apache-2.0
"""The doctor finds what is wrong, says what to do, and shows no secret.

Rules: the program as a person runs it; proxies, portals, clocks and disks are really
so: sockets, certificates and a process that may write nothing.
Not here: what each part itself refuses (`test_transport.py`, `test_settings.py`).
"""

import json
import os
import shutil
import socket
import threading
import time
from argparse import Namespace
from pathlib import Path

import pytest
from agent_program import call, folder_of_all
from collector_fixture import Collector, enrolled_device, listening
from device_fixture import enrolled, move
from installation_fixture import Installation
from tls_fixture import connect_proxy, plain_server

from agent.commands._doctor_finding import Finding, Level, Patient
from agent.commands._doctor_local import look_at_disk
from agent.commands._doctor_service import look_at_helper
from agent.commands.doctor import LOOKS
from agent.enrol_file import NAME
from agent.host.lock import sole
from agent.spool.spool import open_spool
from agent.state import State
from wire.crypto.certificates import make_authority, make_server
from wire.token import format_token

pytestmark = pytest.mark.slow
Found = dict[str, dict[str, str]]
SECRET = "hunter2"


def device(
    tmp_path: Path, installation: Installation, url: str = "https://127.0.0.1:1"
) -> Path:
    """Return the state directory of an enrolled device."""
    state = enrolled(tmp_path / "state", installation)
    open_spool(state.spool, int(time.time())).close()
    move(state, url)
    return state.directory


def looked(state: Path, *more: str | Path, code: int = 1, wrapper: str = "") -> Found:
    """Return what the doctor found, the worst of each check."""
    words = "--state", state, *more, "doctor", "--json"
    ended, output, errors = call(*words, wrapper=wrapper)
    assert (ended, errors) == (code, "")
    order = ["ok", "skip", "warn", "fail"]
    findings = sorted(json.loads(output), key=lambda one: order.index(one["level"]))
    return {one["check"]: one for one in findings}


def levels(found: Found) -> dict[str, str]:
    """Return how well each check is."""
    return {check: one["level"] for check, one in found.items()}


def test_a_healthy_device_is_well(tmp_path: Path, installation: Installation) -> None:
    """Where all is as it should be nothing fails, and each look has a line."""
    collector = Collector(installation)
    with listening(collector, tmp_path) as server:
        held = enrolled_device(installation, server, tmp_path / "state")
        held.spool.close()
        with sole(held.state.lock):
            found = looked(tmp_path / "state", code=0)
    good = ("rights", "disk", "enrolment", "spool", "proxy", "network", "tls")
    assert {levels(found)[check] for check in (*good, "collector", "time")} == {"ok"}
    assert len(found) >= len(LOOKS)
    assert collector.heard[1:] == []  # but for the enrolment nothing was said


def test_an_intercepting_proxy_is_named(
    tmp_path: Path, installation: Installation
) -> None:
    """Who opens TLS is named by its certificate, with the bypass to ask for."""
    now = int(time.time())
    box = make_authority("Example Inspection CA", now)
    collector = Collector(installation, tls=make_server(box, ["127.0.0.1"], now))
    with listening(collector, tmp_path) as server:
        found = looked(device(tmp_path, installation, server.url))
    assert found["tls"]["level"] == "fail"
    assert "issued by 'Example Inspection CA'" in found["tls"]["told"]
    assert f"127.0.0.1:{server.port} through" in found["tls"]["advice"]
    assert levels(found)["collector"] == levels(found)["time"] == "skip"


def test_a_captive_portal_is_told(tmp_path: Path, installation: Installation) -> None:
    """Where a portal answers in place of TLS, somebody has to sign in."""

    def portal(connection: socket.socket) -> None:
        connection.recv(1_024)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n")

    with plain_server(portal) as port:
        found = looked(device(tmp_path, installation, f"https://127.0.0.1:{port}"))
    assert found["tls"]["level"] == "fail"
    assert "sign in to the network" in found["tls"]["told"]


def test_a_portal_behind_the_proxy_is_told(
    tmp_path: Path, installation: Installation
) -> None:
    """A proxy that leads elsewhere is a portal too, and no secret of it is shown."""

    def portal(connection: socket.socket) -> None:
        connection.recv(1_024)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n")

    settings = tmp_path / "agent.toml"
    with plain_server(portal) as port:
        settings.write_text(f'proxy = "http://ada:{SECRET}@127.0.0.1:{port}"\n')
        settings.chmod(0o644)
        found = looked(device(tmp_path, installation), "--config", settings)
    assert "sign in" in found["network"]["told"]
    assert found["settings"]["level"] == "warn"
    assert "chmod 640" in found["settings"]["advice"]
    assert SECRET not in json.dumps(found)


def test_a_closed_port_is_told(tmp_path: Path, installation: Installation) -> None:
    """Where nobody listens the way ends at the network, and is told to where."""
    found = looked(device(tmp_path, installation))
    assert "nothing listens" in found["network"]["told"]
    assert "127.0.0.1:1" in found["network"]["advice"]
    assert levels(found)["tls"] == "skip"


def test_a_proxy_in_between_is_shown(
    tmp_path: Path, installation: Installation
) -> None:
    """Through a proxy that lets TLS through all is well, and it is named."""
    collector = Collector(installation)
    with listening(collector, tmp_path) as server, connect_proxy() as (port, _):
        state = device(tmp_path, installation, server.url)
        settings = tmp_path / "agent.toml"
        settings.write_text(f'proxy = "http://127.0.0.1:{port}"\n')
        found = looked(state, "--config", settings, code=0)
    assert f"127.0.0.1:{port}" in found["proxy"]["told"]
    assert levels(found)["tls"] == "ok"


def test_a_wrong_clock_is_told(tmp_path: Path, installation: Installation) -> None:
    """A clock that is hours off is told with its direction; the agent goes on."""
    with listening(Collector(installation, drift=3 * 3_600 + 60), tmp_path) as server:
        found = looked(device(tmp_path, installation, server.url), code=0)
    assert found["time"]["level"] == "warn"
    assert "3 hours behind the collector's" in found["time"]["told"]


def test_the_disk_is_tried_without_following_a_link(tmp_path: Path) -> None:
    """Root looks into a directory whose owner may put a link there."""
    state, foreign = State(tmp_path / "state"), tmp_path / "foreign"
    state.directory.mkdir(mode=0o700)
    foreign.write_bytes(b"of somebody else")
    (state.directory / "doctor.new").symlink_to(foreign)
    patient = Patient(Namespace(), state=state)
    assert [one.level for one in look_at_disk(patient)] != [Level.FAIL]
    assert foreign.read_bytes() == b"of somebody else"
    assert [path.name for path in state.directory.iterdir()] == ["doctor.new"]


def test_a_full_disk_is_told(tmp_path: Path, installation: Installation) -> None:
    """A disk that takes nothing is found by writing, and nothing stays of that."""
    state = device(tmp_path, installation)
    found = looked(state, wrapper='ulimit -f 0; exec "$@"')
    assert found["disk"]["level"] == "fail"
    assert "quota, a limit" in found["disk"]["advice"]
    assert not list(state.glob("doctor*"))


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"),
    reason="only root mounts a disk, and not without unshare",
)
def test_a_read_only_disk_is_told(tmp_path: Path, installation: Installation) -> None:
    """A disk that is there to be read alone is mounted for writing, and not emptied."""
    state = device(tmp_path, installation)
    alone = f"mount --bind {state} {state}; mount -o remount,bind,ro {state}"
    mounted = f'unshare --mount sh -c \'{alone}; exec "$@"\' sh "$@"'
    found = looked(state, wrapper=mounted)
    assert (found["rights"]["level"], found["disk"]["level"]) == ("ok", "fail")
    assert found["disk"]["advice"] == "have the disk mounted for writing"
    _, _, errors = call("--state", state, "once", wrapper=mounted)
    assert "mounted for writing" in errors


def test_a_policy_that_cannot_be_read_is_told(
    tmp_path: Path, installation: Installation
) -> None:
    """A damaged bundle, or a local file that is wrong, stops collection and is said."""
    state = device(tmp_path, installation)
    (state / "local.toml").write_text('deny = ["purpose:secret"]\n')
    found = looked(state)
    assert "local.toml is corrected" in found["policy"]["told"]
    (state / "local.toml").unlink()
    (state / "bundle.cbor").write_bytes(b"junk")
    assert looked(state)["policy"]["level"] == "fail"


def test_settings_that_are_wrong_are_a_finding(
    tmp_path: Path, installation: Installation
) -> None:
    """What keeps every other command from beginning is told by this one."""
    settings = tmp_path / "agent.toml"
    settings.write_text(f'prox = "{SECRET}"\n')
    found = looked(device(tmp_path, installation), "--config", settings)
    assert "did you mean proxy?" in found["settings"]["told"]
    assert levels(found)["enrolment"] == "ok"
    assert SECRET not in json.dumps(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_a_state_of_another_user_is_told(installation: Installation) -> None:
    """Who may not look into the state directory is told as whom to run it."""
    with folder_of_all() as folder:
        state = device(folder, installation)
        code, output, _ = call("--state", state, "doctor", nobody=True)
    assert code == 1
    assert "run it as root or as the agent's own user" in output


def test_before_enrolment_the_way_is_looked_at(
    tmp_path: Path, installation: Installation
) -> None:
    """With an enrol.toml the whole way is looked at, and the token is not used."""
    collector = Collector(installation)
    state = State(tmp_path / "state")
    state.directory.mkdir(mode=0o700)
    with listening(collector, tmp_path) as server:
        token = format_token(installation.token(server.url))
        (state.directory / NAME).write_text(f'token = "{token}"\n')
        found = looked(state.directory, code=0)
    assert levels(found)["collector"] == levels(found)["tls"] == "ok"
    assert found["enrolment"]["level"] == "warn"
    assert collector.heard == []
    assert token not in json.dumps(found)


def test_before_enrolment_it_says_what_is_missing(tmp_path: Path) -> None:
    """A bare machine is told to enrol; what cannot be looked at is said to be so."""
    found = looked(tmp_path)
    assert "discreet-agent enrol" in found["enrolment"]["advice"]
    assert {one["level"] for one in found.values() if one["check"] == "tls"} == {"skip"}


def test_a_line_is_for_a_person(tmp_path: Path) -> None:
    """Each line has how well it is, what was looked at, and what to do."""
    _, output, _ = call("--state", tmp_path, "doctor")
    assert "fail  enrolment    this machine is not enrolled: run discreet" in output


def test_the_helper_is_asked_whether_it_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reads for root is asked whether it answers, and for no fact."""
    place = tmp_path / "root"
    monkeypatch.setenv("DISCREET_AGENT_ROOT", str(place))
    asked: list[bytes] = []

    def refuse(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            asked.append(connection.recv(1_024))
            connection.sendall(b"no denied not-a-column-of-this-verb")

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen()
        thread = threading.Thread(target=refuse, args=(listener,))
        thread.start()
        found = helper()
        thread.join()
    assert asked == [b"read-dmi none\n"]
    assert found.level is Level.OK
    assert helper().level is Level.WARN  # nobody listens any more


def helper() -> Finding:
    """Return what is found of the helper."""
    (found,) = look_at_helper(Patient(Namespace()))
    return found
