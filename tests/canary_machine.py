# SPDX-License-Identifier: Apache-2.0
"""A recorded machine on which every value is a canary: it occurs nowhere else.

Rules: the real LinuxHost over a tree of files; a canary knows which columns it is a
value of, or that no column may have it; identities are written into the logs too.
Not here: what may be found where (`tests/privacy`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.host.interface import (
    AddressFacts,
    DiskUsage,
    GatewayFacts,
    InterfaceFacts,
    KernelFacts,
    SessionFacts,
)
from agent.host.linux import LinuxHost

_LETTERS = "bcdfghjklmnpqrstvwxz"


@dataclass
class Canaries:
    """Makes canaries and remembers what each is a value of.

    Attributes:
        columns: canary -> the columns that hold it, as `dataset.column`.
        identities: canaries that name a person, account, machine or address.
    """

    columns: dict[str, set[str]] = field(default_factory=dict)
    identities: set[str] = field(default_factory=set)

    def word(self, *columns: str, identity: bool = False) -> str:
        """Return a new word of letters; no columns: nothing may ever read it."""
        number = len(self.columns)
        tail = "".join(_LETTERS[number // 20**place % 20] for place in range(3))
        return self.known(f"zqx{tail}qzv", *columns, identity=identity)

    def known(self, value: str, *columns: str, identity: bool = False) -> str:
        """Take a value of another form, such as an address, for a canary."""
        self.columns.setdefault(value, set()).update(columns)
        if identity:
            self.identities.add(value)
        return value

    def found_in(self, octets: bytes) -> set[str]:
        """Return the canaries that can be read in bytes, also in UTF-16."""
        lowered = octets.lower()
        both = lowered + b"\0" + lowered.replace(b"\0", b"")
        words = set(re.findall(rb"zqx[a-z]{3}qzv", both))
        return {
            value
            for value in self.columns
            if (
                value.lower().encode() in words
                if value.startswith("zqx")
                else value.lower().encode() in both
            )
        }


@dataclass
class CanaryMachine:
    """The tree under a folder, and the Host over it; one that is there stays."""

    root: Path
    there: bool = False
    canaries: Canaries = field(default_factory=Canaries)
    facts: dict[str, object] = field(default_factory=dict)

    def host(self, allowed: frozenset[str] = frozenset()) -> LinuxHost:
        """Return the machine."""
        return LinuxHost(str(self.root), allowed=allowed, programs={}, facts=self.facts)

    def write(self, path: str, content: str) -> None:
        """Write a file of the tree."""
        if self.there:
            return
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)

    def log(self, *lines: str) -> None:
        """Add lines to the system log, as a log daemon does."""
        with (self.root / "var/log/syslog").open("a") as file:
            file.writelines(f"{line}\n" for line in lines)


def canary_machine(root: Path) -> CanaryMachine:
    """Write the machine into a new folder, or know one that was written before."""
    machine = CanaryMachine(root, root.exists())
    people = _people(machine)
    names = _network(machine, people[0])
    _system(machine)
    _software(machine)
    _processes(machine, people[0])
    _disks(machine)
    _logs(machine, people, names)
    return machine


def _people(machine: CanaryMachine) -> list[str]:
    word = machine.canaries.word
    account = ("user_accounts.user.name", "processes.process.owner")
    users = [
        word(
            *account,
            "sessions.user.name",
            "event_logs.user.id",
            "listening_ports.process.owner",
            identity=True,
        )
        for _ in range(3)
    ]
    passwd = ["root:x:0:0:root:/root:/bin/bash"]
    for number, user in enumerate(users):
        full = f"{word(identity=True).title()} {word(identity=True).title()}"
        home = word(identity=True)
        passwd.append(f"{user}:x:{1000 + number}:100:{full}:/home/{home}:/bin/bash")
    machine.write("/etc/passwd", "\n".join([*passwd, ""]))
    machine.write("/etc/shadow", f"{users[0]}:{word()}:19000:0:99999:7:::\n")
    group = word("user_accounts.groups")
    machine.write("/etc/group", f"root:x:0:\nusers:x:100:\n{group}:x:200:{users[0]}\n")
    secrets = ("id_rsa", "known_hosts", "authorized_keys")
    for name in secrets:
        machine.write(f"/home/{users[0]}/.ssh/{name}", word())
    return users


def _network(machine: CanaryMachine, user: str) -> list[str]:
    known, word = machine.canaries.known, machine.canaries.word
    node = word("devices.host.name", "event_logs.host.name", identity=True)
    domain = word("devices.domain", "devices.host.name", identity=True) + ".example"
    address = known("10.91.173.64", "network_interfaces.host.ip", identity=True)
    hardware = known("0e:c4:9a:d3:71:5b", "network_interfaces.host.mac", identity=True)
    port = word(
        "network_interfaces.network.interface.name",
        "network_routes.network.interface.name",
    )
    gateway = known("10.91.173.254", "network_routes.gateway", identity=True)
    machine.facts |= {
        "kernel": KernelFacts(
            "Linux",
            f"{node}.{domain}",
            word("operating_systems.kernel_release"),
            word(),
            "x86_64",
        ),
        "interfaces": [
            InterfaceFacts(
                port,
                mtu=1500,
                up=True,
                speed=1000,
                addresses=(
                    AddressFacts("ipv4", address, 24),
                    AddressFacts("mac", hardware, None),
                ),
            )
        ],
        "gateways": [GatewayFacts("ipv4", gateway, port)],
        "sessions": [
            SessionFacts(
                user,
                word("sessions.terminal"),
                known("198.51.100.77", "sessions.client.address", identity=True),
                1_700_000_000,
                4242,
            )
        ],
        "usage": {"/": DiskUsage(10**11, 4 * 10**10, 6 * 10**10)},
        "euid": 0,
    }
    machine.write("/etc/resolv.conf", f"search {domain}\nnameserver {gateway}\n")
    machine.write(
        "/proc/net/route",
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
        f"{port}\t00000000\tFEAD5B0A\t0003\t0\t0\t100\t00000000\n",
    )
    machine.write(
        "/proc/net/tcp",
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt"
        "   uid  timeout inode\n"
        "   0: 40AD5B0A:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000"
        "  1000        0 77001 1 0000000000000000 100 0 0 10 0\n",
    )
    known(address, "listening_ports.network.local.address", identity=True)
    return [f"{node}.{domain}", node, address, hardware, gateway]


def _system(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    machine.write(
        "/etc/os-release",
        f"ID=debian\nNAME={word('operating_systems.os.name')}\n"
        f"VERSION_ID={word('operating_systems.os.version', 'software.purl')}\n"
        f"BUILD_ID={word('operating_systems.os.build_id')}\n"
        f"VARIANT_ID={word('operating_systems.edition')}\n",
    )
    machine_id = machine.canaries.known(
        "c0ffee0ddba11facade5eed0badf00d5", "devices.host.id", identity=True
    )
    machine.write("/etc/machine-id", machine_id + "\n")
    dmi = {
        "sys_vendor": "devices.device.manufacturer",
        "product_name": "devices.device.model.name",
        "bios_version": "devices.bios_ver",
        "product_serial": "devices.hw.serial_number",
        "product_uuid": "devices.uuid",
        "chassis_asset_tag": "devices.asset_tag",
    }
    for name, column in dmi.items():
        machine.write(f"/sys/class/dmi/id/{name}", word(column) + "\n")
    model = word("hardware.host.cpu.model.name")
    machine.write(
        "/proc/cpuinfo",
        f"processor\t: 0\nmodel name\t: {model}\nphysical id\t: 0\ncore id\t: 0\n",
    )
    machine.write("/proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n")
    machine.write(
        "/proc/stat", "cpu  1 2 3 4 5 6 7 8\ncpu0 1 2 3 4 5 6 7 8\nbtime 1700000000\n"
    )
    machine.write("/proc/uptime", "1000.00 1900.00\n")
    machine.write("/proc/loadavg", "0.10 0.20 0.30 1/100 4242\n")


def _software(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    packages = []
    for _ in range(5):
        name = word("software.name", "software.purl", "software.source")
        version = word("software.version", "software.purl")
        packages.append(
            f"Package: {name}\nStatus: install ok installed\nVersion: 1.{version}\n"
            f"Architecture: amd64\nMaintainer: {word('software.vendor_name')} "
            f"<{word(identity=True)}@example.org>\nInstalled-Size: 10\n"
        )
    machine.write("/var/lib/dpkg/status", "\n".join(packages))
    unit, instance = word("services.name"), word("services.instance")
    for name in (unit, f"{unit}@{instance}"):
        machine.write(
            f"/etc/systemd/system/{name}.service",
            f"[Service]\nExecStart=/bin/{word()} --password {word()}\n"
            "[Install]\nWantedBy=multi-user.target\n",
        )


def _processes(machine: CanaryMachine, user: str) -> None:
    word = machine.canaries.word
    name = word(
        "processes.process.executable.name",
        "listening_ports.process.executable.name",
    )
    machine.write(
        "/proc/4242/stat", f"4242 ({name}) S 1 " + " ".join(["7"] * 20) + "\n"
    )
    machine.write(
        "/proc/4242/status",
        f"Name:\t{name}\nUid:\t1000\t1000\t1000\t1000\nVmRSS: 9 kB\n",
    )
    machine.write("/proc/4242/cmdline", f"{name}\0--password\0{word()}\0{user}\0")
    machine.write("/proc/4242/environ", f"TOKEN={word()}\0")
    machine.write("/proc/4242/comm", name)


def _disks(machine: CanaryMachine) -> None:
    word = machine.canaries.word
    disk = "/sys/block/sda"
    machine.write(f"{disk}/size", "1000\n")
    machine.write(f"{disk}/queue/rotational", "1\n")
    machine.write(f"{disk}/removable", "0\n")
    for name, column in (
        ("device/vendor", "vendor_name"),
        ("device/model", "model"),
        ("device/rev", "firmware"),
        ("device/serial", "serial"),
    ):
        machine.write(f"{disk}/{name}", word(f"storage_devices.{column}") + "\n")
    machine.write("/proc/self/mounts", "/dev/sda1 / ext4 rw 0 0\n")


def _logs(machine: CanaryMachine, users: list[str], names: list[str]) -> None:
    word, known = machine.canaries.word, machine.canaries.known
    full, node, address, hardware, gateway = names
    tag = word("event_logs.service.name")
    mail = f"{word(identity=True)}@{word(identity=True)}.example.com"
    guest = word(identity=True)
    stranger = known("203.0.113.201", identity=True)
    wide = known("2001:db8:77aa:1::9f3b", identity=True)
    secret = word()
    head = f"Nov 24 03:00:00 {node}"
    lines = (
        f"{head} sshd[71]: Accepted publickey for {users[0]} from {stranger} port 22",
        f"{head} sshd[71]: Failed password for invalid user {guest} from {wide} port 4",
        f"{head} sudo: {users[1]} : TTY=pts/0 ; PWD=/home/{users[1]} ; USER=root",
        f"{head} systemd[9]: mail from <{mail}> accepted on {full}",
        f"{head} systemd[9]: link {hardware} up, lease {address} via {gateway}",
        f"{head} systemd[9]: login of {users[2].upper()} on \\\\{node.upper()} done",
        f"{head} systemd[9]: GET https://x.example/?password={secret} 200",
        f"{head} {tag}[9]: a program that no policy names",
    )
    machine.write("/var/log/syslog", "".join(f"{line}\n" for line in lines))


def texts(value: object) -> Iterator[str]:
    """Yield the texts of a value that JSON could hold."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value
