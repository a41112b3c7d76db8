# SPDX-License-Identifier: Apache-2.0
"""`discreet-server export` and `query --out`: a reading that ends in a file.

Rules: a real collector with a reader in its own process; the command is run as typed.
Not here: what is in the formats (one test file each).
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from free_ports import free_port
from ocsf_check import problems
from reader_fixture import Site, make_site, running_reader, table
from rsyslog_fixture import MISSING, rsyslog

from policies import catalogue
from server.__main__ import COMMANDS, main
from server.commands import export
from server.formats import choosing

pytestmark = pytest.mark.slow
GRANT = ("--purpose", "support", "--reason", "test", "--ticket", "T-1")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run a reader over two devices' logs and processes."""
    made = make_site(tmp_path_factory.mktemp("export") / "collector")
    for label in ("One", "Two"):
        speaker = made.enrol(label)
        lines = [{"message": f"{label} {number}"} for number in range(1_500)]
        made.say(speaker, [table("event_logs", lines)])
    made.say(speaker, [table("event_logs", [{"message": token_hex(300_000)}])])
    with running_reader(made):
        yield made
    made.store.close()
    made.keyring.close()


def run(site: Site, *arguments: object) -> int:
    """Run a command and return its exit code."""
    return main(["--directory", str(site.layout.directory), *map(str, arguments)])


