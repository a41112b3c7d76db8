# SPDX-License-Identifier: Apache-2.0
"""The built agent takes releases on a machine that systemd runs, and takes them back.

Rules: a real collector publishes real packages, signed by two of three keys; the
agent's own units look, verify, install by the system's package manager, and go back.
Not here: refusals one by one (`tests/unit/agent/test_updates_trusted.py`), kills at
each step (`tests/fault/test_updates_kills.py`).
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from collector_process import Collector, collector
from machine_fixture import Machine, machine
from machine_room import LEFT, UNIT, deb, running
from package_fixture import built, built_as
from updating_room import (
    OWN,
    STATE,
    Releases,
    bend,
    ended,
    enrolled,
    mute,
    releases,
)

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(1500)]

DEB, RPM = "deb amd64", "rpm x86_64"
FIRST, NEXT, MUTE = "0.1.0", "0.2.0", "0.3.0"
LOOK, INSTALL = "discreet-agent-update", "discreet-agent-install"
ALTERED = "is not the one that its metadata names"
LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
BACK_SECONDS = 300
"""Within which a release that is not heard of is taken back: what the how-to says."""
SYSTEM = """
Name: system
Version: 1
Release: 1
Summary: what an RPM system has
License: none
BuildArch: noarch
Provides: libc.so.6(GLIBC_2.36)(64bit)
Provides: libstdc++.so.6()(64bit)
Provides: systemd /bin/sh /usr/sbin/useradd
%description
What the agent asks of its system, which here is Debian's.
%files
"""


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Collector]:
    """Yield a collector that runs on this machine."""
    with collector(tmp_path / "server", "minimal") as made:
        yield made


@pytest.fixture
def by(outside: Collector, tmp_path: Path) -> Releases:
    """Return who publishes releases there."""
    return releases(outside, tmp_path)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Machine]:
    """Yield a machine on which nothing was installed."""
    with machine(tmp_path, megabytes=900) as made:
        yield made


def version(host: Machine) -> str:
    """Return the version of the agent that runs, which has to be dpkg's too."""
    running(host)
    asked = ("dpkg-query", "-W", "-f${db:Status-Status} ${Version}", "discreet-agent")
    said = host.ask("discreet-agent", "--version").split()[-1]
    assert host.ask(*asked) == f"installed {said}"
    return said


def altered_is_refused(host: Machine, by: Releases) -> None:
    """Alter the next release on its way, then where it waits: nothing is installed."""
    before = bend(by.served(NEXT))
    assert ALTERED in host.shell(f"systemctl start {LOOK}; journalctl -u {LOOK} -n9")
    assert "ready" not in host.ask("ls", f"{STATE}/update")
    by.served(NEXT).write_bytes(before)
    host.ask("systemctl", "stop", f"{INSTALL}.path")
    host.ask("systemctl", "start", LOOK)
    waiting = host.root / f".{STATE}/update/packages/discreet-agent_{NEXT}_amd64.deb"
    bend(waiting)
    host.ask("systemctl", "start", INSTALL)
    refused = f"journalctl -u {INSTALL} | grep -q '{ALTERED}'"
    host.await_("root's installer refuses it", refused)
    assert version(host) == FIRST
    host.ask("systemctl", "start", f"{INSTALL}.path")


def test_an_agent_updates_itself_and_goes_back(
    host: Machine, by: Releases, tmp_path: Path
) -> None:
    """A signed release is taken; a tampered one, and one that is not heard of, is not.

    The one that is not heard of runs, and is taken back by the machine itself.
    """
    first, second = deb(), next(built_as(NEXT, "deb", "rpm").glob("*.deb"))
    enrolled(host, by)
    host.ask("dpkg", "-i", host.put(first))
    host.await_("it enrols", f"test -e {STATE}/identity.cbor")
    assert "not enough keys" in by.add(first, FIRST, DEB, (2,), fails=True)
    by.add(first, FIRST, DEB)
    by.add(second, NEXT, DEB)
    altered_is_refused(host, by)

    identity = host.ask("sha256sum", f"{STATE}/identity.cbor")
    host.ask("systemctl", "start", LOOK)
    ended(host, "updated", NEXT)
    assert version(host) == NEXT
    assert host.ask("sha256sum", f"{STATE}/identity.cbor") == identity
    assert host.ask("ls", f"{OWN}/way-back").split() == [
        f"discreet-agent_{NEXT}_amd64.deb"
    ]

    by.add(mute(second, tmp_path, MUTE), MUTE, DEB)
    host.ask("systemctl", "start", LOOK)
    tried = f"dpkg-query -W discreet-agent | grep -q {MUTE}"
    host.await_("the next one is tried", tried)
    ended(host, "rolled-back", MUTE, BACK_SECONDS)
    assert version(host) == NEXT
    said = host.ask("runuser", "-u", "discreet-agent", "--", "discreet-agent", "update")
    assert "that release was tried here and did not work" in said
    assert f"last: release {MUTE}: it did not work here" in said

    host.ask("dpkg", "--purge", "discreet-agent")
    assert not host.shell(f"{LEFT} true")


