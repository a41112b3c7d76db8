# SPDX-License-Identifier: Apache-2.0
"""Printers: the queues of the machine, their drivers and their state.

Rules: of a printer's address only the kind of connection is told; jobs, who printed
and where a printer stands are not read; on Windows, a queue of another machine that a
person has added is not told.
Not here: the file's form (`agent/host/cups.py`), the devices that are plugged in
(`peripherals.py`).
Sources: CUPS's printers.conf, through the root side: asking cupsd would start it;
Windows' spooler (`agent/host/windows_print.py`) and each person's default in HKU.
"""

from collections.abc import Iterator, Mapping

from agent.collectors._shared.declare import free_text, harmless, only_linux
from agent.collectors._shared.gather import take, there
from agent.collectors._windows.steps import (
    PEOPLE,
    fields_for,
    figure,
    registry,
    registry_keys,
    words,
)
from agent.errors import UnsupportedError
from agent.host.cups import FOLDER, TABLE
from agent.host.interface import Host, RootVerb
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "printers",
    Kind.SNAPSHOT,
    "Printers: drivers, state, and whether others may use them.",
    ("name",),
    (
        free_text("name", "Lets a technician find the printer that is meant."),
        harmless("driver", TEXT, "Finds drivers with known faults."),
        harmless("connection", TEXT, "Tells printers on the network from attached."),
        harmless("state", TEXT, "Shows printers that have stopped."),
        only_linux(
            harmless("accepting", ValueType.BOOLEAN, "Shows printers that refuse jobs.")
        ),
        harmless("shared", ValueType.BOOLEAN, "Shows printers open to others."),
        harmless("default", ValueType.BOOLEAN, "Says where a job goes by itself."),
    ),
)

_BOOLEANS = frozenset({"accepting", "shared", "default"})
_FLAGS = {"True": True, "False": False}


def parse_printer(answered: Mapping[str, str]) -> dict[str, Value]:
    """Return the typed values of an answered row."""
    return {
        column: _FLAGS.get(value) if column in _BOOLEANS else value
        for column, value in answered.items()
    }


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each printer."""
    if not want.columns:
        return Reading([])
    if not there(host, FOLDER):
        reason = "no-cups"
        raise UnsupportedError(reason)
    answered = host.ask_root(RootVerb.READ_PRINTERS, want.columns)
    return take(want, map(parse_printer, answered))


_FIELDS = {"name": "name", "driver": "driver", "connection": "connection"}
_SHARED, _OFFLINE = 0x8, 0x400
"""PRINTER_ATTRIBUTE_SHARED and _WORK_OFFLINE of winspool.h."""
_STOPPED = 0x0054_18DB
"""PRINTER_STATUS_PAUSED, _ERROR, _PAPER_JAM, _PAPER_OUT, _PAPER_PROBLEM, _OFFLINE,
_OUTPUT_BIN_FULL, _NOT_AVAILABLE, _NO_TONER, _USER_INTERVENTION, _DOOR_OPEN."""
_PRINTING = 0x0000_4700
"""PRINTER_STATUS_IO_ACTIVE, _BUSY, _PRINTING, _PROCESSING."""
_DEVICE_COMMAS = 2
_DEFAULT = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Windows"


def parse_state(status: int | None, attributes: int | None) -> str | None:
    """Return a printer's state in CUPS's words."""
    if status is None:
        return None
    if status & _STOPPED or (attributes or 0) & _OFFLINE:
        return "stopped"
    return "processing" if status & _PRINTING else "idle"


def parse_device(value: str) -> str:
    """Return the printer of "name,winspool,port"; a name can hold commas itself."""
    return value.rsplit(",", _DEVICE_COMMAS)[0]


def _defaults(host: Host, want: Want) -> set[str] | None:
    """Return the default printers of people; None where nobody's is ours to read."""
    found: set[str] = set()
    read = False
    people = [sid for sid in registry_keys(host, "HKU") if sid.startswith(PEOPLE)]
    for sid in people:
        want.check()
        values = registry(host, f"HKU\\{sid}\\{_DEFAULT}", "Device")
        read = read or bool(values)
        found.add(parse_device(words(values.get("Device")) or ""))
    return found if read else None


