# SPDX-License-Identifier: Apache-2.0
"""Who may ask for a probe, for what, and whom a probe asks.

Rules: each refusal comes before a process is started.
Not here: the process and the network (`tests/e2e/test_probes.py`).
"""

from ipaddress import ip_address

import pytest

from agent.diagnostics import sources
from agent.errors import DeniedError
from agent.host import folder_sizes
from agent.host.interface import ProbeVerb
from agent.host.linux import LinuxHost
from agent.host.root import qualified
from agent.sidecar.filters import CAPTURES
from agent.sidecar.probe_question import Probe, decode_probe, encode_probe
from agent.sidecar.probe_seam import COLUMNS, DIAGNOSTICS, answer
from agent.sidecar.probes.ping import checksum
from agent.sidecar.probes.target import is_one, targets
from wire.errors import WireError

CONNECT = ProbeVerb.CONNECT
OUTCOME = frozenset({"outcome"})
ASKED = {"host": "localhost", "port": "1"}


@pytest.mark.parametrize(
    ("columns", "allowed", "reason"),
    [
        (OUTCOME, frozenset(), "not-in-plan"),
        (OUTCOME, {"ping/outcome"}, "not-in-plan"),
        (frozenset({"banner"}), {"tcp_connect/banner"}, "not-a-column-of-this-verb"),
        (frozenset(), {"tcp_connect/outcome"}, "not-a-column-of-this-verb"),
    ],
)
def test_only_what_the_plan_has(
    columns: frozenset[str], allowed: set[str], reason: str
) -> None:
    """A verb answers its own columns, and only those of its own diagnostic's plan."""
    with pytest.raises(DeniedError, match=reason):
        answer(LinuxHost(), CONNECT, columns, ASKED, frozenset(allowed))


def test_a_pass_asks_for_nothing() -> None:
    """The host of a pass, whose plan has collectors alone, refuses every verb."""
    for verb in ProbeVerb:
        column = min(COLUMNS[verb])
        with pytest.raises(DeniedError, match="not-in-plan"):
            LinuxHost(allowed=frozenset({f"devices/{column}"})).ask_probe(
                verb, frozenset({column}), ASKED
            )


def test_every_verb_serves_a_diagnostic() -> None:
    """Verb, columns and diagnostic belong together, each to one."""
    assert set(DIAGNOSTICS) == set(COLUMNS) == set(ProbeVerb)
    for verb, name in DIAGNOSTICS.items():
        declared = {column.name for column in sources()[name].dataset.columns}
        assert COLUMNS[verb] <= declared, verb


def test_choices_are_those_there_are() -> None:
    """A request can name each filter and each place, and no other."""
    known = {
        item.name: set(item.choices)
        for name in ("packet_headers", "folder_sizes")
        for item in sources()[name].asked.parameters
    }
    assert known["filter"] == set(CAPTURES)
    assert known["area"] == set(folder_sizes.AREAS)


def test_a_question_arrives_as_it_was_sent() -> None:
    """What a probe is told is what it was asked."""
    probe = Probe(CONNECT, "www.example.test", "ipv6", port=443, parent=7)
    assert decode_probe(encode_probe(probe)) == probe


@pytest.mark.parametrize(
    "probe",
    [
        Probe(CONNECT, "-x"),
        Probe(CONNECT, "a b"),
        Probe(CONNECT, ""),
        Probe(CONNECT, "a", servers="192.0.2.1 ;id"),
        Probe(CONNECT, "a", port=65_536),
        Probe(CONNECT, "a", count=31),
        Probe(CONNECT, "a", size=65_000),
    ],
)
def test_a_child_believes_nothing(probe: Probe) -> None:
    """A probe that is told of more than a diagnostic may ask does nothing."""
    with pytest.raises((WireError, ValueError, TypeError)):
        decode_probe(encode_probe(probe))


@pytest.mark.parametrize(
    ("address", "one"),
    [
        ("10.0.0.1", True),
        ("127.0.0.1", True),
        ("fe80::1", True),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - nobody's address
        ("ff02::1", False),
        ("::", False),
    ],
)
def test_one_machine_at_a_time(address: str, one: bool) -> None:  # noqa: FBT001 - a case
    """No probe asks many machines at once, nor nobody."""
    assert is_one(ip_address(address)) is one
    assert bool(targets(address, "any")[0]) is one


def test_the_checksum_is_that_of_the_internet() -> None:
    """The example of RFC 1071 adds up, and an odd octet is filled."""
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2
    assert checksum(b"\1") == 0xFFFF - 0x0100


def test_names_of_columns_are_qualified() -> None:
    """A plan's column is known by its diagnostic's name as well."""
    assert qualified("ping", "outcome") == "ping/outcome"
