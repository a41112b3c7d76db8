# SPDX-License-Identifier: Apache-2.0
"""What the Host promises, shown on Windows'.

Rules: real calls; each script prints JSON and no raw value is expected but its own.
Not here: what readers make of it (`test_collectors.py`).
"""

import pytest
from wine_fixture import Windows

from agent.host import this_host
from agent.host.whereabouts import segments

pytestmark = [pytest.mark.wine, pytest.mark.slow]
HEAD = """
import json
from agent.errors import HostError, NotFoundError, UnsupportedError
from agent.host import this_host
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.host.windows_interface import FIELDS
host = windows(this_host())
def slug(call, *arguments):
    try:
        call(*arguments)
    except HostError as problem:
        return [type(problem).__name__, problem.reason, repr(problem.__cause__)]
    return []
"""
ANSWERS = """
import winreg
printers = "SYSTEM\\\\CurrentControlSet\\\\Control\\\\Print\\\\Printers\\\\"
with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, printers + "Discreet Test") as key:
    for name, value in (("Name", "Discreet Test"), ("Printer Driver", "Test Driver"),
                        ("Port", "192.0.2.77"), ("Print Processor", "WinPrint")):
        winreg.SetValueEx(key, name, 0, winreg.REG_SZ, value)
    winreg.SetValueEx(key, "Attributes", 0, winreg.REG_DWORD, 0x248)
told, lacking = {}, {}
for source in Source:
    try:
        told[source.value] = host.ask(source, FIELDS[source])
    except UnsupportedError as problem:
        lacking[source.value] = problem.reason
empty = told.pop(Source.SESSIONS.value)
print(json.dumps({
    "rows": {name: len(rows) for name, rows in told.items()},
    "lacking": lacking,
    "fields": {s.value: all(row.keys() <= FIELDS[s] for row in told[s.value])
               for s in Source if s is not Source.LOAD and s.value in told},
    "sessions": len(empty),
    "printers": told["printers"],
    "gateways": [row["gateway"] for row in told["routes"] if row["prefix"] == 0],
    "known": [gateway.address for gateway in host.gateways()],
    "prefixes": sorted({item.prefix for face in host.interfaces()
                        for item in face.addresses if item.family == "ipv6"}),
    "system": host.system.value,
    "kernel": host.kernel().system,
    "machine": host.kernel().machine,
    "interfaces": len(host.interfaces()),
    "files": "windows" in [name.lower() for name in host.list("C:\\\\")],
    "usage": host.usage("C:\\\\").total > 0,
}))
"""
SEGMENTS = """
from agent.host.whereabouts import segments
print(json.dumps([item.network.text() for item in segments(host)]))
"""
SIDECAR = """
from agent.host.interface import SidecarVerb
from agent.host.root import placed, qualified
from agent.host.whereabouts import segments
network = segments(host)[0].network.text()
columns = frozenset({"host.ip"})
plan = frozenset({qualified("discovered_hosts", "host.ip"),
                  placed("discovered_hosts", network)})
told = {}
for name, allowed in (("in plan", plan), ("not in plan", frozenset())):
    asked = this_host(allowed).ask_sidecar
    told[name] = slug(asked, SidecarVerb.SCAN, columns, [network])[:2]
print(json.dumps(told))
"""
RIGHTS = """
import json, win32api, win32security as security
from agent.sidecar.confined import give_up_rights
def privileges():
    token = security.OpenProcessToken(win32api.GetCurrentProcess(), 8)
    return len(security.GetTokenInformation(token, security.TokenPrivileges))
before = privileges()
given_up = give_up_rights(0)
print(json.dumps([before > 0, privileges(), given_up]))
"""
REFUSED = """
import winreg
current = "HKLM\\\\SOFTWARE\\\\Microsoft\\\\Windows NT\\\\CurrentVersion"
print(json.dumps({
    "key": slug(host.registry, current, frozenset({"DigitalProductId"})),
    "sam": slug(host.registry_keys, "HKLM\\\\SAM\\\\SAM"),
    "case": slug(host.registry, "hklm\\\\Security", frozenset({"x"})),
    "root": slug(host.registry, "HKCR\\\\x", frozenset({"x"})),
    "absent": slug(host.registry, "HKLM\\\\nowhere", frozenset({"x"})),
    "command": slug(host.ask, Source.PROCESSES, frozenset({"cmdline"})),
    "share": slug(host.read, "\\\\\\\\server\\\\share\\\\x"),
    "device": slug(host.read, "\\\\\\\\.\\\\PhysicalDrive0"),
    "stream": slug(host.read, "C:\\\\x:y"),
    "up": slug(host.read, "C:\\\\a\\\\..\\\\b"),
    "file": slug(host.read, "C:\\\\nowhere\\\\ada"),
    "large": slug(host.read, "C:\\\\windows\\\\system32\\\\kernel32.dll", 4),
}))
"""
EVENTS = """
import win32evtlog
from agent.host.windows_interface import Channel
from agent.host.windows_marks import Mark
bookmark = ("<BookmarkList><Bookmark Channel='System' RecordId='7' IsCurrent='true'/>"
            "</BookmarkList>")
mark = Mark(7, "2026-11-24T05:00:07", bookmark)
def read(place):
    return host.events(Channel.SYSTEM, place, 5, messages=True)
names = ("EvtCreateBookmark", "EvtNext", "EvtQuery", "EvtRender", "EvtSeek",
         "EvtUpdateBookmark", "EvtSeekRelativeToBookmark", "EvtRenderBookmark",
         "EvtSeekStrict", "EvtRenderEventXml", "EvtQueryChannelPath",
         "EvtQueryReverseDirection", "EvtQueryForwardDirection")
print(json.dumps({
    "lacking": [name for name in names if not hasattr(win32evtlog, name)],
    "places": [slug(read, place)[:2] for place in (None, 0, 7, mark)],
}))
"""

