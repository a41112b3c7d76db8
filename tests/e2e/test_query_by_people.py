# SPDX-License-Identifier: Apache-2.0
"""Reading with the real programs: what a technician sees, and what nobody gets.

Rules: a real agent filled the collector from a recorded machine; every command is the
installed one; the blocks of docs/howto/query.md are run as they stand there.
Not here: which values leave a machine (`tests/privacy`).
"""

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from canary_machine import canary_machine
from collector_process import BIN, Collector, collector, run

from policies import catalogue
from server.errors import ServerError
from server.keyring import open_keyring
from server.layout import Layout
from wire.purposes import Purpose

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
TESTS = Path(__file__).resolve().parents[1]
AGENT = TESTS / "privacy" / "canary_agent.py"
PAGE = TESTS.parent / "docs" / "howto" / "query.md"
SUPPORT = ("query", "--purpose", "support", "--reason", "test", "--ticket", "T-1")
SQL_BLOCK = re.compile(r"^```sql\n-- (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Run a collector that one machine has sent a full pass to."""
    folder = tmp_path_factory.mktemp("reader")
    with collector(folder / "collector") as running:
        machine = folder / "machine"
        canary_machine(machine).log("Nov 24 05:00:00 host prog[7]: a line to find.")
        run("discreet-agent", "enrol", running.token(), state=folder / "agent")
        path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
        subprocess.run(
            [sys.executable, AGENT, machine, folder / "agent"],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            timeout=120,
            check=True,
        )
        (device,) = json.loads(running.ask("device", "list", "--json"))
        running.ask("device", "label", device["device"][:8], "Reception")
        running.ask("ticket", "open", "T-1")
        yield running


def ask(made: Collector, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the collector and return all that it did."""
    return subprocess.run(
        [BIN / "discreet-server", "--directory", made.folder, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def acts(made: Collector) -> list[dict[str, object]]:
    """Return the ledger's acts, oldest first."""
    made.ask("ledger", "verify")
    return [
        json.loads(line)
        for line in made.ask("ledger", "show", "--json").split("\n")[:-1]
    ]


def test_the_same_rows_come_as_table_json_and_csv(made: Collector) -> None:
    """The three forms hold the same result; what it stands on is told beside it."""
    sql = "SELECT severity_number AS n, count(*) AS c FROM event_logs GROUP BY 1"
    sql += " ORDER BY 1"
    done = {
        form: ask(made, *SUPPORT, "--format", form, sql)
        for form in ("table", "json", "csv")
    }
    assert {one.returncode for one in done.values()} == {0}
    objects = [json.loads(line) for line in done["json"].stdout.splitlines()]
    assert objects
    head, *cells = csv.reader(io.StringIO(done["csv"].stdout, newline=""))
    assert head == ["n", "c"]
    assert cells == [
        ["" if value is None else str(value) for value in row.values()]
        for row in objects
    ]
    assert len(done["table"].stdout.splitlines()) == len(objects) + 1
    for one in done.values():
        assert re.search(
            r"\d+ rows? from \d+ envelopes? of 1 device$", one.stderr, re.MULTILINE
        )


def test_without_sql_the_tables_of_the_purpose_are_listed(made: Collector) -> None:
    """A technician sees what there is for the purpose, and nothing of another."""
    lines = made.ask(*SUPPORT, "--format", "json").splitlines()
    found = {row["table"]: row for row in map(json.loads, lines)}
    asked = {name for name, one in catalogue().datasets.items() if one.diagnostic}
    assert set(found) == {"crashes", "event_logs", "processes", *asked}
    assert found["event_logs"]["rows"] > 0
    assert found["event_logs"]["devices"] == 1


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (("--purpose", "improvement", "--reason", "x"), "no-person-may-read"),
        (("--purpose", "compliance", "--reason", "x"), "purpose-collects-nothing"),
        (("--purpose", "curiosity", "--reason", "x"), "unknown-purpose"),
        (("--purpose", "support", "--reason", " "), "no-reason"),
        (("--purpose", "support", "--reason", "x"), "no-ticket"),
        (("--purpose", "support", "--reason", "x", "--ticket", "0"), "no-such-ticket"),
        (("--purpose", "support", "--reason", "x", "-m", "0"), "too-long"),
        (("--purpose", "support", "--reason", "x", "-m", "61"), "too-long"),
    ],
)
def test_what_is_denied_ends_with_6_and_is_written_down(
    made: Collector, arguments: tuple[str, ...], slug: str
) -> None:
    """No output, exit code 6, and a line that says who wanted what."""
    before = len(acts(made))
    done = ask(made, "query", *arguments, "FROM event_logs")
    assert (done.returncode, done.stdout) == (6, "")
    (act,) = acts(made)[before:]
    assert act["act"] == "denied"
    assert act["body"]["denied"] == slug  # type: ignore[index]  # a map


