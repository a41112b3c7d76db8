# SPDX-License-Identifier: Apache-2.0
"""Canaries in what Windows is asked for: accounts, services, tasks, routes and others.

Rules: a row holds more than its source has fields for, as Windows' own answers do.
Not here: the calls themselves, which drop what is no field (`tests/wine`).
"""

from cryptography.hazmat.primitives.serialization import Encoding

from agent.host.interface import (
    AddressFacts,
    DiskUsage,
    GatewayFacts,
    InterfaceFacts,
    NeighbourFacts,
)
from tests.canary_hardware import module, structure
from tests.canary_security import certificate
from tests.canary_windows import WindowsCanaries
from tests.canary_words import CanaryMachine


def add_sources(machine: WindowsCanaries) -> None:
    """Record the rows of every source."""
    port = str(machine.facts.pop("port"))
    _accounts(machine)
    _firmware(machine)
    _network(machine, port)
    _neighbours(machine, port)
    _programs(machine)
    _tasks(machine)
    _files(machine)
    _printers(machine)
    _certificates(machine)
    _updates(machine)


def _accounts(machine: WindowsCanaries) -> None:
    word, known = machine.canaries.word, machine.canaries.known
    user, visitor = machine.users
    first, last = (
        machine.canaries.name("user_accounts.user.full_name") for _ in range(2)
    )
    group = word("user_accounts.groups", "group_members.group")
    machine.facts["accounts"] = [
        {
            "name": user,
            "full_name": f"{first.title()} {last.title()}",
            "sid": machine.sid,
            "enabled": True,
            "groups": f"S-1-5-32-544,{group}",
            "comment": word(),
            "password": word(),
            "logon_server": word(),
        }
    ]
    domain = machine.canaries.name("group_members.domain")
    known(domain, "group_members.domain")
    common = {"group": group, "group_sid": f"{machine.sid[:-4]}1005", "comment": word()}
    machine.facts["groups"] = [
        {**common, "member": user, "member_sid": machine.sid, "usage": 1},
        {
            **common,
            "member": visitor,
            "member_sid": machine.visitor,
            "domain": domain,
            "usage": 1,
        },
    ]
    machine.facts["signed-in"] = [
        {
            "user": user,
            "terminal": word("sessions.terminal"),
            "state": 0,
            "protocol": 2,
            "address": known("198.51.100.77", "sessions.client.address", identity=True),
            "started": 1_700_000_000,
            "client_name": word(),
            "program": word(),
        }
    ]


def _firmware(machine: WindowsCanaries) -> None:
    word, name = machine.canaries.word, machine.canaries.name
    uuid = "44454c4c-4200-1035-8054-b4c04f4a4e32"
    machine.canaries.known(uuid, "devices.uuid", identity=True)
    packed = bytes.fromhex("4c4c4544004235108054b4c04f4a4e32")
    serial, tag = name("devices.hw.serial_number"), word("devices.asset_tag")
    linux = CanaryMachine(machine.root, there=True, canaries=machine.canaries)
    body = (
        structure(
            1,
            b"\1\2\3\4" + packed + b"\6\5\6",
            *(word(), word(), word(), serial, word(), word()),
        )
        + structure(3, b"\1\x0a\2\3\4", word(), word(), word(), tag)
        + module(linux)
    )
    table = b"\0\3\6\0" + len(body).to_bytes(4, "little") + body
    machine.facts["firmware"] = [{"smbios": table.hex()}]