WMI = """
from dataclasses import dataclass
from agent.host import windows_wmi
from agent.host.windows_classes import WmiClass
@dataclass(frozen=True)
class Asked:
    namespace: str
    value: str
    properties: frozenset[str]
found, lacking = [], []
for asked in WmiClass:
    try:
        found += [(asked, row) for row in host.wmi(asked, asked.properties)]
    except NotFoundError:
        lacking.append(asked.value)
disk = host.wmi(WmiClass.DISK_DRIVE, frozenset({"Index", "Model", "Size"}))[0]
absent = Asked("root\\\\nowhere", "Nothing", frozenset({"Name"}))
no_property = Asked("root\\\\cimv2", "Win32_DiskDrive", frozenset({"Nope"}))
told = {
    "rows": all(row.keys() <= asked.properties for asked, row in found),
    "lacking": sorted(lacking),
    "disk": [disk["Index"], disk["Model"], disk["Size"].isdigit()],
    "namespace": slug(windows_wmi.rows, absent, absent.properties),
    "property": windows_wmi.rows(no_property, no_property.properties)[0],
    "other": slug(host.wmi, WmiClass.DISK_DRIVE, frozenset({"Signature"})),
    "nothing": slug(host.wmi, WmiClass.DISK_DRIVE, frozenset()),
}
windows_wmi.WMI_SECONDS = 0.0
told["slow"] = slug(host.wmi, WmiClass.DISK_DRIVE, frozenset({"Index"}))
print(json.dumps(told))
"""


def test_every_source_answers(windows: Windows) -> None:
    """Each source answers with its own fields and no others, or Wine lacks it.

    Wine lists no sessions.
    """
    told = windows.told(HEAD + ANSWERS)
    assert isinstance(told, dict)
    rows = told.pop("rows")
    assert rows.pop("wireless") == 0  # Wine has the service and no card
    assert all(count > 0 for count in rows.values())
    assert all(told.pop("fields").values())
    assert told.pop("interfaces") > 0
    assert told.pop("lacking") == {
        "groups": "no-local-groups",
        "shares": "no-file-server",
        "tasks": "no-task-scheduler",
        "update_log": "no-update-agent",
        "update_times": "no-update-agent",
        "updates": "no-update-agent",
    }
    assert None not in told.pop("prefixes")
    assert told.pop("gateways") == told.pop("known")
    assert told == {
        "sessions": 0,
        "printers": [
            {
                "name": "Discreet Test",
                "driver": "Test Driver",
                "connection": "socket",
                "state": 0,
                "attributes": 0x248,
            }
        ],
        "system": "windows",
        "kernel": "Windows",
        "machine": "x86_64",
        "files": True,
        "usage": True,
    }


def test_a_named_network_is_known(windows: Windows) -> None:
    """Gateways, interfaces and neighbours fit together, as they do on Linux."""
    expected = [item.network.text() for item in segments(this_host())]
    assert windows.told(HEAD + SEGMENTS) == expected


def test_without_what_a_scan_needs(windows: Windows) -> None:
    """A sidecar is started in its job, finds no scapy, and that is an outcome."""
    assert windows.told(HEAD + SIDECAR) == {
        "in plan": ["UnsupportedError", "no-scapy"],
        "not in plan": ["DeniedError", "not-in-plan"],
    }


def test_a_sidecar_gives_up_its_rights(windows: Windows) -> None:
    """Its privileges are gone for good; a system that keeps its level is found out.

    Wine takes the level and does nothing with it, so there a sidecar would not work on.
    """
    assert windows.told(RIGHTS) == [True, 0, False]


def test_what_is_never_read(windows: Windows) -> None:
    """Secrets, shares, devices and streams are refused, with a slug and no value."""
    never = ["DeniedError", "never-read", "None"]
    path = ["HostError", "not-an-absolute-path", "None"]
    absent = ["NotFoundError", "not-found", "None"]
    assert windows.told(HEAD + REFUSED) == {
        "key": never,
        "sam": never,
        "case": never,
        "root": ["HostError", "not-a-registry-root", "None"],
        "absent": absent,
        "command": ["DeniedError", "not-a-field-of-this-source", "None"],
        "share": path,
        "device": path,
        "stream": path,
        "up": path,
        "file": absent,
        "large": ["TooLargeError", "file-too-large", "None"],
    }


def test_wmi_answers_or_says_why(windows: Windows) -> None:
    """WMI gives named properties of named classes; what it lacks has a slug."""
    other = ["DeniedError", "not-a-property-of-this-class", "None"]
    assert windows.told(HEAD + WMI) == {
        "rows": True,
        "lacking": [
            "AntiVirusProduct",
            "FirewallProduct",
            "MSFT_MpComputerStatus",
            "Win32_EncryptableVolume",
            "Win32_Tpm",
        ],
        "disk": [0, "Wine Disk Drive", True],
        "namespace": ["NotFoundError", "no-such-wmi-class", "None"],
        "property": {},
        "other": other,
        "nothing": other,
        "slow": ["BudgetError", "wmi-time", "None"],
    }


def test_event_logs_say_that_there_are_none(windows: Windows) -> None:
    """pywin32 has all calls; Wine has no logs, so reading from any place says so.

    Wine ends a process that makes a bookmark: none is made before a query is answered.
    """
    told = windows.told(HEAD + EVENTS)
    assert told["lacking"] == []
    assert told["places"] == [["UnsupportedError", "no-event-log"]] * 4