def test_each_reading_is_one_line_of_the_ledger(made: Collector) -> None:
    """Who, for what and why is there; the SQL is there as its digest only."""
    before = len(acts(made))
    made.ask(*SUPPORT, "SELECT message FROM event_logs LIMIT 1")
    (act,) = acts(made)[before:]
    assert act["act"] == "opened"
    body = act["body"]
    assert isinstance(body, dict)
    assert (body["purpose"], body["reason"], body["ticket"]) == (
        "support",
        "test",
        "T-1",
    )
    assert "message" not in json.dumps(body)


def test_a_role_taken_away_counts_at_once(made: Collector) -> None:
    """Without the role the same command is denied; nothing must be started again."""
    path = made.folder / "config.toml"
    before = path.read_text()
    path.write_text(before.replace('"technician"', '"visitor"'))
    try:
        done = ask(made, *SUPPORT, "FROM event_logs")
        assert done.returncode == 6
        assert "technician" in done.stderr
    finally:
        path.write_text(before)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", 9),
        ("SELECT * FROM read_text('/proc/self/environ')", 9),
        ("SELECT * FROM '/etc/passwd'", 9),
        ("SELECT * FROM glob('/etc/*')", 9),
        ("SELECT getenv('HOME')", 9),
        ("COPY event_logs TO '{out}'", 9),
        ("COPY (SELECT 1) TO '{out}'", 9),
        ("EXPORT DATABASE '{out}'", 9),
        ("ATTACH '{out}'", 9),
        ("INSTALL httpfs", 9),
        ("LOAD httpfs", 9),
        ("PRAGMA database_list", 9),
        ("SET enable_external_access = true", 9),
        ("SELECT 1; SELECT 2", 9),
        ("DELETE FROM event_logs", 9),
        ("SELECT message::INTEGER FROM event_logs", 9),
        ("SELECT repeat('x', 5000000)", 10),
        ("SELECT list(range) FROM range(1000000000)", 10),
    ],
)
def test_sql_cannot_leave_its_tables(
    made: Collector, tmp_path: Path, sql: str, code: int
) -> None:
    """Files, network, settings and writing are refused; no value is in an error."""
    out = tmp_path / "out"
    done = ask(made, *SUPPORT, sql.format(out=out))
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1), done.stderr
    assert "root:" not in done.stdout + done.stderr
    assert not out.exists()


def test_a_query_without_end_is_stopped(made: Collector) -> None:
    """After 30 seconds of computing it is over, and the reader serves the next."""
    endless = (
        "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 2 FROM x) SELECT sum(1) FROM x"
    )
    done = ask(made, *SUPPORT, endless)
    assert done.returncode == 10
    assert "30 seconds" in done.stderr
    assert ask(made, *SUPPORT, "SELECT 1").returncode == 0


@pytest.mark.parametrize(
    ("sql", "cap"),
    [
        ("SELECT range FROM range(60000)", "rows"),
        ("SELECT repeat('x', 100000) FROM range(1000)", "bytes"),
    ],
)
def test_a_huge_result_is_cut_off_and_says_so(
    made: Collector, sql: str, cap: str
) -> None:
    """What is shown is bounded, and the person is told that there is more."""
    done = ask(made, *SUPPORT, "--format", "json", sql)
    assert done.returncode == 0
    assert f"its bound of {cap}" in done.stderr
    assert len(done.stdout) < 20_000_000


