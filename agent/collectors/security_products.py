# SPDX-License-Identifier: Apache-2.0
"""Security products: what protects the machine, and whether it is switched on.

Rules: no product is run or asked over a socket; what one found, quarantined or blocked
is not read; a state is absent where only the product itself could tell it.
Stated limits: of Linux's products those are told that `_linux/known_products.py` names;
on Linux their versions are in `software.py`, and AppArmor counts as on where the kernel
has it on, whatever profiles are loaded.
Not here: settings of the system (`security_settings.py`).
Sources: installation paths, unit links and cgroups; ClamAV's database header; ufw.conf;
AppArmor's and SELinux's own files; SecurityCenter2, MSFT_MpComputerStatus, and
the firewall's profiles in the registry. Microsoft does not document productState: its
bits 12 to 15 (1 is on) and 4 to 7 (0 is up to date) are read as GLPI and others do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from agent.collectors._linux.known_products import (
    ANTIVIRUS,
    CLAMAV,
    EDR,
    FIREWALL,
    MANDATORY,
    PRODUCTS,
    UFW,
    WINDOWS_SERVICES,
    Product,
)
from agent.collectors._linux.units import runs, starting, starts, there_as_unit
from agent.collectors._shared.declare import harmless, quasi
from agent.collectors._shared.each_source import Values, read_each
from agent.collectors._shared.gather import line, number, settings, small, start, there
from agent.collectors._windows.cim_time import cim_time
from agent.collectors._windows.steps import figure, registry, words
from agent.host.interface import Host
from agent.host.windows_classes import WmiClass
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT, FLAG = ValueType.TEXT, ValueType.BOOLEAN
_VERSION = harmless("version", TEXT, "Finds products with known faults.")

DATASET = Dataset(
    "security_products",
    Kind.SNAPSHOT,
    "What protects the machine: virus scanners, firewalls, sensors.",
    ("kind", "name"),
    (
        harmless("kind", TEXT, "Says what it protects from."),
        harmless("name", TEXT, "Says which product it is."),
        harmless("enabled", FLAG, "Shows protection that is switched off."),
        harmless("running", FLAG, "Shows protection that has stopped."),
        harmless("up_to_date", FLAG, "Shows scanners that miss new attacks."),
        harmless("signature_version", TEXT, "Says which attacks a scanner knows."),
        quasi(
            "signature_time",
            ValueType.TIMESTAMP,
            "Says since when a scanner gets no updates.",
            "bucket(86400)",
        ),
        replace(_VERSION, systems=(System.WINDOWS,)),
    ),
)

_FRESH_DAYS = 7
"""Signatures this old still count as up to date, as for Windows' Security Center."""
_DAY = 86_400
_CLAMAV_DATABASES = ("/var/lib/clamav/daily.cld", "/var/lib/clamav/daily.cvd")
_CLAMAV_MAGIC = b"ClamAV-VDB"
_CLAMAV_VERSION, _CLAMAV_TIME = 2, 8
"""Places of the header's fields, which colons part."""
_UFW = "/etc/ufw/ufw.conf"
_APPARMOR = "/sys/module/apparmor/parameters/enabled"
_SELINUX = "/sys/fs/selinux/enforce"
_SELINUX_SETTINGS = "/etc/selinux/config"
_SIGNATURES = ("up_to_date", "signature_version", "signature_time")
_STATES = ("enabled", "up_to_date")

_PROFILES = {"domain": "Domain", "private": "Standard", "public": "Public"}
_SERVICES = "HKLM\\SYSTEM\\CurrentControlSet\\Services"
_FIREWALL = f"{_SERVICES}\\SharedAccess\\Parameters\\FirewallPolicy"
_FIREWALL_POLICY = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall"
_DEFENDER = "Microsoft Defender Antivirus"
_DEFENDER_NAMES = frozenset({_DEFENDER, "Windows Defender"})
_DEFENDER_PROPERTIES = {
    "enabled": ("AntivirusEnabled", "RealTimeProtectionEnabled"),
    "up_to_date": ("AntivirusSignatureAge",),
    "signature_version": ("AntivirusSignatureVersion",),
    "signature_time": ("AntivirusSignatureLastUpdated",),
}
_CENTER = ((WmiClass.ANTIVIRUS, ANTIVIRUS), (WmiClass.FIREWALL, FIREWALL))
_AUTOMATIC, _RUNNING = 2, 4
"""dwStartType and dwCurrentState of winsvc.h."""


def parse_clamav(data: bytes, now: float) -> dict[str, Value]:
    """Return what a database's header says of its signatures.

    Args:
        data: start of the file.
        now: seconds since the epoch, to tell old signatures.
    """
    fields = data.split(b"\n", 1)[0].split(b":")
    if fields[0] != _CLAMAV_MAGIC or len(fields) <= _CLAMAV_TIME:
        return {}
    made = number(fields[_CLAMAV_TIME].split(b"\0", 1)[0].strip()) or None
    fresh = None if made is None else now - made <= _FRESH_DAYS * _DAY
    version = number(fields[_CLAMAV_VERSION])
    return {
        "up_to_date": fresh,
        "signature_version": None if version is None else str(version),
        "signature_time": made,
    }


