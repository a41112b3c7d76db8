# SPDX-License-Identifier: Apache-2.0
"""A recorded machine on which every value is a canary: it occurs nowhere else.

Rules: the real LinuxHost over a tree of files; identities are in the logs too.
Not here: canaries (`canary_words.py`), the sources of all datasets (`canary_whole.py`),
what may be found where (`tests/privacy`).
"""

from pathlib import Path

from agent.host.interface import (
    AddressFacts,
    DiskUsage,
    GatewayFacts,
    InterfaceFacts,
    KernelFacts,
    SessionFacts,
)
from tests.canary_words import Canaries, CanaryMachine

__all__ = ["Canaries", "CanaryMachine", "canary_machine"]


def canary_machine(root: Path) -> CanaryMachine:
    """Write the machine into a new folder, or know one that was written before."""
    machine = CanaryMachine(root, root.exists())
    people = machine.users = _people(machine)
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
            "group_members.member",
            identity=True,
        )
        for _ in range(3)
    ]
    passwd = ["root:x:0:0:root:/root:/bin/bash"]
    for number, user in enumerate(users):
        first, last = (word("user_accounts.user.full_name") for _ in range(2))
        full = f"{first.title()} {last.title()},{word()},{word()}"
        home = word("user_accounts.home", identity=True)
        place = f"/home/{home}/.nix-profile" if number else ""
        shell = f"{place}/bin/{word('user_accounts.shell')}"
        passwd.append(f"{user}:x:{1000 + number}:100:{full}:/home/{home}:{shell}")
        machine.canaries.identities |= {first, last}
    machine.write("/etc/passwd", "\n".join([*passwd, ""]))
    machine.secret("/etc/shadow", f"{users[0]}:{{}}:19000:0:99999:7:::\n")
    group = word("user_accounts.groups", "group_members.group")
    machine.write(
        "/etc/group",
        f"root:x:0:\nusers:x:100:\n{group}:{word()}:200:{users[0]}\n",
    )
    secrets = ("id_rsa", "known_hosts", "authorized_keys")
    for name in secrets:
        machine.secret(f"/home/{users[0]}/.ssh/{name}")
    return users


def _network(machine: CanaryMachine, user: str) -> list[str]:
    known, word = machine.canaries.known, machine.canaries.word
    node = word("devices.host.name", "event_logs.host.name", identity=True)
    machine.node = node
    named = ("devices.domain", "devices.host.name", "dns_resolvers.search_domains")
    domain = word(*named, identity=True) + ".example"
    address = known("10.91.173.64", "network_interfaces.host.ip", identity=True)
    hardware = known("0e:c4:9a:d3:71:5b", "network_interfaces.host.mac", identity=True)
    port = machine.port = word(
        "network_interfaces.network.interface.name",
        "network_routes.network.interface.name",
    )
    gateway = known("10.91.173.254", "network_routes.gateway", identity=True)
    known(gateway, "dns_resolvers.address")
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
        f"VARIANT={word('operating_systems.edition')}\n"
        f"HOME_URL=https://{word()}.example\n",
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
        value = word(column, identity=name in {"product_serial", "product_uuid"})
        machine.write(f"/sys/class/dmi/id/{name}", value + "\n")
    machine.values("/sys/class/dmi/id", board_serial="", chassis_serial="")
    machine.write(
        "/proc/cpuinfo",
        f"processor\t: 0\nvendor_id\t: {word('hardware.host.cpu.vendor.id')}\n"
        f"cpu family\t: {word('hardware.host.cpu.family')}\n"
        f"model\t\t: {word('hardware.host.cpu.model.id')}\n"
        f"model name\t: {word('hardware.host.cpu.model.name')}\n"
        f"stepping\t: {word('hardware.host.cpu.stepping')}\n"
        f"physical id\t: 0\ncore id\t: 0\nSerial\t\t: {word()}\n",
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
        name = word("software.name", "software.purl")
        version = word("software.version", "software.purl")
        packages.append(
            f"Package: {name}\nStatus: install ok installed\nVersion: 1.{version}\n"
            f"Architecture: {word('software.architecture', 'software.purl')}\n"
            f"Source: {word('software.source')} ({word()})\n"
            f"Origin: {word('software.vendor_name')}\nMaintainer: {word()} "
            f"<{word(identity=True)}@example.org>\nInstalled-Size: 10\n"
            f"Homepage: https://{word()}.example\nDescription: {word()}\n {word()}\n"
        )
    machine.write("/var/lib/dpkg/status", "\n".join(packages))
    unit, instance = word("services.name"), word("services.instance")
    machine.service = unit
    for name in (unit, f"{unit}@{instance}"):
        machine.write(
            f"/etc/systemd/system/{name}.service",
            f"[Unit]\nDescription={word()}\n"
            f"[Service]\nExecStart=/bin/{word()} --password {word()}\n"
            f"Environment=TOKEN={word()}\nUser={word()}\n"
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
    machine.secret("/proc/4242/cmdline", f"{name}\0--password\0{{}}\0{user}\0")
    machine.secret("/proc/4242/environ", "TOKEN={}\0")
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
        value = word(f"storage_devices.{column}", identity=column == "serial")
        machine.write(f"{disk}/{name}", value + "\n")
    machine.write("/proc/self/mounts", "/dev/sda1 / ext4 rw 0 0\n")


def _logs(machine: CanaryMachine, users: list[str], names: list[str]) -> None:
    word, known = machine.canaries.word, machine.canaries.known
    full, node, address, hardware, gateway = names
    tag = word("event_logs.service.name", "event_counts.service.name")
    local, site = word(identity=True), word(identity=True)
    mail = f"{local}@{site}.example.com"
    guest = word(identity=True)
    stranger = known("203.0.113.201", identity=True)
    wide = known("2001:db8:77aa:1::9f3b", identity=True)
    secret = word()
    head = f"Nov 24 03:00:00 {node}"
    lines = (
        f"{head} cupsd[7]: Accepted publickey for {users[0]} from {stranger} port 22",
        f"{head} cupsd[7]: Failed password for invalid user {guest} from {wide} port 4",
        f"{head} sudo: {users[1]} : TTY=pts/0 ; PWD=/home/{users[1]} ; USER=root",
        f"{head} kernel[9]: mail from <{mail}> accepted on {full}",
        f"{head} kernel[9]: link {hardware} up, lease {address} via {gateway}",
        f"{head} kernel[9]: login of {users[2].upper()} on \\\\{node.upper()} done",
        f"{head} kernel[9]: GET https://x.example/?password={secret} 200",
        f"{head} {tag}[9]: a program that no policy names",
    )
    told = (*users, guest, stranger, wide, secret, local, site, *names[1:])
    machine.canaries.inside("event_logs.message", *told, full.split(".")[1])
    machine.write("/var/log/syslog", "".join(f"{line}\n" for line in lines))
