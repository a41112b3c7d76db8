# SPDX-License-Identifier: Apache-2.0
"""Messages of the DNS: what is asked, and what is made of any answer.

Not here: resolvers (`tests/e2e/test_probes.py`).
"""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.sidecar.probes.dns_message import TYPES, Reply, ask, parse

NUMBER = 0x1234
NAME = b"\3www\7example\4test\0"


def reply(*records: bytes, flags: int = 0x8180, number: int = NUMBER) -> bytes:
    """Return a message that answers for NAME."""
    head = struct.pack(">6H", number, flags, 1, len(records), 0, 0)
    return head + NAME + struct.pack(">HH", 1, 1) + b"".join(records)


def record(kind: str, content: bytes, name: bytes = b"\xc0\x0c") -> bytes:
    """Return a record of 300 seconds, whose name is by default the question's."""
    return name + struct.pack(">HHIH", TYPES[kind], 1, 300, len(content)) + content


def test_a_question_names_what_is_asked() -> None:
    """The name goes out label by label, once, with the type of its answer."""
    sent = ask(NUMBER, "www.example.test.", "mx")
    assert sent[:2] == b"\x12\x34"
    assert NAME + struct.pack(">HH", TYPES["mx"], 1) in sent


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("a", bytes((192, 0, 2, 7)), "192.0.2.7"),
        ("aaaa", bytes(15) + b"\1", "::1"),
        ("cname", b"\3web\xc0\x10", "web.example.test"),
        ("mx", b"\0\x0a\4mail\xc0\x10", "10 mail.example.test"),
        ("srv", b"\0\1\0\2\1\xbb\3web\xc0\x10", "1 2 443 web.example.test"),
        ("txt", b"\5v=one\4 two", "v=one two"),
        ("txt", b"\4\x1b[3m", "?[3m"),
        ("ns", b"\0", "."),
    ],
)
def test_answers(kind: str, content: bytes, told: str) -> None:
    """Each type of record is told in the words of people who run networks."""
    found = parse(reply(record(kind, content)), NUMBER)
    assert found == Reply("answered", ((kind, 300, told),))


@pytest.mark.parametrize(
    ("flags", "outcome"),
    [
        (0x8183, "name-not-found"),
        (0x8182, "server-failure"),
        (0x8185, "refused"),
        (0x818B, "other-failure"),
        (0x8380, "cut"),
    ],
)
def test_outcomes(flags: int, outcome: str) -> None:
    """What a resolver says of itself is a word."""
    found = parse(reply(flags=flags), NUMBER)
    assert found == Reply(outcome, ())


@pytest.mark.parametrize(
    "strange",
    [reply(number=7), reply(flags=0x0100), ask(NUMBER, "www.example.test", "a")],
)
def test_what_answers_another_question_is_none(strange: bytes) -> None:
    """A message of another number, or a question, is no answer to ours."""
    assert parse(strange, NUMBER) is None or strange[:2] != b"\x12\x34"


@pytest.mark.parametrize(
    "broken",
    [
        record("a", b"\1\2\3"),
        record("a", bytes(4), name=b"\xc0\xff"),
        record("a", bytes(4), name=b"\xc0\x22"),
        record("cname", b"\xc0\x2e"),
        record("mx", b"\0"),
        b"\xc0\x0c\0\1",
    ],
)
def test_a_broken_record_ends_the_answer(broken: bytes) -> None:
    """A pointer that leads forward or to itself, and a record cut short, is refused."""
    assert parse(reply(broken), NUMBER) == Reply("malformed", ())


@given(st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_none(data: bytes) -> None:
    """No bytes raise, and what is told can be shown."""
    for octets in (data, reply(data), reply(record("txt", data))):
        found = parse(octets, NUMBER)
        if found is not None:
            assert all(text.isprintable() for _, _, text in found.records)
