# SPDX-License-Identifier: Apache-2.0
"""Memory modules: what is in each place for one, and which places are free.

Rules: the firmware's table is the root side's to read; only asked columns come back.
Not here: how much memory there is in all (`hardware.py`), the table's form
(`agent/host/smbios.py`).
Sources: SMBIOS table 17, through the root side; names of osquery's memory_devices.
"""

from collections.abc import Iterator, Mapping

from agent.collectors._shared.declare import direct, free_text, harmless
from agent.collectors._shared.gather import number, take, there
from agent.errors import UnsupportedError
from agent.host.interface import Host, RootVerb
from agent.host.smbios import TABLE, parse_memory_devices
from agent.host.windows_door import windows
from agent.host.windows_named import Source
from agent.rows import Example, Reader, Reading, Want
from wire.catalogue import Dataset, Kind, System, ValueType
from wire.values import Value

TEXT = ValueType.TEXT

DATASET = Dataset(
    "memory_modules",
    Kind.SNAPSHOT,
    "The places for memory modules, and what is in them.",
    ("slot", "bank"),
    (
        harmless("slot", TEXT, "Says which module it is, and which places are free."),
        harmless("bank", TEXT, "Tells places of the same name apart."),
        harmless(
            "size", ValueType.BYTES, "Shows what can be added; 0 is a free place."
        ),
        harmless("form_factor", TEXT, "Says which modules fit."),
        harmless("type", TEXT, "Says which modules fit."),
        harmless("max_speed", ValueType.INTEGER, "Its best, in million transfers/s."),
        harmless("configured_speed", ValueType.INTEGER, "Shows modules held back."),
        harmless("ecc", ValueType.BOOLEAN, "Tells whether it mends errors."),
        harmless("vendor_name", TEXT, "Says who replaces it."),
        harmless("model", TEXT, "Finds the same module again."),
        direct("serial", "serial", "Needed for warranty and theft reports."),
        free_text("asset_tag", "Finds it in the client's own asset list.", "drop"),
    ),
)

_NUMBERS = frozenset({"size", "max_speed", "configured_speed"})
_FLAGS = {"True": True, "False": False}
_FILLERS = frozenset(
    {
        "00000000",
        "empty",
        "no dimm",
        "none",
        "not specified",
        "null",
        "undefined",
        "unknown",
    }
)
"""What firmware writes where it has nothing to say."""


def parse_module(answered: Mapping[str, str]) -> dict[str, Value]:
    """Return the typed values of an answered row, without fillers."""
    found: dict[str, Value] = {}
    for column, value in answered.items():
        if column in _NUMBERS:
            found[column] = number(value)
        elif column == "ecc":
            found[column] = _FLAGS.get(value)
        elif value.lower() not in _FILLERS:
            found[column] = value
    return found


def read_linux(host: Host, want: Want) -> Reading:
    """Read one row for each place for a module."""
    if not want.columns:
        return Reading([])
    if not there(host, TABLE):
        reason = "no-smbios"
        raise UnsupportedError(reason)
    answered = host.ask_root(RootVerb.READ_MEMORY_MODULES, want.columns)
    return take(want, map(parse_module, answered))


def _modules(host: Host, want: Want) -> Iterator[Mapping[str, Value]]:
    for row in windows(host).ask(Source.FIRMWARE, frozenset({"smbios"})):
        try:
            table = bytes.fromhex(str(row.get("smbios")))[_RAW_HEAD:]
        except ValueError:
            continue
        for device in parse_memory_devices(table):
            told = {name: value for name, value in device.items() if name in want}
            yield parse_module(told)


def read_windows(host: Host, want: Want) -> Reading:
    """Read one row for each place; Windows hands the table to anyone."""
    return take(want, _modules(host, want) if want.columns else ())


READERS: Mapping[System, Reader] = {
    System.LINUX: read_linux,
    System.WINDOWS: read_windows,
}
_RAW_HEAD = 8
"""RawSMBIOSData begins with versions and the length of what follows."""


