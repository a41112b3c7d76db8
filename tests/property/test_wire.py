# SPDX-License-Identifier: Apache-2.0
"""Laws of the wire format, over drawn messages, bodies, frames and damage.

Rules: what is encoded is decoded equal and has one form; damage is a WireError and
nothing else, whatever the bytes.
Not here: chosen cases (`tests/unit/wire`), the vectors (`tests/vectors`).
"""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.vectors import first_opener, generate, second_opener, world
from tests.vectors.second_cbor import rules
from wire import body, cbor, cddl, frame, ledger, limits, signed
from wire.body import Mode, Op, Table
from wire.catalogue import (
    Column,
    Dataset,
    Kind,
    Sensitivity,
    Storage,
    ValueType,
    storage,
)
from wire.errors import ChainError, DecodeError, SchemaError, WireError
from wire.mint import mint_record
from wire.signed import SignedKind
from wire.state import row_octets, state_digest
from wire.unsealing import unseal
from wire.values import Value

RULES = {rule.name: rule for rule in cddl.rules()}
SEALED = world.sealed([world.software(), world.load()])
INTEGERS = st.integers(-(2**63), 2**63 - 1)
KEYS = st.integers(0, 2**63 - 1)
SCALARS = st.one_of(
    INTEGERS, st.binary(max_size=40), st.text(max_size=20), st.booleans(), st.none()
)
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(KEYS, inner, max_size=5),
        st.dictionaries(st.text(max_size=9), inner, max_size=5),
    ),
    max_leaves=15,
)
few = settings(max_examples=40, deadline=None)
BEYOND = frozenset({"technician", "root"})
"""Messages with a technician, whose parts have to fit together beyond their schema."""


@pytest.mark.slow
@given(PLAIN)
def test_a_value_has_one_form(value: cbor.Plain) -> None:
    """What is encoded is decoded equal, and encodes to the same bytes again."""
    try:
        octets = cbor.encode(value)
    except DecodeError:
        return  # nested too deeply
    decoded = cbor.decode(octets)
    assert value == decoded
    assert octets == cbor.encode(decoded)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_alike_or_refused_alike(octets: bytes) -> None:
    """Both openers come to the same value, or both refuse."""
    vector = {"kind": "cbor", "input": octets.hex()}
    (first, value), (second, same) = (
        first_opener.judge(vector),
        second_opener.judge(vector),
    )
    assert (first == "ok", value) == (second == "ok", same)


def _strategy(kind: str) -> st.SearchStrategy[cbor.Plain]:
    """Return what draws values of a CDDL type, as the published schema has it."""
    if kind.startswith("["):
        bounds, _, item = kind[1:-1].partition(" ")
        least, most = map(int, bounds.split("*"))
        return st.lists(_strategy(item), min_size=least, max_size=min(most, least + 2))
    if ".size" in kind:
        return _sized(kind)
    if " / " in kind:
        return st.one_of(*map(_strategy, kind.split(" / ")))
    if ".." in kind:
        return st.integers(*map(int, kind.split("..")))
    if kind in rules():
        return _maps(kind)
    return st.just(None if kind == "null" else json.loads(kind))


def _sized(kind: str) -> st.SearchStrategy[cbor.Plain]:
    least, _, most = kind.partition(".size ")[2].strip("()").partition("..")
    longest = min(int(most or least), int(least) + 9)
    if kind.startswith("bstr"):
        return st.binary(min_size=int(least), max_size=longest)
    letters = st.characters(max_codepoint=126)
    return st.text(letters, min_size=int(least), max_size=longest)


def _maps(rule: str) -> st.SearchStrategy[cbor.Plain]:
    fields = rules()[rule]
    whole = {key: _strategy(kind) for optional, key, kind in fields if not optional}
    extra = {key: _strategy(kind) for optional, key, kind in fields if optional}
    return st.fixed_dictionaries(whole, optional=extra)  # type: ignore[return-value]  # maps are plain


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_message_is_what_its_schema_says(name: str) -> None:
    """What the CDDL allows is decoded, and encodes to the same bytes again."""
    rule = RULES[name]

    @settings(few, suppress_health_check=[HealthCheck.too_slow])
    @given(_maps(name))
    def check(plain: cbor.Plain) -> None:
        octets = cbor.encode(plain)
        try:
            message = rule.decode(octets, 2**22)
        except SchemaError:
            if name in BEYOND:
                return
            raise
        assert octets == rule.encode(message)
        assert message == rule.decode(rule.encode(message), 2**22)

    check()


