# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from linux)
"""The sources of this Windows machine, each by its own fixed calls.

Rules: what no field asks for is not called; a source that the machine lacks is
unsupported; command lines, environments, service accounts and paths are not read.
Not here: the registry (`windows_registry.py`), what the rows mean (collectors).
"""

import ctypes
import sys
import time
from collections.abc import Callable, Iterator, Mapping

import psutil
import pywintypes
import win32api
import win32file
import win32net
import win32security
import win32service

from agent.budget import COM_SECONDS
from agent.errors import HostError, UnsupportedError
from agent.host import windows_groups, windows_tasks
from agent.host.left_behind import within
from agent.host.windows_certificates import certificates
from agent.host.windows_named import Source
from agent.host.windows_print import printers
from agent.host.windows_routes import routes
from agent.host.windows_sessions import sessions
from agent.host.windows_shares import shares
from agent.host.windows_wireless import wireless
from wire.values import Value

if sys.platform != "win32":
    reason = "agent.host.windows_sources is for Windows"
    raise ImportError(reason)

Row = Mapping[str, Value]

_RSMB = 0x52534D42
"""The raw SMBIOS table, as GetSystemFirmwareTable names it."""
_SMBIOS_LIMIT = 1 << 20
_DISABLED = 0x0002
"""UF_ACCOUNTDISABLE of lmaccess.h."""
_ACCOUNT_LEVEL = 20
"""USER_INFO_20: name, full name, comment, flags, relative id; no password field."""
_PREFIX = "\\\\?\\"
_BUILT_IN = "S-1-5-32-"
"""Groups are told by their SIDs: their names are in the machine's language."""


def _services(fields: frozenset[str]) -> Iterator[Row]:
    connect = (
        win32service.SC_MANAGER_CONNECT | win32service.SC_MANAGER_ENUMERATE_SERVICE
    )
    manager = win32service.OpenSCManager(None, None, connect)
    try:
        listed = win32service.EnumServicesStatusEx(
            manager, win32service.SERVICE_WIN32, win32service.SERVICE_STATE_ALL
        )
        for item in listed:
            row: dict[str, Value] = {
                "name": str(item["ServiceName"]),
                "display": str(item["DisplayName"]),
                "state": int(item["CurrentState"]),
                "exit": int(item["Win32ExitCode"]) & 0xFFFFFFFF,
            }
            if not fields.isdisjoint(("start", "delayed")):
                row |= _configured(manager, str(item["ServiceName"]))
            yield row
    finally:
        win32service.CloseServiceHandle(manager)


def _configured(manager: object, name: str) -> Row:
    """Return the start type; what else the configuration holds is dropped here."""
    try:
        service = win32service.OpenService(
            manager, name, win32service.SERVICE_QUERY_CONFIG
        )
    except pywintypes.error:  # not ours to ask, or removed since
        return {}
    try:
        start = int(win32service.QueryServiceConfig(service)[1])
        return {"start": start, "delayed": _delayed(service)}
    finally:
        win32service.CloseServiceHandle(service)


def _delayed(service: object) -> bool | None:
    """Tell whether a service waits until the machine has started."""
    wanted = win32service.SERVICE_CONFIG_DELAYED_AUTO_START_INFO
    try:
        return bool(win32service.QueryServiceConfig2(service, wanted))
    except pywintypes.error:  # as in Wine
        return None


def _accounts(fields: frozenset[str]) -> Iterator[Row]:
    resume = 0
    while True:
        users, _, resume = win32net.NetUserEnum(None, _ACCOUNT_LEVEL, 0, resume)
        for user in users:
            name = str(user["name"])
            row: dict[str, Value] = {
                "name": name,
                "full_name": user["full_name"] or None,
                "enabled": not int(user["flags"]) & _DISABLED,
            }
            if "sid" in fields:
                row["sid"] = _sid(name)
            if "groups" in fields:
                row["groups"] = ",".join(_groups(name))
            yield row
        if not resume:
            return


def _sid(name: str) -> str | None:
    try:
        sid, _, _ = win32security.LookupAccountName(None, name)
    except pywintypes.error:
        return None
    return str(win32security.ConvertSidToStringSid(sid))


def _groups(name: str) -> Iterator[str]:
    """Yield the local groups of an account: built-in ones by SID, others by name."""
    try:
        groups = win32net.NetUserGetLocalGroups(None, name)
    except pywintypes.error:
        return
    for group in groups:
        sid = _sid(str(group)) or ""
        yield sid if sid.startswith(_BUILT_IN) else str(group)


def _processes(fields: frozenset[str]) -> Iterator[Row]:
    for process in psutil.process_iter():
        row: dict[str, Value] = {"pid": process.pid}
        try:
            for field, read in _PROCESS.items():
                if field in fields:
                    row[field] = _told(process, read)
        except psutil.NoSuchProcess:  # it has just ended
            continue
        yield row


def _told(process: psutil.Process, read: Callable[[psutil.Process], Value]) -> Value:
    try:
        return read(process)
    except psutil.NoSuchProcess:
        raise
    except (psutil.Error, OSError):  # not ours to see
        return None


_PROCESS: Mapping[str, Callable[[psutil.Process], Value]] = {
    "parent": lambda process: process.ppid(),
    "program": lambda process: process.name(),
    "owner": lambda process: process.username(),
    "processor": lambda process: sum(process.cpu_times()[:2]),
    "memory": lambda process: process.memory_info().rss,
    "started": lambda process: int(process.create_time()),
}