def _structure(kind: int, body: bytes, *strings: bytes) -> bytes:
    texts = b"".join(text + b"\0" for text in strings) or b"\0"
    return bytes((kind, len(body) + 4, 0, 0x11)) + body + texts + b"\0"


_DDR4 = _structure(
    17,
    bytes.fromhex(
        "0010feff480040000040" "0d000102" "1a8000800c030405" "060100000000"
        "800cb004b004b004"
    ),
    b"ChannelA-DIMM0",
    b"BANK 0",
    b"Samsung",
    b"98765432",
    b"9876543200",
    b"M471A2K43CB1-CTD",
)  # fmt: skip
_DDR5 = _structure(
    17,
    bytes.fromhex(
        "0010feff40004000ff7f" "09000102" "228000ffff030405" "000200800000"
        "ffff4c044c044c04" + "00" * 44 + "80250000" "80250000"
    ),
    b"DIMM_A1",
    b"NODE 0",
    b"Unknown",
    b"00000000",
    b"Not Specified",
)  # fmt: skip
_FREE = _structure(
    17, bytes.fromhex("0010feffffffffff0000020001020200000000"), b"DIMM_B1"
)
_SYSTEM = _structure(1, bytes.fromhex("01020304") + b"\x44" * 19, b"LENOVO", b"PF0XYZ1")
_END = _structure(127, b"")

EXAMPLES = (
    Example(
        System.LINUX,
        "Composed, and read alike by dmidecode: DDR4, DDR5, a free place.",
        rows=(
            {
                "slot": "ChannelA-DIMM0",
                "bank": "BANK 0",
                "size": 17179869184,
                "form_factor": "SODIMM",
                "type": "DDR4",
                "max_speed": 3200,
                "configured_speed": 3200,
                "ecc": True,
                "vendor_name": "Samsung",
                "model": "M471A2K43CB1-CTD",
                "serial": "98765432",
                "asset_tag": "9876543200",
            },
            {
                "slot": "DIMM_A1",
                "bank": "NODE 0",
                "size": 34359738368,
                "form_factor": "DIMM",
                "type": "DDR5",
                "max_speed": 9600,
                "configured_speed": 9600,
                "ecc": False,
            },
            {"slot": "DIMM_B1", "size": 0},
        ),
        files={TABLE: _SYSTEM + _DDR4 + _DDR5 + _FREE + _END},
        facts={"euid": 0},
    ),
    Example(
        System.LINUX,
        "Composed: a table cut in the middle of a structure; the whole ones count.",
        rows=({"slot": "DIMM_B1", "size": 0},),
        files={TABLE: _FREE + _DDR4[:60]},
        facts={"euid": 0},
    ),
    Example(
        System.LINUX,
        "Composed: junk; a structure that says it is shorter than its own head.",
        rows=({"slot": "\ufffd\ufffd"},),
        files={
            TABLE: _structure(17, b"\xff" * 12 + b"\x01", b"\xff\xfe")
            + b"\x11\x02\xff\xff\0\0\x11"
        },
        facts={"euid": 0},
    ),
    Example(
        System.LINUX,
        "Composed: an empty table.",
        rows=(),
        files={TABLE: b""},
        facts={"euid": 0},
    ),
    Example(
        System.WINDOWS,
        "A free place, in the table as Windows hands it out.",
        rows=({"slot": "DIMM_B1", "size": 0},),
        facts={"firmware": ({"smbios": (bytes(8) + _SYSTEM + _FREE + _END).hex()},)},
    ),
    Example(
        System.WINDOWS,
        "A module, and a table that is none.",
        rows=(
            {
                "slot": "DIMM_A1",
                "bank": "NODE 0",
                "size": 34359738368,
                "form_factor": "DIMM",
                "type": "DDR5",
                "max_speed": 9600,
                "configured_speed": 9600,
                "ecc": False,
            },
        ),
        facts={
            "firmware": (
                {"smbios": "not hexadecimal"},
                {"smbios": (bytes(8) + _DDR5).hex()},
            )
        },
    ),
)