def _network(machine: WindowsCanaries, port: str) -> None:
    word, known = machine.canaries.word, machine.canaries.known
    own = "network_interfaces"
    address = known("10.91.173.64", f"{own}.host.ip", identity=True)
    mac = known("0e:c4:9a:d3:71:5b", f"{own}.host.mac", identity=True)
    addresses = (AddressFacts("ipv4", address, 24), AddressFacts("mac", mac, None))
    machine.facts["interfaces"] = [
        InterfaceFacts(port, mtu=1500, up=True, speed=9, addresses=addresses)
    ]
    gateway = known("10.91.173.254", "network_routes.gateway", identity=True)
    machine.facts["gateways"] = [GatewayFacts("ipv4", gateway, port)]
    target = known("10.44.213.128", "network_routes.destination", identity=True)
    machine.facts["routes"] = [
        {
            "destination": destination,
            "prefix": prefix,
            "gateway": gateway,
            "interface": port,
            "metric": 7,
            "protocol": 3,
            "local": False,
        }
        for destination, prefix in (("0.0.0.0", 0), (target, 26))  # noqa: S104 - a route
    ]
    wide = known("2001:db8:77:99::8:7", identity=True)
    known(wide, "listening_ports.network.local.address")
    program = word("listening_ports.process.executable.name")
    machine.facts["listeners"] = [
        {
            "transport": "tcp",
            "address": wide,
            "port": 443,
            "pid": 7,
            "program": program,
            "command": word(),
            "remote": word(),
        }
    ]
    ssid = machine.canaries.name("wireless_networks.ssid")
    bssid = known("0e:c4:9a:b5:51:d0", "wireless_networks.bssid", identity=True)
    machine.facts["wireless"] = [
        {
            "interface": port,
            "ssid": ssid,
            "bssid": bssid,
            "radio": word("wireless_networks.radio"),
            "signal": -50,
            "security": word("wireless_networks.security"),
            "channel": 7,
            "key": word(),
            "profile": word(),
        }
    ]


def _neighbours(machine: WindowsCanaries, port: str) -> None:
    word, known, name = (
        machine.canaries.word,
        machine.canaries.known,
        machine.canaries.name,
    )
    own = "network_neighbours"
    known("10.91.173.254", f"{own}.address")
    station = known("0e:c4:9a:00:fe:d1", f"{own}.mac", identity=True)
    other = known("10.91.173.88", f"{own}.address", identity=True)
    machine.facts["neighbours"] = [
        NeighbourFacts("ipv4", "10.91.173.254", station, port, "reachable"),
        NeighbourFacts("ipv4", other, station, port, word(f"{own}.state")),
    ]
    scan, link = "discovered_hosts", "link_neighbours"
    machine.facts["sidecar"] = {
        "scan": [
            {
                "host.ip": known("10.91.173.91", f"{scan}.host.ip", identity=True),
                "host.mac": known("0e:c4:9a:91:91:3e", f"{scan}.host.mac"),
                "vendor": word(f"{scan}.vendor"),
            }
        ],
        "listen": [
            {
                "network.interface.name": port,
                "protocol": "cdp",
                "chassis_id": known("0e:c4:9a:5c:1a:55", f"{link}.chassis_id"),
                "port_id": word(f"{link}.port_id"),
                "port_description": word(f"{link}.port_description"),
                "system_name": name(f"{link}.system_name"),
                "system_description": word(f"{link}.system_description"),
                "management_address": known(
                    "10.91.174.9", f"{link}.management_address", identity=True
                ),
            }
        ],
    }
    machine.canaries.identities |= {"0e:c4:9a:91:91:3e", "0e:c4:9a:5c:1a:55"}


def _programs(machine: WindowsCanaries) -> None:
    word = machine.canaries.word
    machine.canaries.inside("services.display_name", machine.users[0])
    machine.facts["services"] = [
        {
            "name": word("services.name"),
            "state": 4,
            "start": 2,
            "delayed": False,
            "display": f"{word('services.display_name')} of {machine.users[0]}",
            "exit": 0,
            "account": word(),
            "command": f"C:\\{word()}.exe --password {word()}",
        },
        {"name": "Sense", "state": 4, "start": 2, "account": word()},
    ]
    machine.facts["processes"] = [
        {
            "pid": 7,
            "parent": 4,
            "program": word("processes.process.executable.name"),
            "owner": f"{word()}\\{machine.users[0]}",
            "processor": 1.5,
            "memory": 7,
            "started": 1_700_000_000,
            "command": word(),
            "environment": word(),
            "folder": word(),
        }
    ]
    machine.facts["load"] = [
        {
            "uptime": 7,
            "processors": 2,
            "TotalPhys": 16 << 30,
            "AvailPhys": 12 << 30,
            "node": word(),
            "user": word(),
        }
    ]
    machine.facts["usage"] = {"C:\\": DiskUsage(1000, 500, 500)}


