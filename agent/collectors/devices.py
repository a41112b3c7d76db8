# SPDX-License-Identifier: Apache-2.0
"""Devices: one row that says which machine this is.

Rules: serial number and UUID come from the root side alone; nothing is guessed: what
a source does not say is absent.
Not here: the operating system, processors, disks and addresses (own collectors).
Sources: /etc/machine-id, /sys/class/dmi/id, uname, /proc/stat, SMBIOS 3.6 table 17.
"""

from collections.abc import Mapping

from agent.collectors._shared.declare import direct, free_text, harmless, quasi
from agent.collectors._shared.gather import (
    Source,
    line,
    number,
    read_sources,
    small,
    start,
    text,
    there,
)
from agent.errors import DeniedError, NotFoundError
from agent.host.interface import Host, KernelFacts, RootVerb
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "devices",
    Kind.SNAPSHOT,
    "The machine itself: maker, model, age of its firmware, and its names.",
    ("host.id",),
    (
        direct("host.id", "device", "Tells this machine from others between reports."),
        direct("host.name", "host", "Lets a technician find the machine by its name."),
        direct("hw.serial_number", "serial", "Needed for warranty and theft reports."),
        direct("uuid", "device", "Matches the machine with virtualisation tools."),
        harmless("device.manufacturer", TEXT, "Says where drivers come from."),
        harmless("device.model.name", TEXT, "Finds known faults of this model."),
        quasi("chassis", TEXT, "Laptops and servers are looked after differently."),
        harmless("bios_ver", TEXT, "Shows firmware with known security holes."),
        harmless("bios_date", TEXT, "Shows firmware that is out of date."),
        harmless("host.arch", TEXT, "Says which builds of software fit."),
        harmless("host.type", TEXT, "Tells physical machines from virtual ones."),
        quasi("boot_time", ValueType.TIMESTAMP, "Shows restarts that are overdue."),
        quasi("timezone", TEXT, "Puts times in logs into the machine's own day."),
        quasi("domain", TEXT, "Says which network it is in.", "pseudonymise", "domain"),
        free_text("asset_tag", "Finds it in the client's own asset list.", "drop"),
    ),
)

_DMI = "/sys/class/dmi/id"
_DMI_COLUMNS = {
    "device.manufacturer": "sys_vendor",
    "device.model.name": "product_name",
    "bios_ver": "bios_version",
    "asset_tag": "chassis_asset_tag",
}
_FILLERS = frozenset(
    {
        "default string",
        "no asset information",
        "none",
        "not specified",
        "to be filled by o.e.m.",
    }
)
"""What makers write where they have nothing to say."""
_CHASSIS = {
    **dict.fromkeys((3, 4, 5, 6, 7, 15, 16, 24, 35, 36), "desktop"),
    **dict.fromkeys((8, 9, 10, 14, 31, 32), "laptop"),
    **dict.fromkeys((17, 23, 25, 28, 29), "server"),
    **dict.fromkeys((11, 30), "tablet"),
    13: "all-in-one",
    33: "iot-gateway",
    34: "embedded",
}
_ARCHITECTURES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "i386": "x86",
    "i686": "x86",
    "armv6l": "arm32",
    "armv7l": "arm32",
    "ppc64le": "ppc64",
}
"""uname's words in OpenTelemetry's."""
_VIRTUAL_MAKERS = (
    "amazon ec2",
    "bochs",
    "google",
    "innotek",
    "kvm",
    "microsoft corporation",
    "nutanix",
    "openstack",
    "parallels",
    "qemu",
    "red hat",
    "vmware",
    "xen",
)
_ZONES = "/zoneinfo/"
_HYPERVISOR = b" hypervisor"


def parse_chassis(value: str | None) -> str | None:
    """Return the kind of chassis of an SMBIOS number; None where it says nothing."""
    kind = number(value)
    return _CHASSIS.get(kind) if kind is not None else None


def parse_bios_date(value: str | None) -> str | None:
    """Return an SMBIOS date (month/day/year) as year-month-day."""
    parts = (value or "").split("/")
    if len(parts) != 3 or not all(number(part) for part in parts):  # noqa: PLR2004 - month, day, year
        return None
    month, day, year = (part.zfill(2) for part in parts)
    return f"{year}-{month}-{day}"


def parse_boot_time(data: bytes) -> int | None:
    """Return the boot time in the text of /proc/stat."""
    _, found, rest = data.rpartition(b"\nbtime ")
    return number(rest.partition(b"\n")[0].strip()) if found else None


