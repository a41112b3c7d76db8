# SPDX-License-Identifier: Apache-2.0
"""CSV, JSON Lines and Parquet as DuckDB opens them: the rows are equal."""

import json
from pathlib import Path

import duckdb
import pytest
from export_room import dataset_table, result_table, written

HOSTILE = [
    "=cmd|'/c calc'!A1",
    'a"b,c',
    "two\nlines",
    "half\r\nreturn",
    "\u202egnp.exe",
    "'",
    "",
    "héllo 漢字 🙂",  # full width and beyond the basic plane
]


def asked(sql: str, file: Path) -> list[tuple[object, ...]]:
    """Return what DuckDB finds in a file, which the SQL calls `?`."""
    database = duckdb.connect()
    try:
        return database.execute(sql, [str(file)]).fetchall()
    finally:
        database.close()


def test_parquet_keeps_every_text_number_and_time(tmp_path: Path) -> None:
    """DuckDB finds the very values, types included, of hostile texts too."""
    rows = [
        {
            "timestamp": "2026-11-28T10:59:58Z",
            "severity_number": number,
            "message": text,
        }
        for number, text in enumerate(HOSTILE)
    ]
    file = tmp_path / "event_logs.parquet"
    file.write_bytes(written("parquet", dataset_table("event_logs", rows)))
    found = asked(
        'SELECT epoch(timestamp), severity_number, message, "process.pid"'
        " FROM read_parquet(?)",
        file,
    )
    assert found == [
        (1_795_863_598.0, number, text, None) for number, text in enumerate(HOSTILE)
    ]


def test_a_query_keeps_its_types_in_parquet(tmp_path: Path) -> None:
    """Sums beyond 64 bits, lists, times and what is not finite stay readable."""
    kinds = [
        ("sum", "HUGEINT"),
        ("share", "DOUBLE"),
        ("names", "VARCHAR[]"),
        ("last", "TIMESTAMP"),
        ("sum", "BOOLEAN"),
    ]
    row = [2**100, "inf", ["a", "é"], "2026-11-28T10:00:00.250000Z", True]
    file = tmp_path / "result.parquet"
    file.write_bytes(written("parquet", result_table(kinds, [row, [None] * 5])))
    sql = "SELECT sum, share, names, epoch(last), sum_2 FROM read_parquet(?)"
    found = asked(sql, file)
    assert found == [
        (2**100, float("inf"), '["a", "é"]', 1_795_860_000.25, True),
        (None, None, None, None, None),
    ]


def test_parquet_says_what_it_is(tmp_path: Path) -> None:
    """Purpose, time and table stand in the file itself."""
    file = tmp_path / "software.parquet"
    file.write_bytes(written("parquet", dataset_table("software", [])))
    sql = "SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)"
    told = {key: value for key, value in asked(sql, file) if "discreet" in str(key)}
    assert told == {
        "discreet.purpose": "support",
        "discreet.made": "1795867200",
        "discreet.release": "0.1.0",
        "discreet.table": "software",
    }


def test_csv_has_equal_rows_but_for_what_a_spreadsheet_would_run(
    tmp_path: Path,
) -> None:
    """DuckDB finds the texts; one that is a formula has an apostrophe before it."""
    file = tmp_path / "result.csv"
    table = result_table(
        [("n", "BIGINT"), ("text", "VARCHAR")], list(enumerate(HOSTILE))
    )
    file.write_bytes(written("csv", table))
    sql = "FROM read_csv(?, header = true, all_varchar = true, nullstr = '-')"
    assert asked(sql, file) == [
        ("0", "'=cmd|'/c calc'!A1"),
        ("1", 'a"b,c'),
        ("2", "two\nlines"),
        ("3", "half\\r\nreturn"),
        ("4", "\\u202egnp.exe"),
        ("5", "'"),
        ("6", ""),
        ("7", "héllo 漢字 🙂"),
    ]


def test_json_lines_are_the_rows_and_name_their_table(tmp_path: Path) -> None:
    """Each line is one row of one table, whatever is in a text."""
    rows = [{"message": text} for text in HOSTILE]
    octets = written(
        "jsonl",
        dataset_table("event_logs", rows),
        dataset_table("software", [{"name": "bash"}]),
    )
    file = tmp_path / "export.jsonl"
    file.write_bytes(octets)
    lines = [json.loads(line) for line in octets.splitlines()]
    assert [(line["dataset"], line.get("message")) for line in lines] == [
        *(("event_logs", text) for text in HOSTILE),
        ("software", None),
    ]
    sql = "SELECT message FROM read_json(?) WHERE dataset = 'event_logs'"
    assert asked(sql, file) == [(text,) for text in HOSTILE]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_table_without_rows_still_names_its_columns(
    form: str, tmp_path: Path
) -> None:
    """Nothing found is a table, not a file that cannot be opened."""
    file = tmp_path / f"shares.{form}"
    file.write_bytes(written(form, dataset_table("shares", [])))
    described = asked(f"DESCRIBE FROM read_{form}(?)", file)
    assert [row[0] for row in described] == [
        "device",
        "device_label",
        "observed",
        "protocol",
        "name",
        "path",
        "read_only",
        "everyone",
    ]