@pytest.mark.parametrize("name", sorted(RULES))
def test_no_message_takes_another_key(name: str) -> None:
    """A field more or less, or null in its place, is refused for each message."""

    @settings(few, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
    @given(_maps(name), st.data())
    def check(plain: dict[int | str, cbor.Plain], data: st.DataObject) -> None:
        needed = [key for optional, key, _ in rules()[name] if not optional]
        gone = data.draw(st.sampled_from(needed))
        rest = {key: value for key, value in plain.items() if key != gone}
        for wrong in (rest, plain | {99: 0}, plain | {gone: {}}):
            with pytest.raises(DecodeError):
                RULES[name].decode(cbor.encode(wrong), 2**22)

    check()


CELLS: dict[Storage, st.SearchStrategy[Value]] = {
    Storage.UTF8: st.text(max_size=12),
    Storage.BOOL: st.booleans(),
    Storage.INT64: INTEGERS,
    Storage.FLOAT64: st.floats(allow_nan=False, allow_infinity=False),
}


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Draw a table of any types, nulls, mode and operations."""
    kinds = draw(st.lists(st.sampled_from(list(ValueType)), max_size=5))
    columns = tuple(
        Column(f"c{number}", kind, Sensitivity.HARMLESS, "Shows it.", "keep")
        for number, kind in enumerate(kinds)
    )
    cells = {column.name: st.none() | CELLS[storage(column.type)] for column in columns}
    rows = draw(st.lists(st.fixed_dictionaries(cells), max_size=20))
    mode = draw(st.sampled_from(Mode))
    dataset = Dataset("drawn", Kind.SNAPSHOT, "Drawn.", (), columns)
    records = [mint_record("drawn", "support", row) for row in rows]
    state = draw(st.none() | st.binary(min_size=32, max_size=32))
    whole = Table(dataset, columns, records, mode, (), state)
    return draw(_changes(whole)) if mode is Mode.DELTA else whole


@st.composite
def _changes(draw: st.DrawFn, table: Table) -> Table:
    """Make a delta of a table: any changes and removals, then any additions."""
    count = len(table.records)
    told = draw(st.integers(0, count))
    number = st.integers(0, limits.ROW_NUMBER - count)
    numbers = sorted(draw(st.lists(number, min_size=told, max_size=told, unique=True)))
    first = draw(st.integers(numbers[-1] + 1 if numbers else 0, limits.ROW_NUMBER))
    first = min(first, limits.ROW_NUMBER - (count - told) + 1)
    kinds = st.sampled_from([Op.CHANGE, Op.REMOVE])
    ops = draw(st.lists(kinds, min_size=told, max_size=told))
    ops += [Op.ADD] * (count - told)
    return replace(
        table,
        records=[
            None if op is Op.REMOVE else record
            for record, op in zip(table.records, ops, strict=True)
        ],
        ops=tuple(ops),
        numbers=(*numbers, *range(first, first + count - told)),
    )


@pytest.mark.slow
@given(tables())
def test_any_table_comes_back(table: Table) -> None:
    """Values, nulls, operations and state come back as they went in, in both."""
    octets = body.encode([table], (), "support")
    (opened,) = body.decode(octets).tables
    assert (table.mode, table.ops, table.numbers, table.state) == (
        opened.mode,
        opened.ops,
        opened.numbers,
        opened.state,
    )
    for column in opened.columns:
        expected = [record and record.value(column.name) for record in table.records]
        assert expected == body.values_of(column, opened.rows)
    vector = {"kind": "body", "input": octets.hex()}
    assert first_opener.judge(vector) == second_opener.judge(vector)


@pytest.mark.slow
@given(tables(), st.data())
def test_no_body_has_a_second_form(table: Table, data: st.DataObject) -> None:
    """A body with a changed octet is refused, or is other content in both openers."""
    octets = bytearray(body.encode([table], (), "support"))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    vector = {"kind": "body", "input": octets.hex()}
    whole = {"kind": "body", "input": body.encode([table], (), "support").hex()}
    verdict = first_opener.judge(vector)
    assert verdict == second_opener.judge(vector)
    # repr, for 0.0 == -0.0
    assert repr(verdict) != repr(first_opener.judge(whole))


@given(st.binary(max_size=5_000), st.integers(0, 60))
def test_any_body_is_framed_and_read(content: bytes, times: int) -> None:
    """A frame gives its body back and has the length of a size class."""
    whole = content * times
    try:
        octets = frame.frame(whole)
    except WireError:
        assert len(whole) > limits.BODY_RATIO_FLOOR
        return
    assert whole == frame.unframe(octets)
    assert frame.padded(len(octets)) == len(octets)


@given(st.integers(0, 2**31))
def test_size_classes_leak_little_and_cost_little(length: int) -> None:
    """A class is no smaller, at most 12 % larger, and is its own class."""
    size = frame.padded(length)
    assert length <= size
    assert size <= max(limits.PAD_MINIMUM, math.ceil(length * 1.12))
    assert size == frame.padded(size)


@given(st.binary(max_size=600))
def test_any_bytes_are_a_frame_or_refused(octets: bytes) -> None:
    """Both openers take the same frames, and refuse with the same class."""
    padding = bytes(frame.padded(len(octets)) - len(octets))
    vector = {"kind": "frame", "input": (octets + padding).hex()}
    assert first_opener.judge(vector) == second_opener.judge(vector)


@few
@given(st.integers(0, 8 * len(SEALED) - 1))
def test_a_flipped_bit_never_opens(bit: int) -> None:
    """An envelope with any one bit flipped is refused."""
    octets = bytearray(SEALED)
    octets[bit // 8] ^= 1 << bit % 8
    with pytest.raises(WireError):
        unseal(bytes(octets), world.opening("support"), world.signing("device").public)


@few
@given(st.integers(0, len(SEALED) - 1), st.integers(0, 40), st.binary(max_size=40))
def test_any_damage_is_a_wire_error(at: int, cut: int, instead: bytes) -> None:
    """Octets cut out, put in or replaced are refused, and never another exception."""
    octets = SEALED[:at] + instead + SEALED[at + cut :]
    if octets == SEALED:
        return
    with pytest.raises(WireError):
        unseal(octets, world.opening("support"), world.signing("device").public)


@given(st.sampled_from(SignedKind), st.sampled_from(SignedKind), st.binary(min_size=1))
def test_a_signature_is_for_one_kind(
    kind: SignedKind, other: SignedKind, payload: bytes
) -> None:
    """A message signed as one kind is none of another."""
    key = world.signing("gate")
    octets = signed.sign(kind, payload, [key])
    assert payload == signed.verified(octets, kind, key.public)
    if other is not kind:
        with pytest.raises(WireError):
            signed.verified(octets, other, key.public)
        renamed = cbor.decode(octets)
        if not isinstance(renamed, dict):
            raise TypeError
        with pytest.raises(WireError):
            signed.verified(cbor.encode(renamed | {2: other.value}), other, key.public)


def _chain(acts: list[str]) -> list[tuple[bytes, bytes | None, bytes | None]]:
    head, chain = ledger.EMPTY, []
    for number, act in enumerate(acts):
        salt = world.octets(f"{number}", 16)
        head, entry, content = ledger.append(
            head, act, {"number": number}, salt, number
        )
        chain.append((entry, content, salt))
    return [*chain]


ACTS = st.lists(st.sampled_from(["sealed", "sent", "opened"]), min_size=2, max_size=8)


@pytest.mark.slow
@given(ACTS, st.data())
def test_no_ledger_can_be_changed(acts: list[str], data: st.DataObject) -> None:
    """An entry removed, moved, doubled or altered is found; an erasure is none."""
    chain = _chain(acts)
    head = ledger.verify(chain, None)
    at = data.draw(st.integers(0, len(chain) - 1))
    entry, content, salt = chain[at]
    to = data.draw(st.integers(0, len(chain) - 1).filter(lambda place: place != at))
    moved = [*chain]
    moved[at], moved[to] = moved[to], moved[at]
    other = ledger.ENTRY.decode(entry)
    altered = ledger.ENTRY.encode(
        ledger.Entry(other.index, other.previous, other.time + 1, other.act, other.body)
    )
    for wrong in (
        chain[:at] + chain[at + 1 :],
        moved,
        [*chain[: at + 1], *chain[at:]],
        [*chain[:at], (altered, content, salt), *chain[at + 1 :]],
        [*chain[:at], (entry, cbor.encode({"number": 99}), salt), *chain[at + 1 :]],
        [*chain[:at], (entry, content, bytes(16)), *chain[at + 1 :]],
    ):
        with pytest.raises(ChainError):
            ledger.verify(wrong, head)
    assert head == ledger.verify(
        [*chain[:at], (entry, None, None), *chain[at + 1 :]], head
    )


ROWS = st.lists(st.lists(st.none() | st.text() | INTEGERS | st.booleans(), max_size=4))


@pytest.mark.slow
@given(ROWS, ROWS)
def test_states_are_equal_as_their_rows_are(
    one: list[list[Value]], two: list[list[Value]]
) -> None:
    """Two states have one digest just where they have the same rows, in any order."""
    same = sorted(map(repr, one)) == sorted(map(repr, two))
    digests = [state_digest(["a"], map(row_octets, rows)) for rows in (one, two)]
    assert same == (digests[0] == digests[1])
    assert digests[0] == state_digest(["a"], map(row_octets, reversed(one)))


@pytest.mark.slow
def test_damaged_vectors_are_judged_alike() -> None:
    """Both openers refuse what either refuses, over damage to every vector."""

    @settings(few, max_examples=4)
    @given(st.integers(0, 10**6), st.integers(1, 255))
    def check(place: int, change: int) -> None:
        for path in generate.paths():
            for vector in generate.read(path):
                octets = bytearray.fromhex(str(vector.get("input", "")))
                if octets:
                    octets[place % len(octets)] ^= change
                    damaged = vector | {"input": octets.hex()}
                    first, second = (
                        opener.judge(damaged)
                        for opener in (first_opener, second_opener)
                    )
                    assert (first[0] == "ok", first[1]) == (
                        second[0] == "ok",
                        second[1],
                    )

    check()
