# SPDX-License-Identifier: Apache-2.0
"""DNS lookup: what a name leads to, for this machine and by each of its resolvers.

Rules: the machine's own resolvers and no others, three at most.
Not here: asking (`agent/sidecar/probes/lookup.py`), which resolvers there are
(`agent/collectors/dns_resolvers.py`).
"""

from collections.abc import Mapping

from agent.collectors import dns_resolvers
from agent.collectors._shared.declare import (
    SHORT_ADDRESS,
    direct,
    free_text,
    harmless,
)
from agent.diagnostics import Case, Reader
from agent.diagnostics._shared.declare import asked_for, choice, host
from agent.diagnostics._shared.probed import DURATION, OUTCOME, TEXT, read_probe
from agent.errors import BudgetError, HostError
from agent.host.interface import Host, ProbeVerb
from agent.rows import Example, Reading, Want
from wire.catalogue import System, ValueType
from wire.diagnostics import Checked, is_host

_COLUMNS = (
    harmless("source", TEXT, "Tells the system's answer from a resolver's own."),
    direct("server.address", "ip", "Says which resolver answers so.", SHORT_ADDRESS),
    OUTCOME,
    DURATION,
    harmless("record", TEXT, "Tells kinds of answers apart."),
    harmless("ttl", ValueType.SECONDS, "Says how long an old answer may be held."),
    direct("answer.address", "ip", "Shows where a name leads.", SHORT_ADDRESS),
    free_text("answer.text", "Shows what a name stands for."),
)
_RECORDS = ("a", "aaaa", "cname", "mx", "ns", "ptr", "srv", "txt")

DATASET = asked_for(
    "dns_lookup",
    "What a name leads to, for this machine and by each of its resolvers.",
    _COLUMNS,
    host("Which name to look up."),
    choice("record", "Which kind of answer.", _RECORDS, "a"),
    seconds=60,
)


def _servers(host: Host, want: Want) -> str:
    """Return the machine's resolvers; none where it does not tell."""
    asked = Want(frozenset({"address"}), want.now, deadline=want.deadline)
    try:
        found = dns_resolvers.READERS[host.system](host, asked)
    except BudgetError:
        raise
    except HostError:
        return ""
    told = (str(row.value("address")) for row in found.rows)
    return " ".join(dict.fromkeys(address for address in told if is_host(address)))


def read(host: Host, want: Want, given: Checked) -> Reading:
    """Read one row for each answer."""
    if not want.columns:
        return Reading([])
    asked = {**given.texts, "servers": _servers(host, want)}
    return read_probe(host, want, ProbeVerb.LOOKUP, _COLUMNS, asked)


READERS: Mapping[System, Reader] = {System.LINUX: read, System.WINDOWS: read}

_SYSTEM = {
    "source": "system",
    "outcome": "answered",
    "record": "a",
    "answer.address": "192.0.2.7",
}
_RESOLVER = {
    "source": "resolver",
    "server.address": "192.0.2.53",
    "outcome": "answered",
    "record": "cname",
    "ttl": "300",
    "answer.text": "web.example.test",
}

EXAMPLES = tuple(
    Case(example, {"host": "www.example.test"})
    for system in System
    for example in (
        Example(
            system,
            "The system's answer, and an alias of a resolver.",
            rows=(_SYSTEM, {**_RESOLVER, "ttl": 300}),
            facts={"probe": {"lookup": (_SYSTEM, _RESOLVER)}},
        ),
        Example(
            system,
            "A resolver that is silent.",
            rows=({"source": "resolver", "outcome": "timed-out"},),
            facts={
                "probe": {"lookup": ({"source": "resolver", "outcome": "timed-out"},)}
            },
        ),
    )
)
