# SPDX-License-Identifier: Apache-2.0
"""Socket owners: which program waits on which port, and how many are connected to it.

Rules: of connections only their number is told; who is at their other end has no code
path.
Not here: finding the owners (`agent/collectors/listening_ports.py`).
Sources: /proc/net/tcp and its sisters; on Windows psutil.
"""

from collections import Counter
from collections.abc import Mapping

from agent.collectors import listening_ports
from agent.collectors._shared.declare import harmless, only_linux
from agent.diagnostics import Reader
from agent.diagnostics._shared.again import columns_of, read_again
from agent.diagnostics._shared.declare import asked_for, choice
from agent.errors import NotFoundError
from agent.host.interface import Host
from agent.rows import Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked
from wire.values import Value

_PORT = "network.local.port"

DATASET = asked_for(
    "socket_owners",
    "Which program waits on which port now.",
    (
        *columns_of(
            listening_ports.DATASET,
            "network.transport",
            "network.type",
            "network.local.address",
            _PORT,
            "process.executable.name",
            "process.pid",
            "process.owner",
        ),
        only_linux(
            harmless("connections", ValueType.COUNT, "Shows a server that is full.")
        ),
    ),
    choice("transport", "Which kind of port.", ("all", "tcp", "udp"), "all"),
)

_ESTABLISHED = b"01"
_FIELDS = 4


def parse_connections(data: bytes) -> Counter[int]:
    """Return how many connections each local port has, of /proc/net/tcp."""
    found: Counter[int] = Counter()
    for raw in data.split(b"\n")[1:]:
        fields = raw.split(None, _FIELDS)
        if len(fields) >= _FIELDS and fields[3] == _ESTABLISHED:
            port = fields[1].rpartition(b":")[2]
            if len(port) == 4 and all(c in b"0123456789ABCDEF" for c in port):  # noqa: PLR2004 - digits of a port
                found[int(port, 16)] += 1
    return found


def _connections(host: Host, want: Want) -> Counter[int]:
    found: Counter[int] = Counter()
    for table in ("tcp", "tcp6") if "connections" in want else ():
        try:
            found += parse_connections(host.read(f"/proc/net/{table}"))
        except NotFoundError:  # the kernel runs without this protocol
            continue
    return found


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each socket that waits."""
    transport = given.text("transport")
    linux = host.system is System.LINUX
    connected = _connections(host, want) if linux else Counter()

    def choose(values: Mapping[str, Value]) -> Mapping[str, Value] | None:
        if transport not in {"all", values.get("network.transport")}:
            return None
        port = values.get(_PORT)
        tcp = linux and values.get("network.transport") == "tcp"
        number = connected[port] if tcp and isinstance(port, int) else None
        return {**values, "connections": number}

    return read_again(
        host,
        want,
        listening_ports.DATASET,
        listening_ports.READERS,
        choose,
        frozenset({"network.transport", _PORT}),
    )


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}
