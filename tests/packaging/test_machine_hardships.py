# SPDX-License-Identifier: Apache-2.0
"""The built agent on a machine that is hard on it: no network, no room, no writing.

Rules: the real package, its units, a real systemd, and a collector outside; whatever
the machine or its administrator does, the service runs or says what is needed.
Not here: an ordinary life (`test_machine.py`).
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from collector_process import Collector, collector, free_port
from machine_disk import disk
from machine_fixture import Machine, booted, machine
from machine_room import LEFT, NOW, UNIT, deb, preseed, running
from package_fixture import built

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(1500)]

STATE = "/var/lib/discreet-agent"
DROP_IN = f"/etc/systemd/system/{UNIT}.d/now.conf"
AS_AGENT = ("runuser", "-u", "discreet-agent", "--", "discreet-agent")
INSTALLED = f"/usr/lib/systemd/system/{UNIT}"
SHIPS = f"journalctl -b -u {UNIT} --since=@{{}} | grep -Eq 'ship .*sent=[1-9]'"
EMPTY = """| grep -Eq '"waiting": *0,'"""
OWNERS = """
SELECT "process.executable.name" FROM listening_ports
WHERE "network.local.port" = {}
"""
_ILL_SECONDS = 240
"""To see that a disk refuses, or does no more: it is tried now and then, and slowly."""
KINDS = {
    "rpm": (
        "rpm -i --nodeps {}",
        "rpm -U --force --nodeps {}",
        "rpm -e discreet-agent",
    ),
    "tar.gz": (
        (
            "mkdir /root/new; tar -xzf {} -C /root/new --strip-components=1;"
            " /root/new/install.sh"
        ),
        "/root/new/install.sh",
        "/root/new/install.sh remove; rm -r /root/new",
    ),
}
"""How each is installed, installed over itself, and removed."""


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Yield a collector that runs on this machine, whose policy asks for much."""
    with collector(tmp_path_factory.mktemp("outside") / "server", "full") as made:
        yield made


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Machine]:
    """Yield a machine on which nothing was installed."""
    with machine(tmp_path, megabytes=900) as made:
        yield made


def at_work(host: Machine, by: Collector) -> Machine:
    """Install an agent that enrols, reads and ships at once."""
    preseed(host, by)
    host.write(DROP_IN, NOW.format(watchdog="8min"))
    host.ask("dpkg", "-i", host.put(deb()))
    host.await_("it enrols", f"test -e {STATE}/identity.cbor", 240)
    ships(host, "0")
    return host


def ships(host: Machine, since: str = "") -> None:
    """Wait until something was shipped since a second, by default this one."""
    since = since or host.ask("date", "+%s").strip()
    host.await_("it ships", SHIPS.format(since), 240)


def doctor(host: Machine, *, fails: bool = False) -> dict[str, str]:
    """Return how well each thing is that the agent's user looks at."""
    said = host.ask(*AS_AGENT, "doctor", "--json", fails=fails)
    return {one["check"]: one["level"] for one in json.loads(said)}


def test_enrolment_waits_for_a_network(host: Machine, outside: Collector) -> None:
    """Installed where nobody can be reached, it keeps its token and enrols later."""
    preseed(host, outside)
    outside.stop()
    try:
        host.ask("dpkg", "-i", host.put(deb()))
        running(host)
        host.await_("it tries", f"journalctl -u {UNIT} | grep -q not-enrolled")
        found = doctor(host, fails=True)
        assert (found["enrolment"], found["network"]) == ("fail", "fail")
        assert host.ask("stat", "-c%a %U", f"{STATE}/enrol.toml") == (
            "600 discreet-agent\n"
        )
    finally:
        outside.start()
    host.await_("it enrols", f"test -e {STATE}/identity.cbor", 180)
    host.await_("it leaves no token", f"! test -e {STATE}/enrol.toml")


def test_settings_helper_and_a_reboot(host: Machine, outside: Collector) -> None:
    """A reload takes new settings, root's helper answers its own, and a reboot is none.

    The helper is asked by its real unit and socket, for whose a socket is.
    """
    port = free_port()
    listen = ("systemd-socket-activate", "-l", f"127.0.0.1:{port}", "/bin/true")
    host.ask("systemd-run", "--unit=somebody", *listen)
    at_work(host, outside)
    assert doctor(host)["root-helper"] == "ok"
    host.await_("it reads", f"journalctl -u {UNIT} | grep -q ' pass '")
    host.await_("all has left", " ".join((*AS_AGENT, "status --json", EMPTY)))
    asked = ("query", "--purpose", "administration", "--reason", "a test")
    assert "systemd" in outside.ask(*asked, OWNERS.format(port))

    before = running(host)
    setting = "/etc/discreet-agent/agent.toml"
    host.shell(f"echo 'proxy = \"http://127.0.0.1:{free_port()}\"' >>{setting}")
    host.ask("systemctl", "reload", UNIT)
    failing = f"discreet-agent --state {STATE} doctor | grep -q 'last exchange failed'"
    host.await_("its way ends at the proxy", failing)
    host.shell(f"sed -i '/^proxy/d' {setting}")
    since = host.ask("date", "+%s").strip()
    host.ask("systemctl", "reload", UNIT)
    ships(host, since)
    assert running(host) == before

    identity = host.ask("sha256sum", f"{STATE}/identity.cbor")
    active = outside.ask("device", "list").count(" active ")
    host.reboot()
    host.await_("it is there again", f"systemctl is-active -q {UNIT}")
    ships(host)
    assert host.ask("sha256sum", f"{STATE}/identity.cbor") == identity
    assert outside.ask("device", "list").count(" active ") == active >= 1


