# SPDX-License-Identifier: Apache-2.0
"""The root side's reading of CUPS's printers: which there are, and in what state.

Rules: of an address only its scheme leaves, for it may hold a password; who may print,
where a printer stands and its credentials are not read; the parser never raises.
Not here: what is made of the values (`agent/collectors/printers.py`).
Source: printers.conf of CUPS 2, as cupsd writes it (mode 0600).
"""

import re
from collections.abc import Iterator

from agent.budget import PRINTERS_BYTES, TEXT_BYTES
from agent.errors import NotFoundError
from agent.host.interface import Host

FOLDER = "/etc/cups"
TABLE = f"{FOLDER}/printers.conf"
COLUMNS = frozenset(
    {"name", "driver", "connection", "state", "accepting", "shared", "default"}
)

_BEGIN = re.compile(rb"<(Default)?Printer[ \t]+([^<>]+)>\s*\Z", re.IGNORECASE)
_END = re.compile(rb"</(?:Default)?Printer>\s*\Z", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,15}):", re.IGNORECASE)
_DIRECTIVES = {
    b"makemodel": "driver",
    b"deviceuri": "connection",
    b"state": "state",
    b"accepting": "accepting",
    b"shared": "shared",
}
_FLAGS = {"yes": "True", "on": "True", "true": "True"} | dict.fromkeys(
    ("no", "off", "false"), "False"
)


def parse_printers(data: bytes) -> Iterator[dict[str, str]]:
    """Yield what the file says of each printer that it ends."""
    found: dict[str, str] | None = None
    for raw in data.split(b"\n"):
        line = raw.strip()
        begin = _BEGIN.match(line)
        if begin:
            found = {
                "name": _text(begin[2]),
                "default": str(begin[1] is not None),
            }
        elif found is not None and _END.match(line):
            yield found
            found = None
        elif found is not None:
            name, _, value = line.partition(b" ")
            column = _DIRECTIVES.get(name.lower())
            told = _value(column, _text(value)) if column else None
            if column and told:
                found[column] = told


def _text(data: bytes) -> str:
    return data[:TEXT_BYTES].decode("utf-8", "replace").replace("\0", "").strip()


def _value(column: str, value: str) -> str | None:
    """Return what may leave of a directive's value; None for what is not understood."""
    if column == "connection":
        scheme = _SCHEME.match(value)
        return scheme[1].lower() if scheme else None
    if column == "state":
        return value.lower() if value.isalpha() else None
    if column == "driver":
        return value
    return _FLAGS.get(value.lower())


def read_printers(host: Host, columns: frozenset[str]) -> list[dict[str, str]]:
    """Return the asked columns of each printer; none where none was ever added."""
    try:
        data = host.read(TABLE, PRINTERS_BYTES)
    except NotFoundError:
        return []
    return [
        {column: value for column, value in printer.items() if column in columns}
        for printer in parse_printers(data)
    ]
