# SPDX-License-Identifier: Apache-2.0
"""The one door for what an order asks: fixed verbs, declared columns, the plan checked.

Rules: a verb serves one diagnostic, and its columns must be in the plan that the host
was made with, so no pass can ask; the network is asked by a child without rights; texts
come back, so that another process can be put behind `answer`.
Not here: whether the order is good (`agent/orders`), the child (`probe_child.py`).
"""

from collections.abc import Mapping

from agent.budget import CAPTURE_SECONDS, PROBE_SECONDS
from agent.errors import DeniedError
from agent.host.interface import Host, ProbeVerb, SidecarFacts
from agent.host.root import qualified
from agent.sidecar.ethernet import HEADERS
from agent.sidecar.probe_question import Probe
from agent.sidecar.question import Answer, decode_answer
from agent.sidecar.start import run_probe

DIAGNOSTICS: Mapping[ProbeVerb, str] = {
    ProbeVerb.CLOCK: "time_sync",
    ProbeVerb.SIZES: "folder_sizes",
    ProbeVerb.LOOKUP: "dns_lookup",
    ProbeVerb.CONNECT: "tcp_connect",
    ProbeVerb.CERTIFICATE: "tls_certificate",
    ProbeVerb.PING: "ping",
    ProbeVerb.TRACE: "traceroute",
    ProbeVerb.PATH_MTU: "path_mtu",
    ProbeVerb.CAPTURE: "packet_headers",
}
"""The one diagnostic that each verb serves."""
_ADDRESS = frozenset({"network.type", "network.peer.address", "outcome"})
_TIMED = _ADDRESS | {"duration"}
COLUMNS: Mapping[ProbeVerb, frozenset[str]] = {
    ProbeVerb.CLOCK: frozenset({"synchronised", "offset", "error.maximum"}),
    ProbeVerb.SIZES: frozenset(
        {"file.path", "file.size", "file.count", "depth", "whole"}
    ),
    ProbeVerb.LOOKUP: frozenset(
        {
            "source",
            "server.address",
            "outcome",
            "duration",
            "record",
            "ttl",
            "answer.address",
            "answer.text",
        }
    ),
    ProbeVerb.CONNECT: _TIMED,
    ProbeVerb.CERTIFICATE: _TIMED
    | {
        "tls.protocol.version",
        "tls.cipher",
        "subject",
        "issuer",
        "not_before",
        "not_after",
        "key_algorithm",
        "key_size",
        "self_signed",
        "fingerprint.sha256",
    },
    ProbeVerb.PING: _TIMED | {"sequence", "ttl"},
    ProbeVerb.TRACE: _TIMED | {"hop"},
    ProbeVerb.PATH_MTU: _ADDRESS | {"mtu"},
    ProbeVerb.CAPTURE: HEADERS,
}
"""The only columns that each verb can answer."""


def answer(
    host: Host,
    verb: ProbeVerb,
    columns: frozenset[str],
    asked: Mapping[str, str],
    allowed: frozenset[str],
) -> SidecarFacts:
    """Answer a verb, for columns that its diagnostic's plan has.

    Args:
        host: this machine.
        verb: what is asked.
        columns: columns asked for.
        asked: texts by name.
        allowed: the verified plan's columns, as `qualified` writes them.

    Raises:
        DeniedError: a column is not in the plan.
        HostError: it cannot be done, or was not.
    """
    if not columns or not columns <= COLUMNS[verb]:
        reason = "not-a-column-of-this-verb"
        raise DeniedError(reason)
    if not {qualified(DIAGNOSTICS[verb], column) for column in columns} <= allowed:
        reason = "not-in-plan"
        raise DeniedError(reason)
    found = _found(host, verb, asked)
    rows = tuple(
        {name: value for name, value in row.items() if name in columns}
        for row in found.rows
    )
    return SidecarFacts(rows, found.truncated)


def _found(host: Host, verb: ProbeVerb, asked: Mapping[str, str]) -> Answer:
    if verb is ProbeVerb.CLOCK:
        from agent.host import kernel_clock  # noqa: PLC0415 - when asked for

        return Answer((kernel_clock.state(),))
    if verb is ProbeVerb.SIZES:
        from agent.host import folder_sizes  # noqa: PLC0415 - when asked for

        return Answer(*folder_sizes.measure(asked["area"], int(asked["depth"])))
    if verb is ProbeVerb.CAPTURE:
        from agent.sidecar import seam  # noqa: PLC0415 - when asked for

        seconds = min(int(asked["seconds"]), CAPTURE_SECONDS)
        return seam.capture_headers(
            host, asked["interface"], asked["filter"], seconds, int(asked["packets"])
        )
    port, count, size = (int(asked.get(n, "0")) for n in ("port", "count", "size"))
    probe = Probe(
        verb,
        asked["host"],
        asked.get("family", "any"),
        asked.get("record", ""),
        asked.get("servers", ""),
        port,
        count,
        size,
        int(asked.get("milliseconds", PROBE_SECONDS * 1_000)),
    )
    return decode_answer(run_probe(probe), COLUMNS[verb])
