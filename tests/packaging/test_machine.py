# SPDX-License-Identifier: Apache-2.0
"""The built agent on a machine that systemd runs: from installation to no trace.

Rules: the real package, its real scripts and units, a real systemd, and a collector
outside, to which it ships.
Not here: what the unit forbids itself, what is in a package (`test_deb.py`).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from collector_process import Collector, collector
from machine_fixture import Machine, machine
from machine_room import LEFT, NOW, UNIT, deb, newer, preseed, running
from package_fixture import built

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Yield a collector that runs on this machine."""
    with collector(tmp_path_factory.mktemp("outside") / "server") as made:
        yield made


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Machine]:
    """Yield a machine on which nothing was installed."""
    with machine(tmp_path) as made:
        yield made


def test_an_agent_lives_and_leaves(
    host: Machine, outside: Collector, tmp_path: Path
) -> None:
    """It enrols by itself, ships, outlives kills and upgrades; purge leaves nothing."""
    preseed(host, outside)
    package = deb()
    host.ask("dpkg", "-i", host.put(package))
    assert host.ask("systemctl", "is-enabled", UNIT).strip() == "enabled"
    running(host)
    state = "/var/lib/discreet-agent"
    host.await_("it enrols", f"test -e {state}/identity.cbor")
    host.await_(
        "it leaves no token",
        f"! ls {state}/enrol.toml /etc/discreet-agent/enrol.toml 2>/dev/null",
    )
    assert " active " in outside.ask("device", "list")

    drop_in = f"/etc/systemd/system/{UNIT}.d/now.conf"
    host.write(drop_in, NOW.format(watchdog="8min"))
    host.shell(f"systemctl daemon-reload && systemctl restart {UNIT}")
    host.await_("it ships", f"journalctl -u {UNIT} | grep -Eq 'ship .*sent=[1-9]'")
    asked = ("query", "--purpose", "administration", "--reason", "a test")
    assert "Debian" in outside.ask(*asked, "SELECT * FROM operating_systems")

    killed = running(host)
    host.ask("kill", "-KILL", str(killed))
    again = f'[ "$(systemctl show {UNIT} -p NRestarts --value)" = {{}} ]'
    host.await_("a killed one is started again", again.format(1))
    host.write(drop_in, NOW.format(watchdog="10s"))
    host.shell(f"systemctl daemon-reload && systemctl restart {UNIT}")
    host.ask("kill", "-STOP", str(running(host)))
    host.await_("a hung one is started again", again.format(1))
    assert "watchdog" in host.journal()
    host.write(drop_in, NOW.format(watchdog="8min"))
    host.shell(f"systemctl daemon-reload && systemctl restart {UNIT}")

    before = running(host)
    host.ask("systemctl", "reload", UNIT)
    assert running(host) == before

    identity = host.ask("sha256sum", f"{state}/identity.cbor")
    host.ask("dpkg", "-i", host.put(newer(package, tmp_path)))
    assert running(host) != before
    assert host.ask("sha256sum", f"{state}/identity.cbor") == identity

    host.ask("dpkg", "--purge", "discreet-agent")
    assert not host.shell(f"{LEFT} true")
    assert " active " not in outside.ask("device", "list")


def test_a_broken_installation_is_mended(host: Machine) -> None:
    """Whatever is missing or half done, installing over it mends the service."""
    package = host.put(deb())
    host.ask("dpkg", "-i", package)
    host.shell(
        f"systemctl kill -s KILL {UNIT}; rm -rf /usr/lib/discreet-agent/lib"
        " /usr/lib/systemd/system/discreet-agent* /usr/bin/discreet-agent"
        " /usr/lib/discreet-agent/maintain; userdel discreet-agent;"
        " sed -i '/^Package: discreet-agent$/,/^$/s/^Status: .*/Status: install"
        " reinstreq half-installed/' /var/lib/dpkg/status; systemctl daemon-reload"
    )
    host.ask("dpkg", "-i", package)
    running(host)
    host.ask("dpkg", "--purge", "discreet-agent")
    assert not host.shell(f"{LEFT} true")


