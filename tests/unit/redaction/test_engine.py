# SPDX-License-Identifier: Apache-2.0
"""The engine: what becomes of a row.

Rules: every way in which a value can fail withholds it, and is counted.
Not here: what a text hides (`test_text.py`), the transforms (`tests/unit/transforms`).
"""

from collections.abc import Mapping

import pytest

from agent.redaction.engine import (
    UNDECLARED,
    BoundDataset,
    Redactor,
    Withholding,
)
from agent.redaction.identities import Identities
from agent.redaction.text import Scrubber
from agent.rows import Row
from wire.catalogue import Column, Dataset, Kind, Sensitivity, ValueType
from wire.purposes import Purpose
from wire.transforms.call import parse_call
from wire.values import Value, Withheld

KEY = bytes(range(32))
H, Q, D, F = (
    Sensitivity.HARMLESS,
    Sensitivity.QUASI,
    Sensitivity.DIRECT,
    Sensitivity.FREE_TEXT,
)


def _column(
    name: str, value_type: ValueType, sensitivity: Sensitivity, identity: str = ""
) -> Column:
    return Column(name, value_type, sensitivity, "an example", "drop", (), identity)


EVENTS = Dataset(
    "events",
    Kind.EVENT,
    "an example",
    (),
    (
        _column("id", ValueType.COUNT, H),
        _column("ratio", ValueType.RATIO, H),
        _column("ok", ValueType.BOOLEAN, H),
        _column("unit", ValueType.TEXT, H),
        _column("user.name", ValueType.TEXT, D, "user"),
        _column("host.name", ValueType.TEXT, D, "host"),
        _column("host.ip", ValueType.TEXT, D, "ip"),
        _column("message", ValueType.TEXT, F),
        _column("detail", ValueType.TEXT, F),
    ),
)


def _bound(purpose: Purpose = Purpose.PROVISION, **calls: str) -> BoundDataset:
    named = {name.replace("__", "."): parse_call(text) for name, text in calls.items()}
    return BoundDataset(EVENTS, purpose, named)


def _redactor(key: bytes | None = KEY) -> Redactor:
    return Redactor(key, Scrubber(Identities(), key))


def _one(
    bound: BoundDataset, values: Mapping[str, Value], column: str
) -> tuple[Value, list[Withholding]]:
    done = _redactor().redact(bound, [Row(values)])
    return done.records[0].value(column), done.withheld


def test_kept_columns_pass() -> None:
    """A harmless column with keep leaves as it is."""
    assert _one(_bound(unit="keep"), {"unit": "ssh.service"}, "unit") == (
        "ssh.service",
        [],
    )


def test_columns_without_a_call_are_absent() -> None:
    """What the plan does not name is not in the record, and is no withholding."""
    assert _one(_bound(id="keep"), {"id": 1, "unit": "x"}, "unit") == (None, [])


def test_dropped_columns_are_absent() -> None:
    """Drop leaves nothing, and is no withholding."""
    assert _one(_bound(unit="drop"), {"unit": "x"}, "unit") == (None, [])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "7"),
        ("id", 7.0),
        ("id", True),
        ("id", 2**63),
        ("ratio", "0.5"),
        ("ratio", float("nan")),
        ("ratio", float("inf")),
        ("ratio", 10**400),
        ("ok", 1),
        ("unit", 7),
        ("unit", False),
    ],
)
def test_wrong_types_are_withheld(column: str, value: Value) -> None:
    """A value of another type than declared does not leave, and is counted."""
    note = Withholding("events", column, Withheld.WRONG_TYPE, 1)
    assert _one(_bound(**{column: "keep"}), {column: value}, column) == (None, [note])


def test_whole_numbers_fit_fractions() -> None:
    """A ratio of exactly one may be written as 1."""
    assert _one(_bound(ratio="keep"), {"ratio": 1}, "ratio") == (1.0, [])


def test_undeclared_columns_are_withheld() -> None:
    """A column that is not declared never leaves, not even by its name."""
    done = _redactor().redact(_bound(unit="keep"), [Row({"unit": "x", "hidden": "y"})])
    note = Withholding("events", UNDECLARED, Withheld.UNKNOWN_COLUMN, 1)
    assert done.withheld == [note]
    assert done.records[0].value("hidden") is None


