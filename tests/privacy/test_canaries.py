# SPDX-License-Identifier: Apache-2.0
"""Every value of a machine is a canary: where does it sing?

Rules: real processes end to end; nothing is readable at rest or on the wire; what a
purpose's reader sees is what its policy keeps, judged by the policy's text alone.
Not here: how well texts are scrubbed on real log lines (`bench`).
"""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from canary_whole import whole_canary_machine
from collector_process import Collector, collector, run

import policies
from agent.catalogue import declared
from tests.canary_reading import Left, wrongly
from tests.canary_words import Canaries
from wire.policy_source import compile_policy

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
HERE = Path(__file__).resolve().parent
OF_ALERTS = (
    *("certificates", "file_systems", "security_products", "services"),
    "update_status",
)
"""What rules compare: sizes, times and words of closed lists."""


@dataclass
class Run:
    """Everything that two full passes left behind.

    Attributes:
        canaries: of the machine.
        places: name -> bytes that lie or went there.
        opened: (purpose, dataset, column) -> texts that a reader sees.
        rows: rows opened, over all.
    """

    canaries: Canaries
    places: dict[str, bytes]
    opened: dict[tuple[str, str, str], set[str]]
    rows: int


@contextmanager
def recording_proxy(taken: list[bytes]) -> Iterator[int]:
    """Run a CONNECT proxy that keeps every byte of both directions."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                taken.append(piece)
                sink.sendall(piece)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def handle(near: socket.socket) -> None:
        head = b""
        with near, suppress(OSError):
            while not head.endswith(b"\r\n\r\n"):
                head += near.recv(1)
            taken.append(head)
            host, _, port = head.split(b" ")[1].decode().rpartition(":")
            with socket.create_connection((host, int(port)), 10) as far:
                near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=pump, args=(far, near))
                back.start()
                pump(near, far)
                back.join(30)

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                threading.Thread(target=handle, args=(near,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def canary_once(machine: Path, state: Path, *arguments: str) -> tuple[int, bytes]:
    """Run a full pass on the canary machine; return exit code and all it printed."""
    done = subprocess.run(
        [sys.executable, str(HERE / "canary_agent.py"), machine, state, *arguments],
        env={**os.environ, "PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE.parents[1]}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def folder_bytes(folder: Path) -> bytes:
    """Return every file under a folder, with names."""
    return b"\n".join(
        str(path.relative_to(folder)).encode() + b"\n" + path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )


_TABLE = "its table"
"""Column of what is read at once that says of which table a row is."""
_ALL = "SELECT '{0}' AS \"its table\", * FROM {0}"


def read_all(made: Collector, opened: dict[tuple[str, str, str], set[str]]) -> int:
    """Open every table of every purpose as a person would; return the rows."""
    catalogue = declared()
    count = 0
    for rules in standard().purposes:
        if rules.purpose.value == "improvement":  # no person may open it
            continue
        tables = (_ALL.format(rule.dataset) for rule in rules.datasets)
        text = made.ask(
            *("query", "--purpose", rules.purpose.value, "--reason", "test"),
            *("--ticket", "T-1", "--format", "json"),
            " UNION ALL BY NAME ".join(tables),
        )
        for row in map(json.loads, text.splitlines()):
            count += 1
            for column in catalogue.datasets[row[_TABLE]].columns:
                value = row.get(column.name)
                if isinstance(value, str):
                    where = rules.purpose.value, row[_TABLE], column.name
                    opened.setdefault(where, set()).add(value)
    return count


def standard():  # type: ignore[no-untyped-def]  # noqa: ANN201 - a Policy
    """Return the policy that the collector was made with."""
    return compile_policy(policies.preset("standard"), declared(), "standard")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Enrol, fill the spool without a network, ship, and open everything."""
    folder = tmp_path_factory.mktemp("canary")
    tree, state = folder / "machine", folder / "agent"
    canaries = whole_canary_machine(folder / "twin").canaries
    places: dict[str, bytes] = {}
    opened: dict[tuple[str, str, str], set[str]] = {}
    wire: list[bytes] = []
    printed: list[bytes] = []
    with collector(folder / "collector") as made, recording_proxy(wire) as port:
        proxy = ("--proxy", f"http://127.0.0.1:{port}")
        run("discreet-agent", "enrol", made.token(), *proxy, state=state)
        onlooker = sqlite3.connect(state / "spool.sqlite", isolation_level=None)
        onlooker.execute("BEGIN")  # its view keeps all that is written in the WAL
        onlooker.execute("SELECT count(*) FROM chain").fetchone()
        code, output = canary_once(tree, state, *proxy)
        assert code == 0, output.decode()
        printed.append(output)
        made.stop()
        code, output = canary_once(tree, state, *proxy)
        assert code == 5, output.decode()
        printed.append(output)
        places["spool and WAL, full"] = folder_bytes(state)
        assert (state / "spool.sqlite-wal").stat().st_size > 40_000
        onlooker.close()
        made.start()
        code, output = canary_once(tree, state, *proxy)
        assert code == 0, output.decode()
        printed.append(output)
        made.ask("ticket", "open", "T-1")
        rows = read_all(made, opened)
        places["wire"] = b"".join(wire)
        places["collector"] = folder_bytes(made.folder)
        places["collector's log"] = made.log.read_bytes()
    places["agent's files"] = folder_bytes(state)
    places["agent's output"] = b"".join(printed)
    return Run(canaries, places, opened, rows)