def test_who_administers_a_machine_is_obeyed(host: Machine) -> None:
    """A drop-in and a disabled unit survive an upgrade; what is masked stays off."""
    package = deb()
    host.ask("dpkg", "-i", host.put(package))
    host.write(f"/etc/systemd/system/{UNIT}.d/mine.conf", "[Service]\nNice=7\n")
    host.shell("systemctl disable --now discreet-agent-window.socket")
    host.shell(f"systemctl daemon-reload && systemctl restart {UNIT}")
    host.ask("dpkg", "-i", host.put(package))
    assert host.unit(UNIT, "ActiveState", "Nice") == ["active", "7"]
    asked = ("discreet-agent-window.socket", "ActiveState", "UnitFileState")
    assert host.unit(*asked) == ["inactive", "disabled"]
    host.shell(f"systemctl mask --now {UNIT}")
    host.ask("dpkg", "-i", host.put(package))
    assert host.unit(UNIT, "ActiveState") == ["inactive"]


def test_settings_of_both_are_kept_apart(host: Machine, tmp_path: Path) -> None:
    """An edited agent.toml outlives a package with another, which lies beside it."""
    package = deb()
    host.ask("dpkg", "-i", host.put(package))
    setting = "/etc/discreet-agent/agent.toml"
    host.shell(f"echo 'log = \"warning\"' >>{setting}")
    mine = host.ask("cat", setting)
    upgrade = host.put(newer(package, tmp_path, "# another word\n"))
    host.ask("dpkg", "--force-confold", "-i", upgrade)
    assert host.ask("cat", setting) == mine
    assert "# another word" in host.ask("cat", f"{setting}.dpkg-dist")
    running(host)


def test_what_installs_a_release_is_not_ended_by_it(host: Machine) -> None:
    """An upgrade that a unit of ours carries out goes to its end, with that unit."""
    package = host.put(deb())
    host.ask("dpkg", "-i", package)
    drop_in = "/etc/systemd/system/discreet-agent-install.service.d/test.conf"
    start = f"/bin/sh -c 'dpkg -i {package} && touch /root/went-on'"
    host.write(drop_in, f"[Service]\nExecStart=\nExecStart={start}\n")
    before = running(host)
    host.shell("systemctl daemon-reload && systemctl start discreet-agent-install")
    host.await_("it goes to its end", "test -e /root/went-on")
    assert running(host) != before


def test_a_full_disk_harms_nothing(tmp_path: Path) -> None:
    """An upgrade without room is refused in words, and the old version runs on."""
    with machine(tmp_path, megabytes=160) as host:
        package = deb()
        host.ask("dpkg", "-i", host.put(package))
        before = host.shell("find /usr/lib/discreet-agent | sort | sha256sum")
        upgrade = host.put(newer(package, tmp_path))
        free = "$(df -Pk / | awk 'NR == 2 { print $4 }')"
        host.shell(f"fallocate -l $(({free} - 20480))K /fill")
        said = host.ask("dpkg", "-i", upgrade, fails=True)
        assert "KiB are needed in /usr" in said
        assert "make room, then install again" in said
        running(host)
        assert host.shell("find /usr/lib/discreet-agent | sort | sha256sum") == before


def test_an_rpm_lives_and_leaves(host: Machine, outside: Collector) -> None:
    """The .rpm installs, enrols, runs, is installed over, and leaves nothing.

    No registry has an RPM system, so rpm works here on a Debian one: its scripts, its
    database and systemd are real; what it asks of other packages is not looked at.
    """
    preseed(host, outside)
    package = host.put(next(built("agent", "deb", "rpm", "tarball").glob("*.rpm")))
    host.ask("rpm", "-i", "--nodeps", package)
    assert host.ask("systemctl", "is-enabled", UNIT).strip() == "enabled"
    before = running(host)
    host.await_("it enrols", "test -e /var/lib/discreet-agent/identity.cbor")
    host.ask("rpm", "-U", "--force", "--nodeps", package)
    assert running(host) != before
    assert not host.ask("rpm", "-V", "--nodeps", "discreet-agent")
    host.ask("rpm", "-e", "--nodeps", "discreet-agent")
    assert not host.shell(f"{LEFT} true")


def test_a_tarball_lives_and_leaves(host: Machine) -> None:
    """Its script installs a service that runs, twice, and removes all of it."""
    package = host.put(next(built("agent", "deb", "rpm", "tarball").glob("*.tar.gz")))
    host.shell(
        f"mkdir /root/new && tar -xzf {package} -C /root/new --strip-components=1"
    )
    for _ in range(2):
        assert "is installed" in host.ask("/root/new/install.sh")
        running(host)
    assert "is removed" in host.ask("/root/new/install.sh", "remove")
    assert not host.shell(f"{LEFT} true")
