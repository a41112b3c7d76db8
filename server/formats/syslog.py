# SPDX-License-Identifier: Apache-2.0
r"""Syslog lines (RFC 5424): one a row, its columns as a JSON object in ASCII.

Rules: whatever a text holds, a line stays one line: no control character, no line
break, nothing that is not printable ASCII leaves here; a line fits what receivers take,
and one whose texts were shortened for that says so (`"cut": true`).
Not here: sending lines (`sending.py`), the ledger's lines (`server/ledger_export.py`).
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO

from server.formats.tables import DEVICE, About, Table, every, moment

NAME = "syslog"
SINGLE = False
BINARY = False
unfit = every
LINE_BYTES = 8_192
"""What rsyslog takes by default; what is longer it would cut in the middle of JSON."""
_APPLICATION = "discreet"
_NIL = "-"
_HOST_CHARS = 255
_MESSAGE_ID_CHARS = 32
_TEXT_CHARS = 4_096
"""Where shortening of texts begins; it halves until a line fits."""
_SEVERITY = "severity_number"
_CUT = "cut"


class Facility(IntEnum):
    """Who speaks (RFC 5424, table 1)."""

    AUDIT = 13
    """What people and the collector did: the ledger."""
    TELEMETRY = 16
    """`local0`: what devices sent."""


class Severity(IntEnum):
    """How bad it is (RFC 5424, table 2)."""

    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFORMATIONAL = 6
    DEBUG = 7


_SEVERITIES = (
    (21, Severity.CRITICAL),
    (17, Severity.ERROR),
    (13, Severity.WARNING),
    (10, Severity.NOTICE),
    (9, Severity.INFORMATIONAL),
    (1, Severity.DEBUG),
)
"""From which of OpenTelemetry's severity numbers on."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        facility: who speaks.
        severity: how bad it is.
        time: when, in seconds since the epoch.
        host: which machine it is of; a device's id.
        kind: its type: a dataset's name or a ledger's act.
        content: becomes a JSON object.
        release: of the collector.
    """

    facility: Facility
    severity: Severity
    time: int
    host: str
    kind: str
    content: Mapping[str, object]
    release: str


def line(message: Message) -> bytes:
    """Return a message as one line of printable ASCII, without an end of line."""
    priority = 8 * message.facility + message.severity
    time = dt.datetime.fromtimestamp(message.time, dt.UTC)
    words = (
        f"<{priority}>1",
        time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        _word(message.host, _HOST_CHARS),
        _APPLICATION,
        _NIL,
        _word(message.kind, _MESSAGE_ID_CHARS),
        f'[origin software="{_APPLICATION}" swVersion="{_word(message.release, 32)}"]',
    )
    head = " ".join(words).encode("ascii") + b" "
    return head + _content(message.content, LINE_BYTES - len(head))


def counted(octets: bytes) -> bytes:
    """Return a line as it is sent over TLS (RFC 5425): its length in front of it."""
    return b"%d %s" % (len(octets), octets)


def messages(tables: Iterable[Table], about: About) -> Iterator[Message]:
    """Yield a message for each row.

    Args:
        tables: in turn.
        about: what they are.
    """
    for table in tables:
        for record in table.records():
            yield Message(
                Facility.TELEMETRY,
                _severity(record.get(_SEVERITY)),
                moment(record, about.made),
                str(record.get(DEVICE, "")),
                table.name,
                record,
                about.release,
            )


def write(tables: Iterable[Table], about: About, out: BinaryIO) -> None:
    """Write lines; see `tables.Format`."""
    out.writelines(line(message) + b"\n" for message in messages(tables, about))


def _word(text: str, most: int) -> str:
    """Return a text as a word of the header: printable ASCII without a space."""
    kept = "".join(
        char if "!" <= char <= "~" and char not in '"\\]' else "_" for char in text
    )
    return kept[:most] or _NIL


def _content(content: Mapping[str, object], most: int) -> bytes:
    """Return JSON that is no longer than `most`; texts are shortened until it fits."""
    octets = _json(content)
    chars = _TEXT_CHARS
    while len(octets) > most and chars:
        shorter = {
            name: value[:chars] if isinstance(value, str) else value
            for name, value in content.items()
        }
        octets = _json({**shorter, _CUT: True})
        chars //= 2
    return octets if len(octets) <= most else _json({_CUT: True})


def _json(content: Mapping[str, object]) -> bytes:
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return text.replace("\x7f", "\\u007f").encode("ascii")


def _severity(number: object) -> Severity:
    if isinstance(number, int):
        for least, severity in _SEVERITIES:
            if number >= least:
                return severity
    return Severity.INFORMATIONAL