def test_calls_for_undeclared_columns_are_withheld() -> None:
    """A plan cannot name a column into being."""
    done = _redactor().redact(_bound(hidden="keep"), [Row({"hidden": "y"})])
    assert {note.reason for note in done.withheld} == {Withheld.UNKNOWN_COLUMN}
    assert done.records[0].value("hidden") is None


def test_unknown_transforms_withhold() -> None:
    """A transform that this release does not know leaves nothing."""
    note = Withholding("events", "unit", Withheld.UNKNOWN_TRANSFORM, 1)
    assert _one(_bound(unit="launder"), {"unit": "x"}, "unit") == (None, [note])


def test_misfitting_calls_withhold() -> None:
    """A transform with wrong arguments leaves nothing."""
    note = Withholding("events", "unit", Withheld.TRANSFORM_FAILED, 1)
    assert _one(_bound(unit="truncate"), {"unit": "x"}, "unit") == (None, [note])


def test_a_purpose_is_stronger_than_a_plan() -> None:
    """A plan that keeps a direct identifier for provision gets nothing."""
    note = Withholding("events", "user.name", Withheld.BY_POLICY, 1)
    bound = _bound(user__name="keep")
    assert _one(bound, {"user.name": "amelie"}, "user.name") == (None, [note])


def test_raw_identifiers_where_the_purpose_allows() -> None:
    """Security may hold a user name as it is."""
    bound = _bound(Purpose.SECURITY, user__name="keep")
    assert _one(bound, {"user.name": "amelie"}, "user.name") == ("amelie", [])


def test_purposes_that_never_collect() -> None:
    """For compliance nothing is collected, whatever the plan says."""
    note = Withholding("events", "unit", Withheld.BY_POLICY, 1)
    bound = _bound(Purpose.COMPLIANCE, unit="keep")
    assert _one(bound, {"unit": "x"}, "unit") == (None, [note])


def test_no_key_no_pseudonym() -> None:
    """Without a key an identifier is withheld."""
    done = Redactor(None, None).redact(
        _bound(user__name="pseudonymise"), [Row({"user.name": "amelie"})]
    )
    note = Withholding("events", "user.name", Withheld.NO_PSEUDONYM_KEY, 1)
    assert (done.records[0].value("user.name"), done.withheld) == (None, [note])


@pytest.mark.parametrize(
    "call", ["scrub", "scrub_prefix", "truncate(9)", "shorten_path"]
)
def test_no_scrubber_no_text(call: str) -> None:
    """Without a scrubber free text is withheld."""
    done = Redactor(KEY, None).redact(_bound(message=call), [Row({"message": "x"})])
    note = Withholding("events", "message", Withheld.TRANSFORM_FAILED, 1)
    assert (done.records[0].value("message"), done.withheld) == (None, [note])


@pytest.mark.parametrize("call", ["scrub", "scrub_prefix", "truncate(9)"])
def test_a_scrubber_is_made_for_the_first_text(call: str) -> None:
    """Rows without a text ask for none; those with one are scrubbed by the same."""
    made: list[Scrubber] = []

    def make() -> Scrubber:
        known = Identities([("user", "amelie")])
        made.append(Scrubber(known, KEY))
        return made[-1]

    redactor, bound = Redactor(KEY, None, make), _bound(message=call)
    assert redactor.redact(bound, []).records == []
    assert not redactor.redact(bound, [Row({"unit": "x"})]).withheld
    assert not made
    for _ in range(2):
        done = redactor.redact(bound, [Row({"message": "amelie"})])
        found = done.records[0].value("message")
        assert isinstance(found, str)
        assert "amelie" not in found
    assert len(made) == 1


def test_raising_transforms_withhold() -> None:
    """An exception inside a transform withholds the value, and is counted."""
    done = Redactor(b"not a key", None).redact(
        _bound(user__name="pseudonymise"), [Row({"user.name": "amelie"})] * 2
    )
    note = Withholding("events", "user.name", Withheld.TRANSFORM_FAILED, 2)
    assert (done.records[1].value("user.name"), done.withheld) == (None, [note])


def test_typed_values_are_learned() -> None:
    """A user named by a row's own column is gone from the row's message."""
    bound = _bound(user__name="pseudonymise", message="scrub")
    row = Row({"user.name": "amelie", "message": "quota of Amelie is full"})
    record = _redactor().redact(bound, [row]).records[0]
    assert record.value("message") == f"quota of <{record.value('user.name')}> is full"