def _clamav(host: Host, want: Want) -> Mapping[str, Value]:
    for path in _CLAMAV_DATABASES:
        data = start(host, path)
        if data:
            return parse_clamav(data, want.now)
    return {"up_to_date": False}  # it has never had any


def _installed(host: Host, product: Product) -> bool:
    if any(there(host, place) for place in product.places):
        return True
    return there_as_unit(host, product.units)


def products(host: Host, want: Want) -> Iterator[Values]:
    """Read the products that have a place of their own."""
    known = starting(host) if "enabled" in want else frozenset[str]()
    for product in PRODUCTS:
        want.check()
        if not _installed(host, product):
            continue
        values: dict[str, Value] = {"kind": product.kind, "name": product.name}
        if "enabled" in want:
            values["enabled"] = starts(host, known, product.units)
            if product.name == UFW:
                switch = settings(small(host, _UFW)).get("ENABLED", "")
                values["enabled"] = switch.lower() == "yes"
        if "running" in want and product.stays:
            values["running"] = runs(host, product.units)
        if product.name == CLAMAV and want.any(*_SIGNATURES):
            values |= _clamav(host, want)
        yield values


def mandatory(host: Host, want: Want) -> Iterator[Values]:
    """Read what the kernel confines programs with."""
    del want
    switch = line(host, _APPARMOR)
    if switch is not None:
        yield {"kind": MANDATORY, "name": "AppArmor", "enabled": switch == "Y"}
    enforced = line(host, _SELINUX)
    if enforced is not None or there(host, _SELINUX_SETTINGS):
        yield {"kind": MANDATORY, "name": "SELinux", "enabled": enforced == "1"}


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each product of a Linux machine."""
    return read_each(host, want, (products, mandatory))


def parse_state(state: Value) -> tuple[bool | None, bool | None]:
    """Return whether a product is on and up to date, of Security Center's number."""
    bits = figure(state)
    if bits is None:
        return None, None
    return (bits >> 12) & 0xF == 1, not (bits >> 4) & 0xF


def parse_defender(row: Values) -> dict[str, Value]:
    """Return the columns of Microsoft Defender's own status."""
    on, watches = row.get("AntivirusEnabled"), row.get("RealTimeProtectionEnabled")
    told = isinstance(on, bool) and isinstance(watches, bool)
    age = figure(row.get("AntivirusSignatureAge"))
    return {
        "kind": ANTIVIRUS,
        "name": _DEFENDER,
        "enabled": (on is True and watches is True) if told else None,
        "up_to_date": None if age is None else age <= _FRESH_DAYS,
        "signature_version": words(row.get("AntivirusSignatureVersion")),
        "signature_time": cim_time(row.get("AntivirusSignatureLastUpdated")),
        "version": words(row.get("AMProductVersion")),
    }


class _Center:
    """What WMI tells; Defender is told once, by itself where it does."""

    def __init__(self) -> None:
        self._defender = False

    def defender(self, host: Host, want: Want) -> Iterator[Values]:
        wanted = {"AMProductVersion"}
        for column, properties in _DEFENDER_PROPERTIES.items():
            if column in want:
                wanted.update(properties)
        for row in windows(host).wmi(WmiClass.DEFENDER, frozenset(wanted))[:1]:
            self._defender = True
            yield parse_defender(row)

    def listed(self, host: Host, want: Want) -> Iterator[Values]:
        wanted = {"displayName"}
        if want.any(*_STATES):
            wanted.add("productState")
        for asked, kind in _CENTER:
            for row in windows(host).wmi(asked, frozenset(wanted)):
                want.check()
                name = words(row.get("displayName"))
                if name is None or (self._defender and name in _DEFENDER_NAMES):
                    continue
                on, fresh = parse_state(row.get("productState"))
                values = {"kind": kind, "name": name, "enabled": on}
                yield values | ({"up_to_date": fresh} if kind == ANTIVIRUS else {})


def firewall(host: Host, want: Want) -> Iterator[Values]:
    """Read whether the firewall of Windows is on, for each kind of network."""
    del want
    name = "EnableFirewall"
    for network, profile in _PROFILES.items():
        paths = [f"{_FIREWALL_POLICY}\\{network.title()}Profile"]
        paths += [
            f"{place}\\{profile}Profile" for place in (_FIREWALL_POLICY, _FIREWALL)
        ]
        found = (figure(registry(host, path, name).get(name)) for path in paths)
        value = next((value for value in found if value is not None), None)
        if value is not None:
            shown = f"Windows Firewall ({network})"
            yield {"kind": FIREWALL, "name": shown, "enabled": value == 1}


def sensors(host: Host, want: Want) -> Iterator[Values]:
    """Read the services that watch a machine for its maker's console."""
    fields = {"name"} | ({"start"} if "enabled" in want else set())
    fields |= {"state"} if "running" in want else set()
    for row in windows(host).ask(Source.SERVICES, frozenset(fields)):
        want.check()
        name = WINDOWS_SERVICES.get(words(row.get("name")) or "")
        if name is None:
            continue
        begins, state = figure(row.get("start")), figure(row.get("state"))
        yield {
            "kind": EDR,
            "name": name,
            "enabled": None if begins is None else begins <= _AUTOMATIC,
            "running": None if state is None else state == _RUNNING,
        }


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each product of a Windows machine."""
    center = _Center()
    return read_each(host, want, (center.defender, center.listed, firewall, sensors))


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