def _queues(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    fields = fields_for(want, _FIELDS)
    if want.any("state", "shared"):
        fields |= {"attributes"}
    if "state" in want:
        fields |= {"state"}
    if "default" in want:
        fields |= {"name"}
    defaults = _defaults(host, want) if "default" in want else None
    for row in windows(host).ask(Source.PRINTERS, fields):
        name, attributes = words(row.get("name")), figure(row.get("attributes"))
        yield {
            "name": name,
            "driver": words(row.get("driver")),
            "connection": words(row.get("connection")),
            "state": parse_state(figure(row.get("state")), attributes),
            "shared": None if attributes is None else bool(attributes & _SHARED),
            "default": None if defaults is None else name in defaults,
        }


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each local queue."""
    return take(want, _queues(host, want) if want.columns else ())


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}

_CONF = b"""# Printer configuration file for CUPS v2.4.2
# Written by cupsd
# DO NOT EDIT THIS FILE WHEN CUPSD IS RUNNING
NextPrinterId 3
<DefaultPrinter HP_LaserJet_2OG>
PrinterId 1
UUID urn:uuid:6b2e3f8e-0f3c-3c5a-5a3b-000000000001
Info HP LaserJet, Ada's room
Location Room 12
MakeModel HP LaserJet Series PCL 6 CUPS
DeviceURI socket://10.20.30.40:9100
State Idle
StateTime 1763940000
Type 8425684
Accepting Yes
Shared No
JobSheets none none
OpPolicy default
ErrorPolicy retry-job
</DefaultPrinter>
<Printer Empfang>
PrinterId 2
AuthInfoRequired username,password
MakeModel Brother MFC-L2710DW series, driverless
DeviceURI smb://EXAMPLE\\ada:hunter2@print.example.test/empfang
State Stopped
StateMessage Held by ada
Accepting No
Shared Yes
DenyUser grace
</Printer>
"""

EXAMPLES = (
    Example(
        System.LINUX,
        "Composed in cupsd's form: a printer on the network, and one by password.",
        rows=(
            {
                "name": "HP_LaserJet_2OG",
                "driver": "HP LaserJet Series PCL 6 CUPS",
                "connection": "socket",
                "state": "idle",
                "accepting": True,
                "shared": False,
                "default": True,
            },
            {
                "name": "Empfang",
                "driver": "Brother MFC-L2710DW series, driverless",
                "connection": "smb",
                "state": "stopped",
                "accepting": False,
                "shared": True,
                "default": False,
            },
        ),
        files={TABLE: _CONF},
        facts={"euid": 0},
    ),
    Example(
        System.LINUX,
        "Composed: a file cut while it is written; what has no end is no printer.",
        rows=({"name": "a", "state": "idle", "default": False},),
        files={TABLE: b"<Printer a>\nState Idle\n</Printer>\n<Printer b>\nState Id"},
        facts={"euid": 0},
    ),
    Example(
        System.LINUX,
        "Composed: junk between the tags, and directives outside of them.",
        rows=({"name": "\ufffd", "driver": "\ufffd\ufffd", "default": False},),
        files={
            TABLE: b"State Idle\n<Printer \xff>\n\0\xfe\nState 1 2\n"
            b"MakeModel \xff\xfe\n"
            b"DeviceURI //no-scheme\nShared perhaps\nAccepting\n</Printer>\n</Printer>"
        },
        facts={"euid": 0},
    ),
    Example(
        System.LINUX,
        "Composed: CUPS is there and no printer was ever added.",
        rows=(),
        files={f"{FOLDER}/": b""},
        facts={"euid": 0},
    ),
    Example(
        System.WINDOWS,
        "Composed: a shared printer, one that has no paper, and a person's default.",
        rows=(
            {
                "name": "HP LaserJet, Ada's room",
                "driver": "HP Universal Printing PCL 6",
                "connection": "socket",
                "state": "processing",
                "shared": True,
                "default": True,
            },
            {
                "name": "Microsoft Print to PDF",
                "driver": "Microsoft Print To PDF",
                "connection": "file",
                "state": "idle",
                "shared": False,
                "default": False,
            },
            {
                "name": "Label",
                "driver": "ZDesigner ZD420",
                "connection": "usb",
                "state": "stopped",
                "shared": False,
                "default": False,
            },
        ),
        facts={
            "printers": (
                {
                    "name": "HP LaserJet, Ada's room",
                    "driver": "HP Universal Printing PCL 6",
                    "connection": "socket",
                    "state": 0x400,
                    "attributes": 0x248,
                },
                {
                    "name": "Microsoft Print to PDF",
                    "driver": "Microsoft Print To PDF",
                    "connection": "file",
                    "state": 0,
                    "attributes": 0x240,
                },
                {
                    "name": "Label",
                    "driver": "ZDesigner ZD420",
                    "connection": "usb",
                    "state": 0x10,
                    "attributes": 0x240,
                },
            ),
            "registry": {
                f"HKU\\S-1-5-18\\{_DEFAULT}": {"Device": "Label,winspool,Ne01:"},
                f"HKU\\S-1-5-21-1-2-3-1001\\{_DEFAULT}": {
                    "Device": "HP LaserJet, Ada's room,winspool,Ne00:"
                },
            },
        },
    ),
    Example(
        System.WINDOWS,
        "Composed: a queue of which nothing is told, one off line, nobody's default.",
        rows=({}, {"name": "a?b", "state": "stopped", "shared": False}),
        facts={
            "printers": (
                {"name": "", "driver": " ", "state": "x", "attributes": None},
                {"name": "a\ud800b", "state": 0, "attributes": 0x400},
            )
        },
    ),
    Example(System.WINDOWS, "Composed: a machine without a printer.", rows=()),
)