def test_prefixes_are_kept_where_the_plan_says_so() -> None:
    """Addresses of a text join with those of a column that keeps prefixes, too."""
    bound = _bound(host__ip="pseudonymise_prefix", message="scrub_prefix")
    row = Row({"host.ip": "192.0.2.7", "message": "eve@example.net of 192.0.2.7"})
    record = _redactor().redact(bound, [row]).records[0]
    mail = _one(_bound(message="scrub"), {"message": "eve@example.net"}, "message")[0]
    assert str(record.value("host.ip")).startswith("ip4_")
    assert record.value("message") == f"{mail} of <{record.value('host.ip')}>"


def test_prefixes_of_one_column_do_not_reach_another() -> None:
    """Texts that keep prefixes and those that do not may stand in one record."""
    row = Row({"message": "192.0.2.7 up", "detail": "192.0.2.7 up"})
    bound = _bound(message="scrub_prefix", detail="scrub")
    record = _redactor().redact(bound, [row]).records[0]
    assert str(record.value("message")).startswith("<ip4_")
    assert str(record.value("detail")).startswith("<ip_")


def test_typed_values_are_learned_for_shortened_texts() -> None:
    """Learning also reaches transforms that scrub before they cut."""
    bound = _bound(message="truncate(60)")
    row = Row({"host.name": "turing", "message": "lost turing"})
    text = _redactor().redact(bound, [row]).records[0].value("message")
    assert "turing" not in str(text)


def test_names_beside_the_columns_are_learned() -> None:
    """A name in a field that is no column is gone from the text, and is nowhere."""
    row = Row({"message": "quota of Wren is full"}, (("user", "wren"),))
    record = _redactor().redact(_bound(message="scrub"), [row]).records[0]
    assert "wren" not in str(record.value("message")).lower()
    assert "wren" not in repr(row)


def test_damaged_text_is_kept_readable() -> None:
    """A character that UTF-8 lacks does not stop a row."""
    assert _one(_bound(unit="keep"), {"unit": "a\udce9b"}, "unit") == ("a?b", [])


def test_records_keep_the_order_of_rows() -> None:
    """One record a row, in the order of the rows, also over many chunks."""
    done = _redactor().redact(_bound(id="keep"), (Row({"id": n}) for n in range(2500)))
    assert [record.value("id") for record in done.records] == list(range(2500))


def test_withholdings_are_counted_together() -> None:
    """Equal withholdings are one note with a count, over all chunks."""
    done = _redactor().redact(_bound(id="keep"), [Row({"id": "x"})] * 1500)
    assert done.withheld == [Withholding("events", "id", Withheld.WRONG_TYPE, 1500)]


def test_explain_shows_every_declared_column() -> None:
    """A preview shows what leaves and why the rest does not."""
    bound = _bound(id="keep", user__name="pseudonymise", message="scrub")
    cells = _redactor().explain(
        bound, Row({"id": 7, "user.name": "amelie", "message": "hello amelie"})
    )
    shown = {cell.column: cell for cell in cells}
    assert list(shown) == [column.name for column in EVENTS.columns]
    assert (shown["id"].raw, shown["id"].redacted) == (7, 7)
    assert shown["unit"].reason is Withheld.BY_POLICY
    assert "amelie" not in str(shown["message"].redacted)


def test_explain_and_redact_agree() -> None:
    """What a preview shows is what leaves."""
    bound = _bound(id="bucket(10)", user__name="pseudonymise", message="scrub")
    row = Row({"id": 77, "user.name": "amelie", "message": "su for amelie by root"})
    record = _redactor().redact(bound, [row]).records[0]
    for cell in _redactor().explain(bound, row):
        assert cell.redacted == record.value(cell.column)


def test_nothing_shows_a_value() -> None:
    """No repr on the way from a row to a record shows a value or the key."""
    bound = _bound(Purpose.SECURITY, user__name="keep")
    row = Row({"user.name": "amelie"})
    redactor = _redactor()
    shown = repr(
        (redactor, redactor.explain(bound, row), redactor.redact(bound, [row]))
    )
    assert "amelie" not in shown
    assert repr(KEY) not in shown