def parse_domain(node: str, resolver: bytes) -> str | None:
    """Return the DNS domain: of the host name, else of the resolver's settings."""
    _, _, domain = node.partition(".")
    if domain:
        return domain
    found: dict[str, str] = {}
    for raw in resolver.split(b"\n"):
        words = text(raw).split()
        if len(words) > 1 and words[0] in {"domain", "search"}:
            found[words[0]] = words[1].rstrip(".")
    return found.get("domain") or found.get("search") or None


def host_type(maker: str | None, model: str | None, processors: bytes) -> str | None:
    """Return "vm" or "physical"; None where nothing tells."""
    if any(name in f"{maker} {model}".lower() for name in _VIRTUAL_MAKERS):
        surface = "surface" in f"{model}".lower()  # Microsoft's own computers
        return "physical" if surface else "vm"
    if _HYPERVISOR in processors:
        return "vm"
    return "physical" if maker else None


def _read_identity(host: Host, _want: Want) -> Mapping[str, Value]:
    return {"host.id": line(host, "/etc/machine-id")}


def _kernel(host: Host) -> KernelFacts | None:
    try:
        return host.kernel()
    except NotFoundError:
        return None


def _read_kernel(host: Host, want: Want) -> Mapping[str, Value]:
    kernel = _kernel(host)
    node = kernel.node if kernel else ""
    values: dict[str, Value] = {"host.name": node or None}
    if kernel:
        values["host.arch"] = _ARCHITECTURES.get(kernel.machine, kernel.machine) or None
    if "domain" in want:
        resolver = b"" if "." in node else small(host, "/etc/resolv.conf")
        values["domain"] = parse_domain(node, resolver)
    return values


def _dmi(host: Host, name: str) -> str | None:
    value = line(host, f"{_DMI}/{name}")
    return None if value is None or value.lower() in _FILLERS else value


def _read_dmi(host: Host, want: Want) -> Mapping[str, Value]:
    values: dict[str, Value] = {
        column: _dmi(host, name)
        for column, name in _DMI_COLUMNS.items()
        if column in want
    }
    if "chassis" in want:
        values["chassis"] = parse_chassis(_dmi(host, "chassis_type"))
    if "bios_date" in want:
        values["bios_date"] = parse_bios_date(_dmi(host, "bios_date"))
    return values


def _read_type(host: Host, _want: Want) -> Mapping[str, Value]:
    if there(host, "/run/systemd/container") or there(host, "/.dockerenv"):
        return {"host.type": "container"}
    maker, model = _dmi(host, "sys_vendor"), _dmi(host, "product_name")
    found = host_type(maker, model, b"")
    if found != "vm":
        found = host_type(maker, model, start(host, "/proc/cpuinfo"))
    return {"host.type": found}


def _read_serials(host: Host, want: Want) -> Mapping[str, Value]:
    columns = want.columns & {"hw.serial_number", "uuid"}
    try:
        answered = host.ask_root(RootVerb.READ_DMI, frozenset(columns))
    except DeniedError:
        return {}
    return {
        column: value
        for row in answered
        for column, value in row.items()
        if value.lower() not in _FILLERS
    }


def _read_boot_time(host: Host, _want: Want) -> Mapping[str, Value]:
    return {"boot_time": parse_boot_time(host.read("/proc/stat"))}


def _read_timezone(host: Host, _want: Want) -> Mapping[str, Value]:
    zone = line(host, "/etc/timezone")
    if zone is None:
        try:
            _, _, zone = host.link("/etc/localtime").rpartition(_ZONES)
        except NotFoundError:
            return {}
    return {"timezone": zone or None}


_SOURCES: tuple[Source, ...] = (
    (("host.id",), _read_identity),
    (("host.name", "host.arch", "domain"), _read_kernel),
    ((*_DMI_COLUMNS, "chassis", "bios_date"), _read_dmi),
    (("host.type",), _read_type),
    (("hw.serial_number", "uuid"), _read_serials),
    (("boot_time",), _read_boot_time),
    (("timezone",), _read_timezone),
)


def read_linux(host: Host, want: Want) -> Reading:
    """Read the machine's one row."""
    return read_sources(host, want, _SOURCES)


def _told(value: str | None) -> str | None:
    return None if value is None or value.lower() in _FILLERS else value


