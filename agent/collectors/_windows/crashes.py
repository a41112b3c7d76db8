# SPDX-License-Identifier: Apache-2.0
"""What Windows tells of crashes: events of its application log, or else its archive.

Rules: Windows is asked for three events alone and for no words; of their data the
paths are not looked at; of an archived report the name of its folder is read, no file.
Stated limit: error reporting tells of a crash again (1001); of it only what no other
event tells, those of the whole system, is taken.
Not here: the declaration (`crashes.py`).
Sources: events 1000 (Application Error), 1002 (Application Hang), 1001 (Windows Error
Reporting); WER's ReportArchive.
"""

import re
from collections.abc import Mapping, Sequence

from agent.budget import CRASH_FILES, JOURNAL_ROWS
from agent.collectors._shared.crash_words import (
    ALIKE,
    COUNT,
    HANG,
    add_crash,
    file_name,
    package,
    version,
)
from agent.collectors._shared.folds import Folds
from agent.collectors._windows.log import (
    data_of,
    event_id,
    new_events,
    parse_cursor,
    root_of,
    seconds_of,
    system_attribute,
    write_cursor,
)
from agent.errors import DeniedError, HostError, NotFoundError, UnsupportedError
from agent.host.interface import Host
from agent.host.windows_door import windows
from agent.host.windows_interface import Channel, EventFacts, WindowsHost
from agent.host.windows_marks import number_of
from agent.host.windows_queries import EventKind
from agent.rows import Reading, Want
from wire.values import Value

ARCHIVE = "C:\\ProgramData\\Microsoft\\Windows\\WER\\ReportArchive"
_FOLDERS = "archive"
"""Key of the archive in a cursor: when its last report was made."""
_CRASH, _REPORT, _HANG = 1000, 1001, 1002
_KINDS = (
    EventKind("Application Error", _CRASH),
    EventKind("Windows Error Reporting", _REPORT),
    EventKind("Application Hang", _HANG),
)
_PROVIDERS = {kind.identifier: kind.provider for kind in _KINDS}
_APP, _VERSION, _MODULE, _CODE, _PACKAGE = 0, 1, 3, 6, 13
"""Places in the data of 1000; those of 1002 begin alike."""
_EVENT_NAME, _PARAMETER = 2, 5
"""Places in the data of 1001."""
_WHOLE_SYSTEM = frozenset({"BlueScreen", "LiveKernelEvent"})
_HEXADECIMAL = re.compile(r"(?:0x)?([0-9a-f]{1,16})\Z", re.IGNORECASE)
_ARCHIVED = re.compile(
    r"App(Crash|Hang)_(.{1,128}?)_[0-9a-f]{8,40}_[0-9a-f]{4,8}_", re.IGNORECASE
)


def parse_event(found: EventFacts) -> dict[str, Value] | None:
    """Return what an event tells; empty for one of no interest, None for none."""
    root = root_of(found)
    if root is None:
        return None
    identifier = event_id(root)
    provider = system_attribute(root, "Provider", "Name")
    if identifier is None or _PROVIDERS.get(identifier) != provider:
        return {}
    data = [value for _, value in data_of(root)]
    values: dict[str, Value] = {"timestamp": seconds_of(root)}
    if identifier == _REPORT:
        if _at(data, _EVENT_NAME) not in _WHOLE_SYSTEM:
            return {}
        code = _code(_at(data, _PARAMETER))
        return values | {"program": _at(data, _EVENT_NAME), "exception_code": code}
    values["program"] = file_name(_at(data, _APP))
    values["version"] = version(_at(data, _VERSION))
    if identifier == _HANG:
        return values | {"exception_code": HANG}
    return values | {
        "exception_code": _code(_at(data, _CODE)),
        "module": file_name(_at(data, _MODULE)),
        "package": package(_at(data, _PACKAGE)),
    }


def _at(data: Sequence[str], place: int) -> str:
    return data[place].strip() if place < len(data) else ""


def _code(text: str) -> str | None:
    """Return a code of Windows, such as 0xc0000005; None for any other text."""
    found = _HEXADECIMAL.match(text)
    return f"0x{found[1].lower()}" if found else None


def parse_folder(name: str) -> dict[str, Value] | None:
    """Return what the name of an archived report tells; None for another one."""
    found = _ARCHIVED.match(name)
    if found is None:
        return None
    hang = found[1].lower() == HANG
    return {"program": file_name(found[2]), "exception_code": HANG if hang else None}


class _Pass:
    """One pass: its rows and where the next one starts."""

    def __init__(self, host: WindowsHost, want: Want) -> None:
        self.host = host
        self.want = want
        self.known = parse_cursor(want.cursor, (Channel.APPLICATION.value, _FOLDERS))
        self.found = Folds(want, ALIKE, COUNT)
        self.skipped = 0
        self.truncated = False

    def read_log(self) -> None:
        """Take the new events of the application log."""
        log = Channel.APPLICATION
        new = new_events(
            log.value,
            lambda after, most: self.host.events(
                log, after, most, messages=False, only=_KINDS
            ),
            self.known.get(log.value),
            JOURNAL_ROWS,
        )
        self.skipped += new.lost
        self.truncated |= new.more
        for event in new.found:
            self.want.check()
            values = parse_event(event)
            if values is None:
                self.skipped += 1
            elif values:
                self.take(values)
        self.known[log.value] = new.place

    def read_archive(self) -> None:
        """Take the reports that were archived since the last one, by their names."""
        known = number_of(self.known.get(_FOLDERS, 0))
        new: list[tuple[int, str, dict[str, Value]]] = []
        for name in self.host.list(ARCHIVE):
            self.want.check()
            values = parse_folder(name)
            if values is None:
                continue
            try:
                made = self.host.facts(f"{ARCHIVE}\\{name}").modified
            except NotFoundError:  # deleted since the listing
                continue
            if made > known:
                new.append((made, name, {**values, "timestamp": made}))
        new.sort(key=lambda item: item[:2])
        self.skipped += max(0, len(new) - CRASH_FILES)
        for made, _, values in new[-CRASH_FILES:]:
            self.take(values)
            known = made
        self.known[_FOLDERS] = known

    def take(self, values: Mapping[str, Value]) -> None:
        """Keep a crash; count it where there is no room."""
        if not add_crash(self.found, values):
            self.skipped += 1
            self.truncated = True


def read_windows(host: Host, want: Want) -> Reading:
    """Read the crashes that were not told yet."""
    if not want.columns:
        return Reading([], want.cursor)
    this = _Pass(windows(host), want)
    try:
        this.read_log()
    except (NotFoundError, DeniedError, UnsupportedError) as problem:
        _read_archive(this, problem)
    cursor = write_cursor(this.known)
    return Reading(this.found.rows(), cursor, this.skipped, this.truncated)


def _read_archive(this: _Pass, refused: HostError) -> None:
    """Read the archive in the log's place; say of the log where there is none."""
    try:
        this.read_archive()
    except NotFoundError:
        raise refused from None
