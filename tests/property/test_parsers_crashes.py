# SPDX-License-Identifier: Apache-2.0
"""Parsers of crashes: any bytes give values, never an exception.

Rules: bytes in, values out; no host.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from collections.abc import Mapping
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import crashes
from agent.collectors._examples.crashes import crash_event
from agent.collectors._linux.crashes import (
    parse_core,
    parse_crash,
    parse_cursor,
    parse_report,
    write_cursor,
)
from agent.collectors._shared.clock import Clock
from agent.collectors._windows.crashes import parse_event, parse_folder
from agent.host.windows_interface import EventFacts
from tests.property.test_parsers_events import check
from wire.values import Value

CLOCK = Clock(UTC, 1_763_950_000.0)
LINES = st.sampled_from(
    (
        b"ProblemType: Crash\n",
        b"Date: Mon Nov 24 00:00:00 2025\n",
        b"Date: Mon Foo 99 99:99:99 9999\n",
        b"Date: Mon Feb 31 99:99:99 0000\n",
        b"ExecutablePath: /usr/bin/ls\n",
        b"Package: \xff\0 1\n",
        b"Proc",
        b"\n",
        b": ",
    )
)
PROVIDERS = st.sampled_from(
    ("Application Error", "Windows Error Reporting", "Application Hang", "x")
)
PLAIN = st.text(st.characters(exclude_characters="<&", codec="utf-8"), max_size=12)


def fits(found: Mapping[str, Value] | None) -> None:
    """Fail where a value is not of its column's type."""
    check(crashes.DATASET, [found] if found else [])


@given(st.binary(max_size=200))
def test_any_entry(raw: bytes) -> None:
    """Any bytes are an entry of typed values, or none."""
    found = parse_crash(raw)
    fits(found[0] if found else None)


@pytest.mark.slow
@given(
    st.text(max_size=60)
    | st.from_regex(r"core\.[^/]{1,9}\.1\.[0-9a-f]{32}\.1\.[0-9]{16}(\.zst)?")
)
def test_any_name_of_a_core(name: str) -> None:
    """Any name is that of a core with typed values, or none."""
    fits(parse_core(name))


@given(st.lists(LINES | st.binary(max_size=9), max_size=12).map(b"".join))
def test_any_head_of_a_report(head: bytes) -> None:
    """Any bytes are the head of a report with typed values, or none."""
    fits(parse_report(head, CLOCK))


@given(
    st.text(max_size=60) | st.from_regex(r"AppCrash_.{1,9}_[0-9a-f]{8}_[0-9a-f]{8}_")
)
def test_any_folder(name: str) -> None:
    """Any name is that of an archived report with typed values, or none."""
    fits(parse_folder(name))


@pytest.mark.slow
@given(
    st.text(max_size=99),
    PROVIDERS,
    st.sampled_from((1000, 1001, 1002)),
    st.lists(PLAIN, max_size=15),
)
def test_any_event(text: str, provider: str, number: int, data: list[str]) -> None:
    """Any XML and any data are an event of typed values, or none."""
    fits(parse_event(EventFacts(text, "")))
    fits(parse_event(EventFacts(crash_event(1, provider, number, *data)[1], "")))


@given(st.binary(max_size=100))
def test_any_cursor(cursor: bytes) -> None:
    """Any bytes are a cursor, a damaged one that of a first pass."""
    found = parse_cursor(cursor)
    assert parse_cursor(write_cursor(found)) == found
