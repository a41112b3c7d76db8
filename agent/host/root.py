# SPDX-License-Identifier: Apache-2.0
"""The root side of `ask_root`: fixed verbs, declared columns, the plan checked.

Rules: a verb reads and changes nothing; it answers declared columns only, and only
those the verified plan has; arguments and answers are plain text, so that part 7 can
put a process behind `answer` without changing a caller.
Not here: checking the plan's signature (the caller passes a verified plan's columns).
"""

from collections.abc import Callable, Mapping, Sequence

from agent.budget import SOCKET_OWNER_LINKS, TEXT_BYTES
from agent.errors import DeniedError, HostError, NotFoundError
from agent.host import certificate_files, crontabs, cups, smart, smbios, sshd, utmp
from agent.host.interface import Host, RootVerb

SOCKET = "socket"
"""Key of an answered row of LIST_SOCKET_OWNERS: the socket's inode, not a column."""

DATASETS: Mapping[RootVerb, str] = {
    RootVerb.READ_DMI: "devices",
    RootVerb.LIST_SOCKET_OWNERS: "listening_ports",
    RootVerb.READ_DISK_HEALTH: "disk_health",
    RootVerb.READ_MEMORY_MODULES: "memory_modules",
    RootVerb.READ_CRONTABS: "scheduled_tasks",
    RootVerb.READ_PRINTERS: "printers",
    RootVerb.READ_CERTIFICATES: "certificates",
    RootVerb.READ_SSH_SERVER: "security_settings",
    RootVerb.READ_FAILED_SIGN_INS: "logins",
}
"""The one dataset that each verb serves."""

_DMI_FILES: Mapping[str, str] = {
    "hw.serial_number": "/sys/class/dmi/id/product_serial",
    "uuid": "/sys/class/dmi/id/product_uuid",
}

COLUMNS: Mapping[RootVerb, frozenset[str]] = {
    RootVerb.READ_DMI: frozenset(_DMI_FILES),
    RootVerb.LIST_SOCKET_OWNERS: frozenset({"process.pid", "process.executable.name"}),
    RootVerb.READ_DISK_HEALTH: smart.COLUMNS,
    RootVerb.READ_MEMORY_MODULES: smbios.COLUMNS,
    RootVerb.READ_CRONTABS: crontabs.COLUMNS,
    RootVerb.READ_PRINTERS: cups.COLUMNS,
    RootVerb.READ_CERTIFICATES: certificate_files.COLUMNS,
    RootVerb.READ_SSH_SERVER: sshd.COLUMNS,
    RootVerb.READ_FAILED_SIGN_INS: utmp.COLUMNS,
}
"""The only columns that each verb can answer."""


def qualified(dataset: str, column: str) -> str:
    """Return a column's name with its dataset, as a plan's column set holds it."""
    return f"{dataset}/{column}"


def placed(dataset: str, network: str) -> str:
    """Return a network with the dataset that is read there, as a plan holds it."""
    return f"{dataset} on {network}"


def answer(
    host: Host, verb: RootVerb, columns: frozenset[str], allowed: frozenset[str]
) -> list[dict[str, str]]:
    """Answer a verb, for the columns that the plan has.

    Args:
        host: the machine, read with root's rights.
        verb: what is asked.
        columns: columns asked for.
        allowed: the verified plan's columns, as `qualified` writes them.

    Raises:
        DeniedError: a column is not the verb's, or not in the plan.
    """
    dataset = DATASETS[verb]
    if not columns or not columns <= COLUMNS[verb]:
        reason = "not-a-column-of-this-verb"
        raise DeniedError(reason)
    if not {qualified(dataset, column) for column in columns} <= allowed:
        reason = "not-in-plan"
        raise DeniedError(reason)
    return _ANSWERS[verb](host, columns)


def _read_dmi(host: Host, columns: frozenset[str]) -> list[dict[str, str]]:
    found: dict[str, str] = {}
    for column in sorted(columns):
        try:
            data = host.read_part(_DMI_FILES[column], 0, TEXT_BYTES)
        except NotFoundError:
            continue
        value = _text(data)
        if value:
            found[column] = value
    return [found] if found else []


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\0", "").strip()


def _list_owners(host: Host, columns: frozenset[str]) -> list[dict[str, str]]:
    return list_socket_owners(host, columns, None)


def list_socket_owners(
    host: Host, columns: frozenset[str], sockets: frozenset[str] | None
) -> list[dict[str, str]]:
    """Return the process of each socket, as far as the caller's rights go.

    Args:
        host: the machine; without root it shows the caller's own processes.
        columns: process.pid, process.executable.name or both.
        sockets: inodes to look for; None for all.
    """
    found: dict[str, dict[str, str]] = {}
    links = 0
    for pid in host.list("/proc"):
        if not pid.isdigit():
            continue
        try:
            descriptors = host.list(f"/proc/{pid}/fd")
        except HostError:  # not ours to see, or just ended
            continue
        links += len(descriptors)
        mine = _sockets_of(host, pid, descriptors)
        if sockets is not None:
            mine &= sockets
        mine -= found.keys()
        if mine:
            owner = _owner(host, pid, columns)
            found.update((inode, {SOCKET: inode, **owner}) for inode in mine)
        if links > SOCKET_OWNER_LINKS or (
            sockets is not None and sockets <= set(found)
        ):
            break
    return [found[inode] for inode in sorted(found)]


def _sockets_of(host: Host, pid: str, descriptors: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for descriptor in descriptors:
        try:
            target = host.link(f"/proc/{pid}/fd/{descriptor}")
        except DeniedError:  # so are the others of this process
            break
        except HostError:  # closed since the listing
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def _owner(host: Host, pid: str, columns: frozenset[str]) -> dict[str, str]:
    owner: dict[str, str] = {}
    if "process.pid" in columns:
        owner["process.pid"] = pid
    if "process.executable.name" in columns:
        try:
            data = host.read_part(f"/proc/{pid}/comm", 0, TEXT_BYTES)
        except HostError:  # just ended
            return owner
        owner["process.executable.name"] = _text(data)
    return owner


_ANSWERS: Mapping[RootVerb, Callable[[Host, frozenset[str]], list[dict[str, str]]]] = {
    RootVerb.READ_DMI: _read_dmi,
    RootVerb.LIST_SOCKET_OWNERS: _list_owners,
    RootVerb.READ_DISK_HEALTH: smart.read_disk_health,
    RootVerb.READ_MEMORY_MODULES: smbios.read_memory_modules,
    RootVerb.READ_CRONTABS: crontabs.read_crontabs,
    RootVerb.READ_PRINTERS: cups.read_printers,
    RootVerb.READ_CERTIFICATES: certificate_files.read_certificates,
    RootVerb.READ_SSH_SERVER: sshd.read_ssh_server,
    RootVerb.READ_FAILED_SIGN_INS: utmp.read_failed_sign_ins,
}
