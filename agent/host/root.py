# SPDX-License-Identifier: Apache-2.0
"""The root side of `ask_root`: fixed verbs, declared columns, the plan checked.

Rules: a verb reads and changes nothing; it answers declared columns only, and only
those the verified plan has; arguments and answers are plain text, so that a process of
its own can be put behind `answer` without changing a caller; what answers a verb is
loaded when it is asked, for the resident process asks none.
Not here: checking the plan's signature (the caller passes a verified plan's columns).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from agent.budget import SOCKET_OWNER_LINKS, TEXT_BYTES
from agent.errors import DeniedError, HostError, NotFoundError
from agent.host.interface import Host, RootVerb

SOCKET = "socket"
"""Key of an answered row of LIST_SOCKET_OWNERS: the socket's inode, not a column."""

DATASETS: Mapping[RootVerb, Sequence[str]] = {
    RootVerb.READ_DMI: ("devices",),
    RootVerb.LIST_SOCKET_OWNERS: ("listening_ports", "socket_owners"),
    RootVerb.READ_DISK_HEALTH: ("disk_health", "disk_state"),
    RootVerb.READ_MEMORY_MODULES: ("memory_modules",),
    RootVerb.READ_CRONTABS: ("scheduled_tasks",),
    RootVerb.READ_PRINTERS: ("printers",),
    RootVerb.READ_CERTIFICATES: ("certificates", "certificate_expiry"),
    RootVerb.READ_SSH_SERVER: ("security_settings",),
    RootVerb.READ_FAILED_SIGN_INS: ("logins",),
}
"""The dataset that each verb serves, and the diagnostic that reads it on request."""

_DMI_FILES: Mapping[str, str] = {
    "hw.serial_number": "/sys/class/dmi/id/product_serial",
    "uuid": "/sys/class/dmi/id/product_uuid",
}


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
    known, read = _SIDES[verb]()
    if not columns or not columns <= known:
        reason = "not-a-column-of-this-verb"
        raise DeniedError(reason)
    if not any(
        {qualified(dataset, column) for column in columns} <= allowed
        for dataset in DATASETS[verb]
    ):
        reason = "not-in-plan"
        raise DeniedError(reason)
    return read(host, columns)


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
        from agent.host.command_name import process_name  # noqa: PLC0415 - see above

        owner["process.executable.name"] = process_name(_text(data))
    return owner


_Read = Callable[[Host, frozenset[str]], list[dict[str, str]]]
_Side = tuple[frozenset[str], _Read]
"""The columns that a verb can answer, and what answers them."""


def _dmi() -> _Side:
    return frozenset(_DMI_FILES), _read_dmi


def _owners() -> _Side:
    return frozenset({"process.pid", "process.executable.name"}), _list_owners


def _disk_health() -> _Side:
    from agent.host import smart  # noqa: PLC0415 - loaded when asked

    return smart.COLUMNS, smart.read_disk_health


def _memory_modules() -> _Side:
    from agent.host import smbios  # noqa: PLC0415 - loaded when asked

    return smbios.COLUMNS, smbios.read_memory_modules


def _crontabs() -> _Side:
    from agent.host import crontabs  # noqa: PLC0415 - loaded when asked

    return crontabs.COLUMNS, crontabs.read_crontabs


def _printers() -> _Side:
    from agent.host import cups  # noqa: PLC0415 - loaded when asked

    return cups.COLUMNS, cups.read_printers


def _certificates() -> _Side:
    from agent.host import certificate_files as files  # noqa: PLC0415 - as above

    return files.COLUMNS, files.read_certificates


def _ssh_server() -> _Side:
    from agent.host import sshd  # noqa: PLC0415 - loaded when asked

    return sshd.COLUMNS, sshd.read_ssh_server


def _failed_sign_ins() -> _Side:
    from agent.host import utmp  # noqa: PLC0415 - loaded when asked

    return utmp.COLUMNS, utmp.read_failed_sign_ins


_SIDES: Mapping[RootVerb, Callable[[], _Side]] = {
    RootVerb.READ_DMI: _dmi,
    RootVerb.LIST_SOCKET_OWNERS: _owners,
    RootVerb.READ_DISK_HEALTH: _disk_health,
    RootVerb.READ_MEMORY_MODULES: _memory_modules,
    RootVerb.READ_CRONTABS: _crontabs,
    RootVerb.READ_PRINTERS: _printers,
    RootVerb.READ_CERTIFICATES: _certificates,
    RootVerb.READ_SSH_SERVER: _ssh_server,
    RootVerb.READ_FAILED_SIGN_INS: _failed_sign_ins,
}


class Columns(Mapping[RootVerb, frozenset[str]]):
    """The only columns that each verb can answer, loaded with what answers it."""

    def __getitem__(self, verb: RootVerb) -> frozenset[str]:
        """Return a verb's columns."""
        return _SIDES[verb]()[0]

    def __iter__(self) -> Iterator[RootVerb]:
        """Yield the verbs."""
        return iter(_SIDES)

    def __len__(self) -> int:
        """Return how many verbs there are."""
        return len(_SIDES)


COLUMNS = Columns()
