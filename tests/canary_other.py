# SPDX-License-Identifier: Apache-2.0
"""A second Linux canary machine, with the sources that the first one has not.

Rules: systemd runs it, its journal is read, rpm, dnf and zypper manage it; programs
say more than they were asked for, and nothing of that is ever told.
Not here: files of secrets (`canary_security.py`).
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from agent.collectors._linux.packages_rpm import RPM_FORMAT
from agent.collectors._linux.updates import DNF_ADVISORIES, DNF_UPGRADES, RPM_VERSIONS
from agent.collectors._linux.wtmpdb import DATABASE
from agent.collectors.services import UNIT_FILES, UNITS
from agent.host.interface import KernelFacts
from tests.canary_words import CanaryMachine

_MICROSECONDS = 1_000_000
_AT = 1_700_000_000 * _MICROSECONDS
_COREDUMP = "fc2e22bc6ee647b6b90729ab34a250b1"
_MESSAGE_ID = "7d4958e842da4a758f6c1cdc7b36dcc5"


def other_canary_machine(root: Path) -> CanaryMachine:
    """Write the machine into a new folder, or know one that was written before."""
    machine = CanaryMachine(root, root.exists())
    machine.facts["euid"] = 0
    node = machine.canaries.name("devices.host.name", "event_logs.host.name")
    arch = machine.canaries.word("devices.host.arch")
    machine.facts["kernel"] = KernelFacts("Linux", node, "6", "x", arch)
    user = machine.canaries.name("logins.user.name", "user_accounts.user.name")
    machine.users = [user]
    machine.write("/etc/passwd", f"{user}:x:1000:100::/home/x:/bin/sh\n")
    _journal(machine, node)
    _services(machine)
    _packages(machine)
    _updates(machine)
    _sign_ins(machine, user)
    _rest(machine)
    return machine


def _journal(machine: CanaryMachine, node: str) -> None:
    word, user = machine.canaries.word, machine.canaries.name("event_logs.user.id")
    machine.write("/var/log/journal/0a/system.journal", f"LPKSHHRH{word()}")
    machine.canaries.inside("event_logs.message", machine.users[0])
    tag = word("event_logs.service.name", "event_counts.service.name")
    common = {
        "__REALTIME_TIMESTAMP": str(_AT),
        "_HOSTNAME": node,
        "_UID": user,
        "_PID": "7",
        "PRIORITY": "3",
        "_CMDLINE": f"/opt/x --password {word()}",
        "_EXE": f"/home/{word()}/x",
        "_COMM": word(),
        "_SYSTEMD_UNIT": word(),
        "_SYSTEMD_CGROUP": word(),
        "_SYSTEMD_OWNER_UID": word(),
        "_MACHINE_ID": word(),
        "_BOOT_ID": word(),
        "CODE_FILE": word(),
    }
    secret = word()
    machine.canaries.inside("event_logs.message", secret)
    entries = (
        {
            "__CURSOR": "s=1",
            "MESSAGE": f"{word('event_logs.message')} for user {machine.users[0]}"
            f" password={secret}",
            "MESSAGE_ID": _MESSAGE_ID,
            "SYSLOG_IDENTIFIER": f"{tag}@{word()}",
        },
        {
            "__CURSOR": "s=2",
            "MESSAGE": "dumped core",
            "MESSAGE_ID": _COREDUMP,
            "SYSLOG_IDENTIFIER": "systemd-coredump",
            "COREDUMP_COMM": word("crashes.program"),
            "COREDUMP_SIGNAL_NAME": "SIGSEGV",
            "COREDUMP_PACKAGE_NAME": word("crashes.package"),
            "COREDUMP_PACKAGE_VERSION": word("crashes.version"),
            "COREDUMP_CMDLINE": f"x --token {word()}",
            "COREDUMP_ENVIRON": f"TOKEN={word()}",
            "COREDUMP_EXE": f"/home/{word()}",
            "COREDUMP_CWD": f"/home/{word()}",
            "COREDUMP_FILENAME": f"/var/{word()}",
            "COREDUMP_OPEN_FDS": f"3:/home/{word()}",
            "COREDUMP_PROC_MAPS": word(),
            "COREDUMP_HOSTNAME": word(),
            "COREDUMP_USER_UNIT": word(),
        },
        {"__CURSOR": "s=3", "MESSAGE": "", "SYSLOG_IDENTIFIER": f"{word()}: {word()}"},
    )
    lines = (json.dumps({**common, **entry}) for entry in entries)
    machine.programs["journalctl"] = "\n".join(lines).encode()


def _services(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    machine.folder("/run/systemd/system")
    name, instance = word("services.name"), word("services.instance")
    state, sub_state = word("services.state"), word("services.sub_state")
    machine.programs[" ".join(("systemctl", *UNITS))] = (
        f"  {name}.service loaded {state} {sub_state} {word()} of {word()}\n"
        f"* {name}@{instance}.service loaded failed failed {word()}\n"
        f"  {word()}.service not-found inactive dead {word()}\n"
        f"  {word()}.socket loaded active listening {word()}\n"
    ).encode()
    machine.programs[" ".join(("systemctl", *UNIT_FILES))] = (
        f"{name}.service {word('services.start_type')} {word()}\n"
        f"{word()}.target static -\n"
    ).encode()


def _packages(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    machine.write(
        "/etc/os-release",
        f"ID={word('software.purl', 'operating_systems.os.name')}\nIMAGE_VERSION="
        f"{word('operating_systems.os.build_id')}\n",
    )
    machine.write("/usr/lib/sysimage/rpm/rpmdb.sqlite", f"{word()}\n")
    fields = [
        word("software.name", "software.purl"),
        f"0:{word('software.version', 'software.purl')}",
        word("software.architecture", "software.purl"),
        word("software.vendor_name"),
        word("software.source"),
        "7",
        "1700000000",
    ]
    key = ["gpg-pubkey", word(), word(), word(), word(), "7", "7"]
    machine.programs[f"rpm -qa --queryformat {RPM_FORMAT}"] = "".join(
        "\t".join(line) + "\n" for line in (fields, key)
    ).encode()


def _updates(machine: CanaryMachine) -> None:
    word, own = machine.canaries.word, "patches"
    machine.folder(f"/var/cache/dnf/{word()}.solv")
    name, arch = word(f"{own}.uid"), word(f"{own}.architecture")
    version = word(f"{own}.version")
    machine.programs[" ".join(("dnf", *DNF_UPGRADES))] = (
        f"{name}\t1.{version}\t{arch}\t{word(f'{own}.source')}\n{word()} {word()}\n"
    ).encode()
    machine.programs[" ".join(("dnf", *DNF_ADVISORIES))] = (
        f"{word()}-2025:1 Important/Sec. {name}-1.{version}-1.{arch}\n"
    ).encode()
    machine.programs[" ".join(("rpm", *RPM_VERSIONS))] = (
        f"{name}\t0:{word(f'{own}.current_version')}\t{arch}\n"
    ).encode()
    alias = word(f"{own}.source")
    machine.write(
        f"/etc/zypp/repos.d/{word()}.repo",
        f"[{alias}]\nname={word()}\nbaseurl=https://{word()}:{word()}@example.org\n",
    )
    machine.folder(f"/var/cache/zypp/raw/{alias}/repodata")
    machine.secret("/etc/zypp/credentials.d/own", "password={}\n")
    machine.secret("/var/log/zypp/history", "install|{}@host\n")
    machine.secret("/etc/yum.repos.d/own.repo", "password={}\n")
    machine.programs["zypper"] = (
        f'<stream><message type="info">{word()}</message><update-list>'
        f'<update name="{word(f"{own}.uid")}" edition="{word(f"{own}.version")}" '
        f'edition-old="{word(f"{own}.current_version")}" kind="patch" '
        f'arch="{word(f"{own}.architecture")}" category="{word()}" '
        f'severity="{word()}" status="{word()}">'
        f"<summary>{word(f'{own}.title')}</summary>"
        f"<description>{word()}</description><license>{word()}</license>"
        f'<source url="https://{word()}:{word()}@example.org" alias="{alias}"/>'
        "</update></update-list></stream>"
    ).encode()


def _sign_ins(machine: CanaryMachine, user: str) -> None:
    word, known = machine.canaries.word, machine.canaries.known
    afar = known("198.51.100.81", "logins.client.address", identity=True)
    service = word("logins.service.name")
    line = word("logins.terminal")
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(
            "CREATE TABLE wtmp(ID INTEGER PRIMARY KEY, Type INTEGER, User TEXT,"
            " Login INTEGER, Logout INTEGER, TTY TEXT, RemoteHost TEXT, Service TEXT);"
            "CREATE TABLE other(word TEXT);"
        )
        put = "INSERT INTO wtmp VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        connection.execute(put, (1, 1, "reboot", _AT, None, "~", word(), word()))
        connection.execute(put, (2, 3, user, _AT, _AT + 9, line, afar, service))
        connection.execute(put, (3, 7, word(), _AT, None, word(), word(), word()))
        connection.execute("INSERT INTO other VALUES (?)", (word(),))
        connection.commit()
        machine.write(DATABASE, connection.serialize())
    machine.secret("/var/lib/lastlog/lastlog2.db")


def _rest(machine: CanaryMachine) -> None:
    """Write resolvers behind one of the machine itself, and zones in chips' place."""
    word, known = machine.canaries.word, machine.canaries.known
    machine.write("/sys/class/thermal/thermal_zone0/temp", "40000\n")
    machine.values("/sys/class/thermal/thermal_zone0", type="sensors.chip", policy="")
    machine.write("/etc/resolv.conf", f"# {word()}\nnameserver 127.0.0.53\n")
    server = known("10.91.175.53", "dns_resolvers.address", identity=True)
    domain = machine.canaries.name("dns_resolvers.search_domains")
    machine.write(
        "/run/systemd/resolve/resolv.conf",
        f"# {word()}\nnameserver {server}\nsearch {domain}.example\n",
    )
    machine.write("/etc/dnf/dnf.conf", f"proxy=http://x:{word()}@example.org\n")
    machine.write("/etc/dnf/automatic.conf", f"[email]\nemail_to = {word()}\n")
    machine.write("/proc/stat", "cpu  1 2 3 4\nbtime 1700000000\n")
    machine.write("/proc/cpuinfo", f"processor\t: 0\nSerial\t: {word()}\n")