def test_a_disk_that_is_read_only(host: Machine, outside: Collector) -> None:
    """Where its own directory cannot be written it says so; mounted anew it goes on."""
    at_work(host, outside)
    host.shell(
        f"systemctl stop {UNIT}; mount --bind {STATE} {STATE};"
        f" mount -o remount,ro,bind {STATE}; systemctl start {UNIT} || true"
    )
    assert "mounted for writing" in host.ask(*AS_AGENT, "doctor", fails=True)

    host.shell(f"mount -o remount,rw,bind {STATE}")
    host.await_("it is there again", f"systemctl is-active -q {UNIT}")
    ships(host)


def test_a_whole_disk_that_is_read_only(tmp_path: Path, outside: Collector) -> None:
    """Where nothing at all can be written the service says so, and waits it out.

    It stays up while the disk turns so, and comes back where the machine boots from
    one; mounted for writing, it goes on by itself, as the same device.
    """
    told = "mounted for writing"
    status = f"systemctl show -p StatusText {UNIT} | grep -q '{told}'"
    with disk(tmp_path) as made:
        with booted(made.root, tmp_path) as host:
            at_work(host, outside)
            before = running(host)
            made.fall_ill()
            host.await_("its status says so", status, _ILL_SECONDS)
            assert running(host) == before
            assert told in host.ask(*AS_AGENT, "doctor", fails=True)
        made.unmount()
        made.mend()
        made.mount("ro")
        with booted(made.root, tmp_path) as host:
            host.await_("its status says so", status, _ILL_SECONDS)
            assert told in host.ask(*AS_AGENT, "doctor", fails=True)
            host.shell("mount -o remount,rw /")
            ships(host)


def test_a_unit_that_was_edited_by_hand(host: Machine) -> None:
    """Lines that mean nothing end nothing; the package's unit and one of /etc are two.

    What was edited in the package's own place is replaced; what an administrator has
    in /etc is theirs, before and after an upgrade.
    """
    package = host.put(deb())
    host.ask("dpkg", "-i", package)
    host.shell(f"echo 'Junk line' >>{INSTALLED}; echo 'Junk=1' >>{INSTALLED}")
    host.shell(f"systemctl daemon-reload && systemctl restart {UNIT}")
    running(host)
    host.ask("dpkg", "-i", package)
    assert "Junk" not in host.ask("cat", INSTALLED)
    running(host)

    mine = f"/etc/systemd/system/{UNIT}"
    host.shell(f"sed 's/^TasksMax=.*/TasksMax=99/' {INSTALLED} >{mine}")
    host.shell(f"systemctl daemon-reload && systemctl restart {UNIT}")
    host.ask("dpkg", "-i", package)
    running(host)
    assert host.unit(UNIT, "FragmentPath", "TasksMax") == [mine, "99"]
    host.shell(f"sed -i 's/^ExecStart=.*/ExecStart=nonsense/' {mine}")
    assert "does not start" in host.ask("dpkg", "-i", package)
    host.shell(f"rm {mine} && systemctl daemon-reload && systemctl start {UNIT}")
    running(host)


def test_no_room_for_a_first_installation(tmp_path: Path) -> None:
    """Refused in words, it leaves nothing that runs; with room it installs."""
    with machine(tmp_path, megabytes=160) as host:
        package = host.put(deb())
        free = "$(df -Pk / | awk 'NR == 2 { print $4 }')"
        host.shell(f"fallocate -l $(({free} - 20480))K /fill")
        said = host.ask("dpkg", "-i", package, fails=True)
        assert "make room, then install again" in said
        assert not (host.root / "usr/lib/discreet-agent").exists()
        assert not host.shell("getent passwd | grep discreet || true")
        host.shell("rm /fill")
        host.ask("dpkg", "-i", package)
        running(host)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_broken_is_mended_by_any_package(host: Machine, kind: str) -> None:
    """An .rpm and a tarball, installed over half of themselves, mend the service."""
    package = host.put(next(built("agent", "deb", "rpm", "tarball").glob(f"*.{kind}")))
    install, again, remove = (one.format(package) for one in KINDS[kind])
    host.shell(install)
    host.shell(
        f"systemctl kill -s KILL {UNIT}; rm -rf /usr/lib/discreet-agent/lib {INSTALLED}"
        " /usr/bin/discreet-agent; userdel discreet-agent; systemctl daemon-reload"
    )
    host.shell(again)
    running(host)
    host.shell(remove)
    assert not host.shell(f"{LEFT} true")
