# SPDX-License-Identifier: Apache-2.0
"""OCSF: each dataset has events that the published schema takes, or a reason for none.

Rules: the rows are the collectors' own examples, hostile ones among them.
Not here: acts of the ledger (`tests/unit/server`).
"""

import json

import pytest
from export_room import ABOUT, DEVICE, OWN, dataset_table, example_rows, written
from ocsf_check import VERSION, problems
from reader_fixture import CATALOGUE

from server.formats import ocsf
from server.formats.ocsf_map import CLASSES, NONE

ALONE = {"category_uid": 0, "class_uid": 0, "activity_id": 0, "type_uid": 0}


def test_each_dataset_has_a_class_or_a_reason() -> None:
    """Nothing of the catalogue is forgotten, and nothing stands twice."""
    answers = [name for name, item in CATALOGUE.datasets.items() if item.diagnostic]
    assert sorted([*CLASSES, *NONE, *answers]) == sorted(CATALOGUE.datasets)
    assert all(ocsf.unfit(CATALOGUE.datasets[name]) for name in (*NONE, *answers))
    assert ocsf.VERSION == VERSION


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_event_of_a_dataset_is_valid(name: str) -> None:
    """Rows as collectors make them, whole and with each column missing in turn."""
    rows = [*example_rows(name), {}]
    for column in CATALOGUE.datasets[name].columns:
        rows += [
            {key: value for key, value in row.items() if key != column.name}
            for row in rows[:2]
        ]
    octets = written("ocsf", dataset_table(name, rows))
    events = [json.loads(line) for line in octets.splitlines()]
    assert len(events) == len(rows)
    assert [found for event in events for found in problems(event)] == []


def values(held: object) -> list[object]:
    """Return all values of an event."""
    if isinstance(held, dict):
        return [value for inner in held.values() for value in values(inner)]
    if isinstance(held, list):
        return [value for inner in held for value in values(inner)]
    return [held]


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_no_value_of_a_row_is_lost(name: str) -> None:
    """Each text of a row stands in its event, at an attribute or unmapped."""
    rows = example_rows(name)
    events = ocsf.events([dataset_table(name, rows)], ABOUT)
    for row, event in zip(rows, events, strict=True):
        found = values(event)
        for column in CATALOGUE.datasets[name].columns:
            value = row.get(column.name)
            if isinstance(value, str) and column.type.value == "text":
                words = {"success", "failure", "logout"}
                assert value in found or value in words, column.name


def event_of(name: str, **row: object) -> dict[str, object]:
    """Return the event of one row; dots of a column are written as `__`."""
    named = {key.replace("__", "."): value for key, value in row.items()}
    (found,) = ocsf.events([dataset_table(name, [named])], ABOUT)
    return found


def test_a_failed_sign_in_is_one() -> None:
    """What a SIEM looks for stands where it looks."""
    found = event_of(
        "logins",
        timestamp="2026-11-28T10:00:00Z",
        user__name="ada",
        outcome="failure",
        type="remote",
        client__address="198.51.100.7",
        failed_count=3,
    )
    assert found == {
        "activity_id": 1,
        "category_uid": 3,
        "class_uid": 3002,
        "type_uid": 300201,
        "time": 1_795_860_000_000,
        "severity_id": 1,
        "metadata": {
            "version": "1.8.0",
            "product": {
                "name": "Discreet",
                "vendor_name": "Discreet",
                "version": "0.1.0",
            },
            "log_name": "logins",
            "profiles": ["host"],
        },
        "device": {"type_id": 0, "uid": DEVICE, "name": "Reception"},
        "status_id": 2,
        "logon_type_id": 10,
        "dst_endpoint": {"uid": DEVICE},
        "user": {"name": "ada"},
        "src_endpoint": {"ip": "198.51.100.7"},
        "count": 3,
        "unmapped": {"outcome": "failure", "type": "remote"},
    }


@pytest.mark.parametrize("text", ["198.51.100.0/24", "ip_7f3k9q2m", "fe80::1%eth0"])
def test_a_stand_in_of_an_address_is_no_address(text: str) -> None:
    """What redaction left of an address is kept, under its own name."""
    found = event_of("logins", outcome="success", client__address=text)
    assert "src_endpoint" not in found
    assert found["unmapped"] == {"outcome": "success", "client.address": text}


def test_a_patch_knows_the_system_that_it_is_for() -> None:
    """The system comes from the same export, where that has it."""
    tables = [
        dataset_table(
            "operating_systems",
            [{"os.type": "linux", "os.name": "Debian GNU/Linux", "os.version": "12"}],
        ),
        dataset_table("patches", [{"uid": "bash", "install_state": "pending"}]),
    ]
    *_, found = ocsf.events(tables, ABOUT)
    assert found["device"] == {
        "type_id": 0,
        "uid": OWN["device"],
        "name": "Reception",
        "os": {
            "type_id": 200,
            "type": "linux",
            "name": "Debian GNU/Linux",
            "version": "12",
        },
    }
    assert found["kb_article_list"] == [
        {"install_state_id": 2, "uid": "bash", "install_state": "pending"}
    ]


@pytest.mark.parametrize(
    ("number", "severity"), [(1, 1), (9, 1), (10, 2), (13, 3), (17, 4), (21, 6), (0, 0)]
)
def test_severities_are_those_of_the_schema(number: int, severity: int) -> None:
    """OpenTelemetry's numbers become OCSF's."""
    found = event_of("event_logs", severity_number=number, message="m")
    assert (found["severity_id"], found["message"]) == (severity, "m")
    assert ALONE.items() <= found.items()


def told_of(name: str, rows: list[dict[str, object]]) -> set[str]:
    """Return the texts of the last row's event."""
    *_, last = ocsf.events([dataset_table(name, rows)], ABOUT)
    return {value for value in values(last) if isinstance(value, str)}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_an_event_knows_nothing_of_the_row_before(name: str) -> None:
    """Texts of one row are in no event of another, which has none of its own."""
    declared = CATALOGUE.datasets[name].columns
    texts = {
        column.name: f"{name}-{number}"
        for number, column in enumerate(declared)
        if column.type.value == "text"
    }
    assert told_of(name, [texts]) & set(texts.values())
    assert told_of(name, [texts, {"device": "0e" * 16}]).isdisjoint(texts.values())