def _windows_sources() -> tuple[Source, ...]:
    """Return where each column is on Windows."""
    from agent.collectors._windows import device  # noqa: PLC0415 - Windows only

    def read_bios(host: Host, want: Want) -> Mapping[str, Value]:
        found = device.read_bios(host, want)
        return {
            **{column: _told(value) for column, value in found.items()},
            "bios_date": parse_bios_date(found["bios_date"]),
        }

    def read_type(host: Host, _want: Want) -> Mapping[str, Value]:
        return {"host.type": host_type(*device.read_maker(host), b"")}

    def read_firmware(host: Host, _want: Want) -> Mapping[str, Value]:
        found = device.read_firmware(host)
        return {
            "hw.serial_number": _told(found.serial),
            "uuid": found.uuid,
            "chassis": parse_chassis(found.chassis),
            "asset_tag": _told(found.asset_tag),
        }

    def read_names(host: Host, want: Want) -> Mapping[str, Value]:
        values = dict(device.read_names(host, want))
        machine = values["host.arch"]
        values["host.arch"] = _ARCHITECTURES.get(str(machine), machine)
        return values

    return (
        (("host.id",), device.read_identity),
        (("host.name", "host.arch", "domain"), read_names),
        (tuple(device.BIOS_VALUES), read_bios),
        (("host.type",), read_type),
        (device.FIRMWARE_COLUMNS, read_firmware),
        (("boot_time",), device.read_boot_time),
        (("timezone",), device.read_zone),
    )


def read_windows(host: Host, want: Want) -> Reading:
    """Read the machine's one row."""
    return read_sources(host, want, _windows_sources())


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

EXAMPLES = (
    Example(
        System.LINUX,
        "A laptop, read as root; written after a ThinkPad's files.",
        rows=(
            {
                "host.id": "0123456789abcdef0123456789abcdef",
                "host.name": "ada-laptop.example.test",
                "hw.serial_number": "PF0XYZ12",
                "uuid": "4c4c4544-0042-3510-8054-b4c04f4a4e32",
                "device.manufacturer": "LENOVO",
                "device.model.name": "20XW00AAGE",
                "chassis": "laptop",
                "bios_ver": "N32ET75W (1.51 )",
                "bios_date": "2021-12-02",
                "host.arch": "amd64",
                "host.type": "physical",
                "boot_time": 1700000000,
                "timezone": "Europe/Zurich",
                "domain": "example.test",
            },
        ),
        files={
            "/etc/machine-id": b"0123456789abcdef0123456789abcdef\n",
            "/etc/timezone": b"Europe/Zurich\n",
            "/proc/stat": b"cpu  1 2 3 4\nctxt 5\nbtime 1700000000\nprocesses 9\n",
            "/proc/cpuinfo": b"processor\t: 0\nflags\t\t: fpu vme\n",
            "/sys/class/dmi/id/sys_vendor": b"LENOVO\n",
            "/sys/class/dmi/id/product_name": b"20XW00AAGE\n",
            "/sys/class/dmi/id/product_serial": b"PF0XYZ12\n",
            "/sys/class/dmi/id/product_uuid": b"4c4c4544-0042-3510-8054-b4c04f4a4e32\n",
            "/sys/class/dmi/id/chassis_type": b"10\n",
            "/sys/class/dmi/id/chassis_asset_tag": b"No Asset Information\n",
            "/sys/class/dmi/id/bios_version": b"N32ET75W (1.51 )\n",
            "/sys/class/dmi/id/bios_date": b"12/02/2021\n",
        },
        facts={
            "euid": 0,
            "kernel": KernelFacts(
                "Linux", "ada-laptop.example.test", "6.1.0-28-amd64", "#1", "x86_64"
            ),
        },
    ),
    Example(
        System.LINUX,
        "A virtual machine without SMBIOS, zone by link, domain by DHCP.",
        rows=(
            {
                "host.name": "web1",
                "host.arch": "riscv64",
                "host.type": "vm",
                "boot_time": 1763945294,
                "timezone": "Etc/UTC",
                "domain": "corp.example.test",
            },
        ),
        files={
            "/etc/resolv.conf": b"# made by dhcp\nsearch corp.example.test. b.test\n",
            "/proc/stat": b"cpu  1 2 3 4\nbtime 1763945294\n",
            "/proc/cpuinfo": b"processor\t: 0\nflags\t\t: fpu hypervisor lahf\n",
        },
        links={"/etc/localtime": "/usr/share/zoneinfo/Etc/UTC"},
        facts={"kernel": KernelFacts("Linux", "web1", "6.1.0", "#1", "riscv64")},
    ),
    Example(
        System.LINUX,
        "Junk in every file gives no wrong value.",
        rows=({"host.type": "physical", "device.manufacturer": "\ufffd\ufffd"},),
        files={
            "/etc/machine-id": b"\n",
            "/etc/timezone": b"",
            "/proc/stat": b"btime btime\nbtime 99999999999999999999999\n",
            "/sys/class/dmi/id/sys_vendor": b"\xff\0\xfe\n",
            "/sys/class/dmi/id/product_name": b"To Be Filled By O.E.M.\n",
            "/sys/class/dmi/id/chassis_type": b"-3\n",
            "/sys/class/dmi/id/bios_date": b"12/xx/2021\n",
        },
    ),
)