def _volumes(fields: frozenset[str]) -> Iterator[Row]:
    for part in psutil.disk_partitions(all=False):
        row: dict[str, Value] = {
            "point": part.mountpoint,
            "type": part.fstype,
            "options": part.opts,
        }
        if "device" in fields:
            row["device"] = _volume_name(part.mountpoint)
        yield row


def _volume_name(point: str) -> str | None:
    """Return the volume's GUID path without its prefix."""
    try:
        found = str(win32file.GetVolumeNameForVolumeMountPoint(point))
    except pywintypes.error:
        return None
    return found.removeprefix(_PREFIX).rstrip("\\")


def _load(fields: frozenset[str]) -> Iterator[Row]:
    row: dict[str, Value] = {}
    if "uptime" in fields:
        row["uptime"] = int(time.time() - psutil.boot_time())
    if "processors" in fields:
        spent = psutil.cpu_times()
        row["processors"] = psutil.cpu_count() or 0
        row |= {
            f"cpu.{mode}": float(getattr(spent, mode))
            for mode in ("user", "system", "idle", "interrupt")
        }
    if "memory" in fields:
        known = win32api.GlobalMemoryStatusEx()
        row |= {name: int(known[name]) for name in _MEMORY}
    if "disks" in fields and (disks := psutil.disk_io_counters()):
        row |= {"disk.read": disks.read_bytes, "disk.write": disks.write_bytes}
        row["disk.operations"] = disks.read_count + disks.write_count
    if "links" in fields:
        row |= _links()
    yield row


_MEMORY = ("TotalPhys", "AvailPhys", "TotalPageFile", "AvailPageFile")


def _links() -> Row:
    """Return traffic totals of the interfaces that are no loopback."""
    loops = {
        name
        for name, addresses in psutil.net_if_addrs().items()
        if any(item.address in {"127.0.0.1", "::1"} for item in addresses)
    }
    counters = psutil.net_io_counters(pernic=True, nowrap=False)
    own = [found for name, found in counters.items() if name not in loops]
    return {
        "link.receive": sum(found.bytes_recv for found in own),
        "link.transmit": sum(found.bytes_sent for found in own),
        "link.errors": sum(found.errin + found.errout for found in own),
        "link.dropped": sum(found.dropin + found.dropout for found in own),
    }


def _listeners(fields: frozenset[str]) -> Iterator[Row]:
    for found in psutil.net_connections(kind="inet"):
        stream = found.type == 1  # SOCK_STREAM
        if not found.laddr or (stream and found.status != psutil.CONN_LISTEN):
            continue  # a connection has a peer, and peers are no part of this
        row: dict[str, Value] = {
            "transport": "tcp" if stream else "udp",
            "address": found.laddr.ip,
            "port": found.laddr.port,
            "pid": found.pid or None,
        }
        if "program" in fields and found.pid:
            row["program"] = _program(found.pid)
        yield row


def _program(pid: int) -> str | None:
    try:
        return psutil.Process(pid).name()
    except (psutil.Error, OSError):
        return None


def _firmware(_fields: frozenset[str]) -> Iterator[Row]:
    kernel = ctypes.windll.kernel32
    size = kernel.GetSystemFirmwareTable(_RSMB, 0, None, 0)
    if not 0 < size <= _SMBIOS_LIMIT:
        reason = "no-smbios"
        raise UnsupportedError(reason)
    table = ctypes.create_string_buffer(size)
    kernel.GetSystemFirmwareTable(_RSMB, 0, table, size)
    yield {"smbios": table.raw.hex()}


def _updates(source: Source) -> Callable[[frozenset[str]], Iterator[Row]]:
    def answer(fields: frozenset[str]) -> Iterator[Row]:
        from agent.host import windows_updates  # noqa: PLC0415 - loads COM

        return windows_updates.rows(source, fields)

    return answer


_ANSWERS: Mapping[Source, Callable[[frozenset[str]], Iterator[Row]]] = {
    Source.ACCOUNTS: _accounts,
    Source.CERTIFICATES: certificates,
    Source.FIRMWARE: _firmware,
    Source.GROUPS: windows_groups.members,
    Source.LISTENERS: _listeners,
    Source.LOAD: _load,
    Source.PRINTERS: printers,
    Source.PROCESSES: _processes,
    Source.ROUTES: routes,
    Source.SERVICES: _services,
    Source.TASKS: windows_tasks.tasks,
    Source.SESSIONS: sessions,
    Source.SHARES: shares,
    Source.VOLUMES: _volumes,
    **{
        source: _updates(source)
        for source in (
            Source.PENDING_RESTART,
            Source.UPDATES,
            Source.UPDATE_LOG,
            Source.UPDATE_TIMES,
        )
    },
    Source.WIRELESS: wireless,
}
_WHOLE = frozenset({Source.LOAD})
"""Sources whose fields each stand for several figures."""


_OVER_COM = frozenset(
    {Source.TASKS, Source.UPDATES, Source.UPDATE_LOG, Source.UPDATE_TIMES}
)
"""Sources whose service may think for minutes, and that nothing can break off."""


def ask(source: Source, fields: frozenset[str]) -> list[Row]:
    """Return the rows of a source, with the asked fields only.

    Raises:
        HostError: the system refuses.
    """
    try:
        if source in _OVER_COM:
            found = within(
                COM_SECONDS, "com-time", lambda: list(_ANSWERS[source](fields))
            )
        else:
            found = list(_ANSWERS[source](fields))
    except (pywintypes.error, psutil.Error, OSError, RuntimeError):
        reason = "source-failed"
        raise HostError(reason) from None  # the cause may hold a value
    if source in _WHOLE:
        return found
    return [{name: row[name] for name in fields & row.keys()} for row in found]