def _tasks(machine: WindowsCanaries) -> None:
    word, own = machine.canaries.word, "scheduled_tasks"
    machine.canaries.inside(f"{own}.name", machine.users[1], machine.sid)
    machine.facts["tasks"] = [
        {
            "name": f"\\{word(f'{own}.name')}\\{machine.users[1]}-{machine.sid}",
            "enabled": True,
            "triggers": f"3,{word()}",
            "next_run": 1_800_000_000,
            "last_run": 1_700_000_000,
            "last_result": 0,
            "run_as": machine.users[0],
            "program": word(f"{own}.program"),
            "arguments": f"--password {word()}",
            "author": word(),
            "description": word(),
            "folder": word(),
        }
    ]


def _files(machine: WindowsCanaries) -> None:
    word, own = machine.canaries.word, "file_systems"
    machine.canaries.inside("shares.path", machine.users[0])
    machine.canaries.inside("shares.name", machine.users[0])
    machine.facts["volumes"] = [
        {
            "device": word(f"{own}.system.device"),
            "point": "C:\\",
            "type": word(f"{own}.system.filesystem.type").upper(),
            "options": f"rw,fixed,{word()}",
            "label": word(),
        },
        {
            "device": f"\\\\{word()}\\{word()}",
            "point": f"Z:\\{word(f'{own}.system.filesystem.mountpoint')}",
            "type": "NTFS",
            "options": "rw,remote",
            "label": word(),
        },
    ]
    machine.facts["shares"] = [
        {
            "name": f"{word('shares.name')}-{machine.users[0]}",
            "folder": f"D:\\{word('shares.path')}\\{machine.users[0]}",
            "type": 0,
            "remark": word(),
            "password": word(),
            "permissions": word(),
        },
        {"name": word(), "folder": word(), "type": 3},
    ]


def _printers(machine: WindowsCanaries) -> None:
    word = machine.canaries.word
    machine.canaries.inside("printers.name", machine.users[0])
    machine.facts["printers"] = [
        {
            "name": f"{word('printers.name')} of {machine.users[0]}",
            "driver": word("printers.driver"),
            "connection": word("printers.connection"),
            "state": 0,
            "attributes": 8,
            "port": f"http://{word()}:{word()}@{word()}:631",
            "location": word(),
            "comment": word(),
            "server": word(),
        }
    ]


def _certificates(machine: WindowsCanaries) -> None:
    word = machine.canaries.word
    common = word("certificates.subject")
    made = certificate(machine.canaries, common, leaf=True, number=4)
    machine.facts["certificates"] = [
        {
            "store": word("certificates.store"),
            "certificate": made.public_bytes(Encoding.DER).hex(),
            "private_key": True,
            "friendly_name": word(),
            "container": word(),
        }
    ]


def _updates(machine: WindowsCanaries) -> None:
    word, own = machine.canaries.word, "patches"
    version = "7.70.777.7777"
    machine.canaries.known(version, f"{own}.version", f"{own}.title")
    waiting, done, kept = (word(f"{own}.title") for _ in range(3))
    machine.facts["updates"] = [
        {
            "title": f"{waiting} (Version {version})",
            "kb": "",
            "update": word(f"{own}.uid"),
            "severity": word(),
            "categories": word(),
            "downloaded": True,
            "description": word(),
        }
    ]
    machine.facts["update_log"] = [
        {
            "title": done,
            "update": word(f"{own}.uid"),
            "date": 1_700_000_000,
            "operation": 1,
            "result": 2,
            "client": word(),
            "server": word(),
        },
        {
            "title": f"9WZDNCRFJ364-{word()}",
            "update": kept,
            "operation": 1,
            "result": 2,
        },
    ]
    machine.canaries.columns[kept].clear()  # an app of the store
    machine.facts["update_times"] = [{"searched": 1_700_000_000, "installed": 7}]
    machine.facts["pending_restart"] = [
        {"servicing": True, "updates": False, "renames": False, "files": word()}
    ]
