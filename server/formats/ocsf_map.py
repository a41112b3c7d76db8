# SPDX-License-Identifier: Apache-2.0
"""Which dataset is which class of OCSF, and which column which attribute.

Rules: each dataset of the catalogue stands here, with its class or with the reason why
it has none; an attribute means what the column means, or the column stays unmapped.
Not here: how an event is made of it (`ocsf.py`), times and addresses (there as well).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Record = Mapping[str, object]
Given = dict[str, object]


@dataclass(frozen=True, slots=True)
class Event:
    """A class of events, and what happened."""

    uid: int
    activity: int


@dataclass(frozen=True, slots=True)
class Source:
    """How one row becomes an event.

    Attributes:
        event: its class and activity.
        paths: attribute of each column that has one.
        given: attributes that are known without a column.
        otherwise: what the class requires, where no column told it.
    """

    event: Event
    paths: Mapping[str, str]
    given: Given = field(default_factory=dict)
    otherwise: Mapping[str, object] = field(default_factory=dict)


_UNKNOWN = "unknown"
_NO_EVENT = Event(0, 0)
"""The base event: for what is told by no class of its own."""
_INVENTORY = Event(5_001, 2)
_CONFIGURATION = Event(5_002, 2)
_USER = Event(5_003, 2)
_PATCH = Event(5_004, 2)
_GROUP = Event(5_009, 1)
_JOB = Event(5_010, 1)
_CONNECTION = Event(5_012, 1)
_NETWORKS = Event(5_013, 1)
_PERIPHERAL = Event(5_014, 1)
_PROCESS = Event(5_015, 1)
_SERVICE = Event(5_016, 1)
_SESSION = Event(5_017, 1)
_SOFTWARE = Event(5_020, 2)
OF_DEVICES = frozenset({_INVENTORY, _CONFIGURATION, _PATCH, _SOFTWARE})
"""Events of which the device is a part, whatever the profile."""
_LOGON, _LOGOFF, _SIGN_IN = Event(3_002, 1), Event(3_002, 2), Event(3_002, 0)
_EXISTS: Given = {"query_result_id": 1}

_OUTCOMES = {
    "success": (_LOGON, 1),
    "failure": (_LOGON, 2),
    "logout": (_LOGOFF, 1),
}
_LOGON_TYPES = {"local": 2, "remote": 10, "network": 3, "service": 5, "unlock": 7}
_ACCOUNT_TYPES = {"user": 1, "root": 2, "system": 3, "service": 4}
_CHASSIS = {"server": 1, "desktop": 2, "laptop": 3, "notebook": 3, "tablet": 4}
_SYSTEMS = {"windows": 100, "linux": 200}
_INSTALLED = {"installed": 1, "pending": 2, "downloaded": 2, "failed": 2}
_VERSIONS = {"ipv4": 4, "ipv6": 6}


def _plain(
    event: Event,
    paths: Mapping[str, str],
    otherwise: Mapping[str, object] | None = None,
    given: Given | None = None,
) -> Callable[[Record], Source]:
    source = Source(event, paths, given or {}, otherwise or {})
    return lambda _: source


def _word(words: Mapping[str, int], value: object) -> int:
    return words.get(value.lower(), 0) if isinstance(value, str) else 0


def _sign_in(record: Record) -> Source:
    if record.get("type") == "boot":  # the machine came up or went down: nobody's
        return Source(_NO_EVENT, {})
    event, status = _OUTCOMES.get(str(record.get("outcome")), (_SIGN_IN, 0))
    given: Given = {
        "status_id": status,
        "logon_type_id": _word(_LOGON_TYPES, record.get("type")),
        "dst_endpoint.uid": record.get("device", _UNKNOWN),
    }
    paths = {
        "user.name": "user.name",
        "client.address": "src_endpoint.ip",
        "service.name": "service.name",
        "terminal": "session.terminal",
        "failed_count": "count",
    }
    return Source(event, paths, given, {"user.name": _UNKNOWN})


def _account(record: Record) -> Source:
    kind = _word(_ACCOUNT_TYPES, record.get("type"))
    paths = {"user.name": "user.name", "user.id": "user.uid"}
    return Source(_USER, paths, {"user.type_id": kind}, {"user.name": _UNKNOWN})


def _system(record: Record) -> Source:
    paths = {
        "os.name": "device.os.name",
        "os.version": "device.os.version",
        "os.build_id": "device.os.build",
        "kernel_release": "device.os.kernel_release",
        "edition": "device.os.edition",
        "os.type": "device.os.type",
    }
    given: Given = {"device.os.type_id": _word(_SYSTEMS, record.get("os.type"))}
    return Source(_INVENTORY, paths, given, {"device.os.name": _UNKNOWN})


def _machine(record: Record) -> Source:
    paths = {
        "host.name": "device.hostname",
        "device.manufacturer": "device.vendor_name",
        "device.model.name": "device.model",
        "hw.serial_number": "device.hw_info.serial_number",
        "chassis": "device.hw_info.chassis",
        "bios_ver": "device.hw_info.bios_ver",
        "bios_date": "device.hw_info.bios_date",
        "host.arch": "device.hw_info.cpu_architecture",
        "boot_time": "device.boot_time",
        "domain": "device.domain",
    }
    kind = _word(_CHASSIS, record.get("chassis"))
    return Source(_INVENTORY, paths, {"device.type_id": kind})


def _patch(record: Record) -> Source:
    paths = {
        "uid": "kb_article_list[].uid",
        "title": "kb_article_list[].title",
        "severity": "kb_article_list[].severity",
        "install_state": "kb_article_list[].install_state",
    }
    state = _word(_INSTALLED, record.get("install_state"))
    given: Given = {"kb_article_list[].install_state_id": state}
    otherwise = {
        "kb_article_list[].uid": _UNKNOWN,
        "device.os.name": _UNKNOWN,
        "device.os.type_id": 0,
        "device.os.version": _UNKNOWN,
    }
    return Source(_PATCH, paths, given, otherwise)


def _port(record: Record) -> Source:
    paths = {
        "network.transport": "connection_info.protocol_name",
        "process.pid": "process.pid",
        "process.executable.name": "process.name",
        "process.owner": "process.user.name",
    }
    version = _word(_VERSIONS, record.get("network.type"))
    given: Given = {
        **_EXISTS,
        "state_id": 10,
        "connection_info.direction_id": 1,
        "connection_info.protocol_ver_id": version,
    }
    return Source(_CONNECTION, paths, given, {"process.uid": _UNKNOWN})


_CONFIGURED = _plain(_CONFIGURATION, {})

CLASSES: Mapping[str, Callable[[Record], Source]] = {
    "devices": _machine,
    "disk_encryption": _CONFIGURED,
    "event_logs": _plain(_NO_EVENT, {"message": "message", "count": "count"}),
    "group_members": _plain(
        _GROUP,
        {
            "group": "group.name",
            "group.id": "group.uid",
            "domain": "group.domain",
            "member": "users[].name",
            "member.id": "users[].uid",
        },
        {"group.name": _UNKNOWN},
        _EXISTS,
    ),
    "hardware": _plain(
        _INVENTORY,
        {
            "host.cpu.model.name": "device.hw_info.cpu_type",
            "sockets": "device.hw_info.cpu_count",
            "cores": "device.hw_info.cpu_cores",
        },
    ),
    "listening_ports": _port,
    "logins": _sign_in,
    "network_interfaces": _plain(
        _NETWORKS,
        {
            "network.interface.name": "network_interfaces[].name",
            "host.ip": "network_interfaces[].ip",
            "host.mac": "network_interfaces[].mac",
        },
        {"network_interfaces[].name": _UNKNOWN},
        _EXISTS,
    ),
    "operating_systems": _system,
    "patches": _patch,
    "peripherals": _plain(
        _PERIPHERAL,
        {
            "product_name": "peripheral_device.name",
            "class": "peripheral_device.class",
            "vendor_name": "peripheral_device.vendor_name",
            "serial": "peripheral_device.serial_number",
        },
        {"peripheral_device.name": _UNKNOWN},
        _EXISTS,
    ),
    "processes": _plain(
        _PROCESS,
        {
            "process.pid": "process.pid",
            "process.parent_pid": "process.parent_process.pid",
            "process.executable.name": "process.name",
            "process.owner": "process.user.name",
            "process.creation.time": "process.created_time",
        },
        {"process.uid": _UNKNOWN},
        _EXISTS,
    ),
    "scheduled_tasks": _plain(
        _JOB,
        {
            "name": "job.name",
            "next_run": "job.next_run_time",
            "last_run": "job.last_run_time",
            "run_as": "job.user.name",
        },
        {"job.name": _UNKNOWN},
        _EXISTS,
    ),
    "security_products": _CONFIGURED,
    "security_settings": _CONFIGURED,
    "services": _plain(
        _SERVICE, {"name": "service.name"}, {"service.name": _UNKNOWN}, _EXISTS
    ),
    "sessions": _plain(
        _SESSION,
        {"terminal": "session.terminal", "start_time": "session.created_time"},
        {"session.terminal": _UNKNOWN},
        _EXISTS,
    ),
    "software": _plain(
        _SOFTWARE,
        {
            "name": "package.name",
            "version": "package.version",
            "architecture": "package.architecture",
            "package_manager": "package.package_manager",
            "purl": "package.purl",
            "vendor_name": "package.vendor_name",
        },
        {"package.name": _UNKNOWN, "package.version": _UNKNOWN},
    ),
    "user_accounts": _account,
}

_NUMBERS = "numbers over time: otlp-metrics is for them"
_STATE = "a state of the machine's upkeep, of which no class of events tells"
_NETWORK = "what a network looks like, of which no class of events tells"
NONE: Mapping[str, str] = {
    "agent_health": _NUMBERS,
    "agent_metrics": _NUMBERS,
    "batteries": _STATE,
    "certificates": "the schema has certificates as a part of other events alone",
    "crashes": "a program that ended by a fault is no class of events",
    "discovered_hosts": "other machines: an inventory event would take them for ours",
    "disk_health": _STATE,
    "dns_resolvers": _NETWORK,
    "event_counts": _NUMBERS,
    "event_templates": _NUMBERS,
    "file_systems": _STATE,
    "host_metrics": _NUMBERS,
    "link_neighbours": _NETWORK,
    "memory_modules": _STATE,
    "network_neighbours": _NETWORK,
    "network_routes": _NETWORK,
    "printers": _STATE,
    "sensors": _NUMBERS,
    "shares": _STATE,
    "storage_devices": _STATE,
    "update_status": _STATE,
    "wireless_networks": _NETWORK,
}
"""Why a dataset has no event."""
ANSWER = "an answer to one order is for who asked: no event"
"""Why no diagnostic has one."""