@pytest.mark.skipif(LIBRARY is None, reason="install faketime")
def test_expired_metadata_stops_updates_alone(
    host: Machine, by: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository that nobody signs anew is refused in words, and the agent goes on.

    Signed anew it is believed again, without anybody at the machine.
    """
    enrolled(host, by)
    host.ask("dpkg", "-i", host.put(deb()))
    host.await_("it enrols", f"test -e {STATE}/identity.cbor")
    host.ask("systemctl", "stop", f"{INSTALL}.path")
    by.add(deb(), FIRST, DEB)
    by.add(next(built_as(NEXT, "deb", "rpm").glob("*.deb")), NEXT, DEB)
    with monkeypatch.context() as then:
        then.setenv("LD_PRELOAD", str(LIBRARY))
        then.setenv("FAKETIME", "-5d")
        by.collector.ask("release", "timestamp")
    said = host.shell(f"systemctl start {LOOK}; journalctl -u {LOOK} -n9")
    assert "the update repository's metadata has expired" in said
    host.shell(f"test -e {STATE}/update/ready", fails=True)
    assert version(host) == FIRST
    since = host.ask("date", "+%s").strip()
    host.ask("systemctl", "restart", UNIT)
    shipped = f"journalctl -u {UNIT} --since=@{since} | grep -Eq ' (ship|poll) '"
    host.await_("it is answered", shipped)

    by.collector.ask("release", "timestamp")
    host.ask("systemctl", "start", LOOK)
    assert host.ask("cat", f"{STATE}/update/ready").split()[0] == NEXT


def system(folder: Path) -> Path:
    """Return an .rpm that says what an RPM system has: here rpm knows of nothing."""
    spec = folder / "system.spec"
    spec.write_text(SYSTEM)
    define = ("--define", f"_topdir {folder / 'top'}")
    command = ["rpmbuild", "-bb", *define, spec]
    subprocess.run(command, check=True, capture_output=True)
    (made,) = (folder / "top").rglob("*.rpm")
    return made


def rpm_version(host: Machine) -> str:
    """Return the version of the agent that runs, which has to be rpm's too."""
    running(host)
    said = host.ask("discreet-agent", "--version").split()[-1]
    assert (
        host.ask("rpm", "-q", "discreet-agent")
        .strip()
        .startswith(f"discreet-agent-{said}-")
    )
    return said


def test_an_rpm_updates_itself_and_goes_back(
    host: Machine, by: Releases, tmp_path: Path
) -> None:
    """An .rpm is taken back where its agent reaches nobody, and taken where it does.

    What our code cannot do any more, the way back does without any of it.
    """
    first = next(built("agent", "deb", "rpm", "tarball").glob("*.rpm"))
    second = next(built_as(NEXT, "deb", "rpm").glob("*.rpm"))
    host.ask("rpm", "-i", "--justdb", host.put(system(tmp_path)))
    enrolled(host, by)
    host.ask("rpm", "-i", host.put(first))
    host.await_("it enrols", f"test -e {STATE}/identity.cbor")
    by.add(first, FIRST, RPM)
    by.add(second, NEXT, RPM)

    host.ask("systemctl", "stop", f"{INSTALL}.path")
    host.ask("systemctl", "start", LOOK)
    by.collector.stop()
    host.ask("systemctl", "start", INSTALL)
    host.await_("it is tried", f"rpm -q discreet-agent | grep -q {NEXT}")
    ended(host, "rolled-back", NEXT, BACK_SECONDS)
    assert rpm_version(host) == FIRST

    host.ask("rpm", "-U", host.put(second))
    host.ask("systemctl", "stop", INSTALL)
    host.write(f"{OWN}/trial", f"{NEXT} {FIRST} 1 0\n")
    host.ask("systemctl", "start", "discreet-agent-rollback")
    assert rpm_version(host) == FIRST
    host.await_("the installer has heard of it", f"! test -e {OWN}/trial")

    by.collector.start()
    host.shell(f"rm {OWN}/strikes; systemctl start {INSTALL}.path")
    host.ask("systemctl", "start", LOOK)
    ended(host, "updated", NEXT)
    assert rpm_version(host) == NEXT
    assert UNIT in host.ask("rpm", "-ql", "discreet-agent")