def test_a_whole_table_is_exported_and_the_ledger_says_as_what(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All rows of all devices are in the file; the ledger's line names the format."""
    file = tmp_path / "logs.jsonl"
    assert run(site, "export", *GRANT, "--format", "jsonl", "--out", file) == 0
    lines = [json.loads(line) for line in file.read_text("ascii").splitlines()]
    assert sorted(line["message"] for line in lines) == sorted(
        f"{label} {number}" for label in ("One", "Two") for number in range(1_500)
    )
    assert file.stat().st_mode & 0o777 == 0o600
    act = site.acts()[-1]
    assert act.act == "opened"
    assert act.body is not None
    assert act.body["form"] == "jsonl"
    assert isinstance(act.body["devices"], list)
    assert len(act.body["devices"]) == 2
    assert "to" not in act.body
    told = capsys.readouterr().err
    assert "3000 rows from 3 envelopes of 2 devices" in told
    assert "not shown: 1 x row-too-large" in told


def test_only_the_columns_of_the_grant_are_exported(site: Site, tmp_path: Path) -> None:
    """A column that the policy does not name for the purpose is not in the file."""
    folder = tmp_path / "support"
    assert run(site, "export", *GRANT, "--format", "csv", "--out", folder) == 0
    written = {path.stem for path in folder.iterdir()}
    known = catalogue().datasets
    answers = {name for name in known if known[name].diagnostic}
    assert written - answers == {"crashes", "event_logs", "processes"}
    text = (folder / "processes.csv").read_text()
    assert next(csv.reader(io.StringIO(text, newline=""))) == [
        "device",
        "device_label",
        "observed",
        "process.pid",
        "process.parent_pid",
        "process.executable.name",
        "process.owner",
        "process.state",
        "process.cpu.time",
        "process.memory.usage",
        "process.creation.time",
    ]


def test_only_tables_with_a_form_are_opened(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a format cannot hold is not opened for it, and the person hears that."""
    file = tmp_path / "events"
    assert run(site, "export", *GRANT, "--format", "ocsf", "--out", file) == 0
    told = capsys.readouterr().err
    assert "ocsf has a form for 19 of 62 tables: only those are opened" in told
    assert "3000 rows from" in told
    lines = file.read_bytes().splitlines()
    assert len(lines) == 3_000
    assert [found for line in lines[:9] for found in problems(json.loads(line))] == []


def test_what_a_purpose_has_not_is_told(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of two tables that were named one is written, and the other is not there."""
    folder = tmp_path / "two"
    named = ("--dataset", "event_logs", "--dataset", "software")
    assert run(site, "export", *GRANT, "--format", "csv", *named, "--out", folder) == 0
    assert [path.name for path in folder.iterdir()] == ["event_logs.csv"]
    told = capsys.readouterr().err
    assert "the policy gives this purpose nothing of software" in told


def test_one_device_goes_to_standard_output(
    site: Site, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Without --out a program can read on; only the device that was named is there."""
    named = ("--device", "One", "--dataset", "event_logs")
    assert run(site, "export", *GRANT, "--format", "csv", *named) == 0
    text = capsysbinary.readouterr().out.decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 1_500
    assert {row["device_label"] for row in rows} == {"One"}


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--format", "csv"), 2, "holds one table"),
        (("--format", "jsonl", "--dataset", "software"), 2, "none of these tables"),
        (("--format", "jsonl", "--dataset", "secrets"), 2, "no such table"),
        (("--format", "jsonl", "--purpose", "improvement"), 6, "no person"),
        (("--format", "csv", "--purpose", "improvement"), 6, "no person"),
        (("--format", "cyclonedx"), 2, "none of these tables"),
        (("--format", "xlsx"), 2, "invalid choice"),
        (("--format", "ocsf", "--dataset", "crashes"), 2, "has no form for crashes"),
        (("--format", "jsonl", "--to", "siem.example"), 2, "in place of --out"),
        (("--format", "syslog", "--authority", "ca.pem"), 2, "belong to --to"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence_and_no_file(
    site: Site,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    sentence: str,
) -> None:
    """A wrong wish leaves nothing behind, of a file that was begun either."""
    out = () if code == 2 and "csv" in arguments else ("--out", tmp_path / "file")
    assert run(site, "export", *GRANT, *arguments, *out) == code
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_never_overwritten(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands at the place stays; nothing is opened for it."""
    file = tmp_path / "mine"
    file.write_text("mine")
    before = len(site.acts())
    for command in (
        ("export", *GRANT, "--format", "jsonl", "--out", file),
        ("query", *GRANT, "--format", "json", "--out", file, "SELECT 1"),
    ):
        assert run(site, *command) == 2
        assert "exists" in capsys.readouterr().err
    assert file.read_text() == "mine"
    assert len(site.acts()) == before


def test_a_query_is_written_to_a_file(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`query --out` holds what would have been shown, and nothing is shown."""
    file = tmp_path / "counted.csv"
    sql = "SELECT device_label AS label, count(*) AS n FROM event_logs GROUP BY 1"
    sql += " ORDER BY 1"
    assert run(site, "query", *GRANT, "--format", "csv", "--out", file, sql) == 0
    assert file.read_bytes() == b"label,n\r\nOne,1500\r\nTwo,1501\r\n"
    assert capsys.readouterr().out == ""
    assert run(site, "query", *GRANT, "--format", "parquet", sql) == 2
    assert "--out" in capsys.readouterr().err


@pytest.mark.skipif(MISSING, reason="needs rsyslog and rsyslog-openssl")
def test_rows_are_sent_to_a_siem_and_the_ledger_says_where(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real rsyslog has a line for each row; the ledger names the machine and port."""
    with rsyslog(tmp_path) as receiver:
        place = f"127.0.0.1:{receiver.port}"
        named = ("--format", "syslog", "--to", place, "--device", "One")
        told = ("--authority", receiver.authority)
        assert run(site, "export", *GRANT, *named, *told) == 0
        seen = [json.loads(one["message"]) for one in receiver.seen(1_500)]
    assert sorted(one["message"] for one in seen) == sorted(
        f"One {number}" for number in range(1_500)
    )
    act = site.acts()[-1]
    assert act.body is not None
    assert (act.body["form"], act.body["to"]) == ("syslog", place)
    assert "sent to 127.0.0.1: 1500" in capsys.readouterr().err


def test_a_receiver_that_is_away_is_one_sentence(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody listens: exit code 5, and no row was sent anywhere."""
    named = ("--format", "syslog", "--to", f"127.0.0.1:{free_port()}")
    assert run(site, "export", *GRANT, *named) == 5
    assert "cannot send to 127.0.0.1" in capsys.readouterr().err


def test_the_command_offers_every_format() -> None:
    """The words of `--format` are the formats that there are."""
    assert export.FORMATS == choosing.NAMES
    assert "export" in COMMANDS
