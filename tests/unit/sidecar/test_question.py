# SPDX-License-Identifier: Apache-2.0
"""Questions and answers between agent and sidecar: whole, bounded, or refused.

Rules: bytes in, values out; no process.
Not here: who may ask (`test_seam.py`), the process (`test_sidecar_process.py`).
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.budget import SIDECAR_ROWS
from agent.errors import DeniedError, HostError, UnsupportedError
from agent.sidecar.question import (
    Answer,
    Link,
    Question,
    Task,
    decode_answer,
    decode_question,
    encode_answer,
    encode_question,
    encode_reason,
)
from wire import cbor

COLUMNS = frozenset({"host.ip", "vendor"})
ROW = {"host.ip": "10.77.0.9", "vendor": "Intel"}


def test_a_question_arrives() -> None:
    """What was asked is what is done."""
    links = (Link("lan0", "02:fc:00:00:00:01", "10.77.0.2", "10.77.0.0/28"), Link("x"))
    question = Question(Task.SCAN, links, 90_000, 12, 500, "", 1, 2, 3)
    assert decode_question(encode_question(question)) == question


@given(text=st.text(max_size=60) | st.binary(max_size=60).map(bytes.hex))
def test_no_question(text: str) -> None:
    """Anything else is an error of a kind that the child ends on."""
    with pytest.raises(Exception):  # noqa: B017, PT011 - any: the child ends on each
        decode_question(text)


def test_an_answer_arrives() -> None:
    """Rows and their end are those that were found."""
    answer = Answer((ROW, {}), truncated=True)
    assert decode_answer(encode_answer(answer), COLUMNS) == answer


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("no-scapy", UnsupportedError),
        ("no-capture-driver", UnsupportedError),
        ("needs-net-raw", DeniedError),
        ("sidecar-memory-budget", HostError),
    ],
)
def test_a_reason_arrives(reason: str, kind: type[HostError]) -> None:
    """What a sidecar says of itself is an outcome of its own."""
    with pytest.raises(kind) as told:
        decode_answer(encode_reason(reason), COLUMNS)
    assert (type(told.value), told.value.reason) == (kind, reason)


UNFIT = {
    "nothing": b"",
    "junk": b"\xff\x00",
    "a list": cbor.encode([]),
    "another reason": encode_reason("ada-lovelace"),
    "no rows": cbor.encode({"truncated": False}),
    "no end": cbor.encode({"rows": []}),
    "a row that is none": cbor.encode({"rows": [1], "truncated": False}),
    "a column too many": encode_answer(Answer(({"hostname": "ada"},))),
    "a number": cbor.encode({"rows": [{"vendor": 1}], "truncated": False}),
    "a line of a terminal": encode_answer(Answer(({"vendor": "\x1b[31m"},))),
    "a long text": encode_answer(Answer(({"vendor": "x" * 5_000},))),
    "too many rows": encode_answer(Answer(({},) * (SIDECAR_ROWS + 1))),
}


@pytest.mark.parametrize("name", UNFIT)
def test_an_answer_that_does_not_fit(name: str) -> None:
    """A sidecar that was taken over can say nothing that was not declared."""
    with pytest.raises(HostError) as told:
        decode_answer(UNFIT[name], COLUMNS)
    assert told.value.reason == "sidecar-answer-unfit"


@given(data=st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    """Any bytes are an answer or a HostError."""
    for octets in (data, encode_answer(Answer((ROW,)))[: len(data)] + data):
        try:
            found = decode_answer(octets, COLUMNS)
        except HostError:
            continue
        assert all(row.keys() <= COLUMNS for row in found.rows)
