# SPDX-License-Identifier: Apache-2.0
"""What is made of echo requests where no socket can tell: replies, ways, sizes.

Rules: replies are octets that Wine's own interface gave, or of a simulated network.
Not here: the interface (`tests/wine`), sockets of Linux (`tests/e2e/test_probes.py`).
"""

import contextlib
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.host.interface import ProbeVerb
from agent.sidecar.probe_question import Probe
from agent.sidecar.probes.echo import (
    EXPIRED,
    SUCCESS,
    TIMED_OUT,
    TOO_BIG,
    Reply,
    parse,
    parse6,
)
from agent.sidecar.probes.echoes import Question, path_mtu, ping, trace
from agent.sidecar.probes.target import Target

THERE = Target(socket.AF_INET, "198.51.100.9")
HEADERS = 28
ANSWERED = "7f000001000000000400000008000000d849aa01000000004000000002000000"
STEP = "c0000201052b00000200000000000000d849aa010000000040c0000002000000"
"""ICMP_ECHO_REPLY of an answer, and of a router at which the steps were used up."""


@pytest.mark.parametrize(
    ("octets", "reply", "outcome"),
    [
        (ANSWERED, Reply(SUCCESS, "127.0.0.1", "64"), "answered"),
        (STEP, Reply(EXPIRED, "192.0.2.1"), "failed"),
        ("00000000022b0000" + "00" * 24, Reply(TIMED_OUT), "timed-out"),
        ("c0000201012b0000" + "00" * 24, Reply(TOO_BIG, "192.0.2.1"), "failed"),
        ("c00002010b2b0000" + "00" * 24, Reply(11_019, "192.0.2.1"), "failed"),
    ],
)
def test_a_reply_is_read_as_it_came(octets: str, reply: Reply, outcome: str) -> None:
    """Who replied, its status as a word, and what is left of its steps."""
    found = parse(bytes.fromhex(octets), 8)
    assert (found, found.outcome) == (reply, outcome)


def test_a_reply_of_ipv6_is_read_as_it_is_declared() -> None:
    """The packed address, then two bytes of nothing, then the status."""
    address = socket.inet_pton(socket.AF_INET6, "2001:db8::7")
    octets = bytes(6) + address + bytes(4) + bytes(2) + struct.pack("<II", 0, 3)
    assert parse6(octets) == Reply(SUCCESS, "2001:db8::7")


@given(some.binary(max_size=64), some.sampled_from([4, 8]))
def test_whatever_comes_is_a_reply_or_cut_off(octets: bytes, pointer: int) -> None:
    """No octets lead to another error, or to a word that is not one of ours."""
    for read in (lambda: parse(octets, pointer), lambda: parse6(octets)):
        with contextlib.suppress(struct.error, IndexError):
            assert read().outcome.replace("-", "").isalpha()


@dataclass
class Way:
    """A network in a row.

    Attributes:
        routers: addresses of the steps; empty for one that says nothing.
        sizes: what each link lets through in one piece, the last one to the target.
        answers: whether the target does.
        blind: whether nobody says that a packet was too large.
    """

    routers: Sequence[str]
    sizes: Sequence[int]
    answers: bool = True
    blind: bool = False
    asked: int = 0

    def __call__(self, question: Question) -> Reply:
        """Carry a packet as far as it comes."""
        self.asked += 1
        for step, size in enumerate(self.sizes):
            router = self.routers[step - 1] if step else "192.0.2.200"
            if question.whole and question.size + HEADERS > size:
                told = "" if self.blind else router
                return Reply(TOO_BIG, told) if told else Reply(TIMED_OUT)
            if step + 1 == question.hops and step < len(self.routers):
                here = self.routers[step]
                return Reply(EXPIRED, here) if here else Reply(TIMED_OUT)
        return Reply(SUCCESS, THERE.address, "60") if self.answers else Reply(TIMED_OUT)


def _probe(verb: ProbeVerb, count: int) -> Probe:
    return Probe(verb, THERE.address, count=count, size=56)


def test_a_ping_counts_what_is_missing() -> None:
    """A row for each question, a second apart; of one without an answer no time."""
    replies = iter([Reply(SUCCESS, THERE.address, "60"), Reply(TIMED_OUT)])
    waited: list[float] = []
    found = ping(
        _probe(ProbeVerb.PING, 2), THERE, lambda _: next(replies), waited.append
    )
    first, second = found.rows
    assert (first["outcome"], first["ttl"], first["sequence"]) == (
        "answered",
        "60",
        "1",
    )
    assert float(first["duration"]) >= 0
    assert second == {**THERE.row("timed-out"), "sequence": "2"}
    assert len(waited) == 1
    assert 0 < waited[0] <= 1


def test_a_way_ends_at_the_target() -> None:
    """Routers in their order, one that says nothing, and the target."""
    way = Way(("192.0.2.1", "", "203.0.113.1"), (1_500,) * 4)
    found = trace(_probe(ProbeVerb.TRACE, 20), THERE, way)
    told = [(row["outcome"], row.get("network.peer.address")) for row in found.rows]
    assert told == [
        ("passed", "192.0.2.1"),
        ("silent", None),
        ("passed", "203.0.113.1"),
        ("reached", THERE.address),
    ]
    assert not found.truncated


def test_a_way_into_silence_is_given_up() -> None:
    """After five steps without a word, or as many as were asked for."""
    quiet = Way(("192.0.2.1", *[""] * 20), (1_500,) * 22, answers=False)
    assert len(trace(_probe(ProbeVerb.TRACE, 20), THERE, quiet).rows) == 6
    short = trace(_probe(ProbeVerb.TRACE, 1), THERE, quiet)
    assert (len(short.rows), short.truncated) == (1, True)
    barred = trace(
        _probe(ProbeVerb.TRACE, 9), THERE, lambda _: Reply(11_003, "10.0.0.1")
    )
    assert [row["outcome"] for row in barred.rows] == ["host-unreachable"]


@given(
    sizes=some.lists(some.integers(68, 9_216), min_size=1, max_size=6),
    blind=some.booleans(),
)
def test_the_narrowest_link_is_found_to_the_byte(
    sizes: list[int], *, blind: bool
) -> None:
    """Whether a router says that it is too narrow, or nobody does; in a few packets."""
    way = Way(
        tuple(f"192.0.2.{n + 1}" for n in range(len(sizes) - 1)), sizes, blind=blind
    )
    rows = path_mtu(THERE, way).rows
    assert rows[-1] == {**THERE.row("reached"), "mtu": str(min(sizes))}
    assert {row["outcome"] for row in rows[:-1]} <= {"narrower"}
    assert not (blind and rows[:-1])
    assert way.asked <= 30


def test_who_says_that_it_is_narrower_is_named() -> None:
    """The router before the narrowest link, with what passes there."""
    way = Way(("192.0.2.1", "203.0.113.1"), (1_500, 1_400, 1_280))
    first, last = path_mtu(THERE, way).rows
    assert first == {
        "network.type": "ipv4",
        "network.peer.address": "203.0.113.1",
        "outcome": "narrower",
        "mtu": "1280",
    }
    assert last["mtu"] == "1280"


@pytest.mark.parametrize(
    ("status", "outcome"), [(TIMED_OUT, "no-answer"), (11_003, "host-unreachable")]
)
def test_a_target_that_does_not_answer_has_no_size(status: int, outcome: str) -> None:
    """Nothing can be told of its way, and nothing is."""
    found = path_mtu(THERE, lambda _: Reply(status))
    assert found.rows == (THERE.row(outcome),)