def test_a_device_is_found_by_id_and_by_label(made: Collector) -> None:
    """The filter takes what `device list` shows; a name of nobody is a mistake."""
    count = "SELECT count(*) AS c FROM event_logs"
    every = made.ask(*SUPPORT, "--format", "json", count)
    (device,) = json.loads(made.ask("device", "list", "--json"))
    for name in (device["device"], device["device"][:6], "Reception"):
        one = made.ask(*SUPPORT, "--format", "json", "--device", name, count)
        assert one == every != '{"c": 0}\n'
    assert ask(made, *SUPPORT, "--device", "Shed", count).returncode == 2


def test_a_window_of_time_narrows_by_when_it_was_sealed(made: Collector) -> None:
    """`--since` keeps what is newer, `--until` what is older."""
    count = "SELECT count(*) AS c FROM event_logs"
    found = {
        arguments: json.loads(
            made.ask(*SUPPORT, "--format", "json", *arguments, count)
        )["c"]
        for arguments in [(), ("--since", "1h"), ("--until", "1h")]
    }
    assert found["--since", "1h"] == found[()] > 0
    assert found["--until", "1h"] == 0
    assert ask(made, *SUPPORT, "--since", "yesterday", count).returncode == 2


def blocks() -> list[tuple[str, str]]:
    """Return (purpose, SQL) of each block of the page."""
    return SQL_BLOCK.findall(PAGE.read_text())


@pytest.mark.parametrize(("purpose", "sql"), blocks())
def test_every_query_of_the_page_runs(made: Collector, purpose: str, sql: str) -> None:
    """What a technician copies from the page is understood, for its purpose."""
    why = ("--purpose", purpose, "--reason", "test", "--ticket", "T-1")
    done = ask(made, "query", *why, sql)
    assert done.returncode == 0, done.stderr
    assert " of 1 device" in done.stderr


def test_the_page_has_queries() -> None:
    """The pattern that finds the blocks finds all of them."""
    assert len(blocks()) == PAGE.read_text().count("```sql") >= 4


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_user_gets_nothing(made: Collector) -> None:
    """Who is not the user of `serve` cannot reach the reader, with one sentence."""
    done = subprocess.run(
        [sys.executable, "-c", _STRANGER, made.folder / "run"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "PermissionError\n", done.stderr


_STRANGER = """
import os, socket, sys
os.chdir(sys.argv[1])  # the folders above are the test's, and closed as well
os.setgroups([])
os.setresgid(65_534, 65_534, 65_534)
os.setresuid(65_534, 65_534, 65_534)
try:
    socket.socket(socket.AF_UNIX).connect("reader.sock")
except OSError as error:
    print(type(error).__name__)
"""


def test_without_serve_the_sentence_says_so(made: Collector) -> None:
    """The command needs the reader: exit code 5, and how to start it."""
    made.stop()
    try:
        done = ask(made, *SUPPORT, "FROM event_logs")
        assert (done.returncode, done.stdout) == (5, "")
        assert "discreet-server serve" in done.stderr
    finally:
        made.start()


def test_when_a_key_is_destroyed_its_data_is_gone_and_counted(made: Collector) -> None:
    """Last: every key of support is destroyed, and the answer says what is missing."""
    keyring = open_keyring(Layout(made.folder))
    try:
        with sqlite3.connect(
            Layout(made.folder).keyring / "keyring.sqlite"
        ) as database:
            (tenant,) = database.execute(
                "SELECT DISTINCT tenant FROM epochs"
            ).fetchone()
        dying = [
            key.id
            for key in keyring.public_keys(tenant)
            if key.purpose is Purpose.SUPPORT
        ]
        assert len(keyring.destroy(dying, "contract", 0)) == len(dying) > 0
    except ServerError as error:
        pytest.fail(str(error))
    finally:
        keyring.close()
    done = ask(
        made, *SUPPORT, "--format", "json", "SELECT count(*) AS c FROM event_logs"
    )
    assert json.loads(done.stdout) == {"c": 0}
    assert re.search(r"^not shown: \d+ x key-destroyed$", done.stderr, re.MULTILINE)
    security = ask(made, "query", "--purpose", "security", "--reason", "test")
    assert "key-destroyed" not in security.stderr