@pytest.mark.parametrize(
    "place",
    [
        "spool and WAL, full",
        "wire",
        "collector",
        "collector's log",
        "agent's files",
        "agent's output",
    ],
)
def test_no_canary_is_readable(ran: Run, place: str) -> None:
    """At rest, on the wire and in logs there is no value of the machine in clear."""
    octets = ran.places[place]
    assert len(octets) > 40
    assert ran.canaries.found_in(octets) == set()


def test_the_finder_finds() -> None:
    """The search that the other tests rest on sees a canary in any bytes."""
    canaries = Canaries()
    word = canaries.word("a.b")
    for octets in (word.encode(), word.upper().encode(), word.encode("utf-16-le")):
        assert canaries.found_in(b"\x00\xff" + octets + b"\x00") == {word}


def test_a_reader_sees_what_the_policy_keeps_and_no_more(ran: Run) -> None:
    """Each canary that a purpose's reader sees is a value of a column it keeps."""
    assert ran.rows > 50
    transforms = {
        (rules.purpose.value, rule.dataset, item.column): item.transform.split("(")[0]
        for rules in standard().purposes
        for rule in rules.datasets
        for item in rule.columns
    }
    left = Left(ran.opened, transforms)
    assert wrongly(ran.canaries, ran.opened, left) == []
    seen = [ran.canaries.found_in("\n".join(t).encode()) for t in ran.opened.values()]
    assert sum(map(len, seen)) > 200


def test_a_reader_sees_a_canary_of_each_dataset(ran: Run) -> None:
    """What people may open of the standard policy has canaries, or words of ours."""
    seen = {
        (purpose, dataset)
        for (purpose, dataset, _), texts in ran.opened.items()
        if ran.canaries.found_in("\n".join(texts).encode())
    }
    planned = {
        (rules.purpose.value, rule.dataset)
        for rules in standard().purposes
        for rule in rules.datasets
        if rules.purpose.value != "improvement" and rule.every is not None
    }
    assert planned - seen == {
        *(("administration", dataset) for dataset in OF_ALERTS),
        ("provision", "agent_health"),
        ("provision", "agent_metrics"),
        ("provision", "host_metrics"),
        ("provision", "update_status"),
        ("security", "security_products"),
        ("security", "security_settings"),
    }


def test_names_leave_as_pseudonyms(ran: Run) -> None:
    """Where a name may not leave, something stands in its place that can be joined."""
    names = ran.opened["administration", "user_accounts", "user.name"]
    assert all(name.startswith("user_") for name in names)
    assert len(names) == 4
    lines = " ".join(ran.opened["support", "event_logs", "message"])
    assert "Accepted publickey for <user_" in lines
    assert "port 22" in lines


def test_every_canary_is_of_a_declared_column(ran: Run) -> None:
    """The oracle speaks of columns that exist: a typing error excuses no leak."""
    catalogue = declared()
    declared_columns = {
        f"{dataset.name}.{column.name}"
        for dataset in catalogue.datasets.values()
        for column in dataset.columns
    }
    for columns in ran.canaries.columns.values():
        assert columns <= declared_columns
