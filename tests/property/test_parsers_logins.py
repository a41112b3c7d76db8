# SPDX-License-Identifier: Apache-2.0
"""Parsers of sign-ins: any bytes give values, never an exception.

Rules: bytes in, values out; no host but for the database's file.
Not here: readers on recorded machines (`tests/contract/test_collectors.py`).
"""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from agent.collectors import logins
from agent.collectors._examples.logins import database, record
from agent.collectors._examples.windows_logins import sign_in
from agent.collectors._linux.logins import (
    describe,
    describe_entry,
    parse_cursor,
    unseen,
    write_cursor,
)
from agent.collectors._windows.logins import parse_sign_in
from agent.errors import HostError
from agent.host.linux import LinuxHost
from agent.host.utmp import LONG, SHORT, head_bytes, layout_of, parse, values
from agent.host.windows_interface import EventFacts
from agent.host.windows_queries import SignInLog
from agent.rows import Want
from tests.property.test_parsers_events import check
from wire.values import Value

LAYOUTS = st.sampled_from((SHORT, LONG))
LOGS = st.sampled_from(tuple(SignInLog))
NUMBERS = st.sampled_from((4624, 4625, 4634, 4647, 4778, 4779, 21, 22, 24, 99))
NAMES = st.sampled_from(
    ("TargetUserName", "LogonType", "IpAddress", "SubStatus", "SessionName", "User")
)


def fits(found: Mapping[str, Value] | None) -> None:
    """Fail where a value is not of its column's type."""
    check(logins.DATASET, [found] if found else [])


@given(st.binary(max_size=900), LAYOUTS)
def test_any_bytes_are_a_record_or_none(data: bytes, layout: object) -> None:
    """Any bytes have a layout, and are records of typed values or none."""
    chosen = SHORT if layout is SHORT else LONG
    assert layout_of(data) in (SHORT, LONG)
    found = parse(chosen, data[: chosen.size].ljust(chosen.size, b"\0"))
    if found is not None:
        fits(describe(found))
        assert all(isinstance(value, str) for value in values(found).values())


@given(
    st.integers(0, 9),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
    st.integers(10**8 + 1, 2**31 - 1),
    LAYOUTS,
    st.integers(1, 20),
)
def test_the_layout_is_found(
    kind: int, user: str, seconds: int, layout: object, count: int
) -> None:
    """Whatever the records are, their layout is told by them alone."""
    chosen = SHORT if layout is SHORT else LONG
    raw = record(kind, user, "pts/0", seconds, pid=7, layout=chosen)
    assert layout_of((raw * count)[: head_bytes()]) is chosen
    found = parse(chosen, raw)
    assert found is not None
    assert (found.type, found.seconds) == (kind, seconds)


ANY = st.none() | st.integers() | st.text(max_size=5) | st.floats() | st.binary()


@given(st.tuples(*[ANY] * 8) | st.tuples(ANY, st.just(3), *[ANY] * 6), st.booleans())
def test_any_entry_of_a_database(
    entry: tuple[object, ...],
    ended: bool,  # noqa: FBT001 - drawn
) -> None:
    """Entries of any types give typed values or none."""
    fits(describe_entry(entry, ended=ended))


@given(st.binary(max_size=200), st.integers(0, 8191))
def test_any_database(data: bytes, place: int) -> None:
    """A database damaged anywhere gives typed rows or an error of the Host's tree."""
    whole = database([(1, 3, "ada", 10**15, 2 * 10**15, "pts/0", "192.0.2.1", "sshd")])
    damaged = whole[:place] + data + whole[place + len(data) :]
    host = _Holding(damaged)
    try:
        found = logins.READERS[host.system](host, Want(_COLUMNS))
    except HostError:
        return
    for row in found.rows:
        fits({column: row.value(column) for column in row.columns()})


_COLUMNS = frozenset(column.name for column in logins.DATASET.columns)


class _Holding(LinuxHost):
    """A machine with one file, whatever is asked for, and without root."""

    def __init__(self, data: bytes) -> None:
        super().__init__("/nowhere", facts={"euid": 1000})
        self._data = data

    def read(self, path: str, limit: int = 0) -> bytes:
        """Return the database."""
        del path, limit
        return self._data

    def facts(self, path: str) -> object:  # type: ignore[override]  # never looked at
        """Say that everything is there."""
        return path


@given(st.text(max_size=200), NUMBERS, LOGS)
def test_any_event(text: str, number: int, log: SignInLog) -> None:
    """Any XML is an event of typed values, one of no interest, or none."""
    fits(parse_sign_in(EventFacts(text, ""), log))
    fits(parse_sign_in(EventFacts(sign_in(1, number, text), ""), log))


@given(st.lists(st.tuples(NAMES, st.text(max_size=12))), NUMBERS, LOGS)
def test_any_data(data: list[tuple[str, str]], number: int, log: SignInLog) -> None:
    """Any data of an event gives typed values."""
    inner = "".join(
        f'<Data Name="{name}">{value.replace("&", "").replace("<", "")}</Data>'
        for name, value in data
    )
    fits(parse_sign_in(EventFacts(sign_in(1, number, inner), ""), log))


@given(st.binary(max_size=100))
def test_any_cursor(cursor: bytes) -> None:
    """Any bytes are a cursor, a damaged one that of a first pass."""
    found = parse_cursor(cursor)
    assert parse_cursor(write_cursor(found)) == found


ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(("file", "record")), st.sampled_from(("a", "b", "1", "2"))
    ),
    max_size=6,
)


@given(ROWS, st.none() | st.tuples(st.sampled_from("ab"), st.integers(0, 3)))
def test_any_answer_of_root(
    rows: list[dict[str, str]], known: tuple[str, int] | None
) -> None:
    """Whatever root answers, what is unseen is its end."""
    found, lost = unseen(rows, known)
    assert list(found) == rows[len(rows) - len(found) :]
    assert lost >= 0
