# SPDX-License-Identifier: Apache-2.0
"""The program of `test_real_journal.py`: writes to a journald of its own and reads it.

Rules: runs alone in a mount namespace; prints what it saw as JSON.
Not here: what is expected.
"""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

from agent.collectors import collector
from agent.host import this_host
from agent.reading import run_reader
from agent.rows import START_HERE, Reading, Want
from wire.catalogue import System

DAEMON = "/lib/systemd/systemd-journald"
SOCKET = "/run/systemd/journal/socket"
MESSAGE = "0123456789abcdef0123456789abcdef"
CRASH = "fc2e22bc6ee647b6b90729ab34a250b1"
FLOOD = 3_000
SECONDS = 30.0


def journalctl(*arguments: str) -> str:
    """Run journalctl."""
    done = subprocess.run(
        ["journalctl", *arguments], capture_output=True, check=True, text=True
    )
    return done.stdout


def wait_for(path: str) -> None:
    """Wait until the daemon has made its socket."""
    deadline = time.monotonic() + SECONDS
    while not Path(path).exists():
        if time.monotonic() > deadline:
            sys.exit(f"{path} did not come")


class Story:
    """One journal, its writer and its reader."""

    def __init__(self) -> None:
        self.writer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.host = this_host()

    def write(self, *texts: str, **fields: str) -> None:
        """Write entries in journald's own protocol, and wait until they are there."""
        fields.setdefault("SYSLOG_IDENTIFIER", "story")
        for text in texts:
            entry = {"MESSAGE": text, "PRIORITY": "6", **fields}
            lines = "".join(f"{name}={value}\n" for name, value in entry.items())
            self.writer.sendto(lines.encode(), SOCKET)
        journalctl("--sync")

    def read(
        self,
        name: str,
        cursor: bytes | None = None,
        events: tuple[str, ...] | None = ("story/*",),
    ) -> Reading:
        """Make one pass over a dataset."""
        source = collector(name)
        columns = frozenset(column.name for column in source.dataset.columns)
        want = Want(columns, time.time(), cursor, events=events)
        return source.readers[System.LINUX](self.host, want)


def texts(reading: Reading) -> list[object]:
    """Return the messages of a pass."""
    return [row.value("message") for row in reading.rows]


def from_now_on(story: Story) -> list[object]:
    """Return what a reader that begins here tells, at once and of what follows."""
    source = collector("event_logs")
    columns = frozenset(column.name for column in source.dataset.columns)
    here, _ = run_reader(
        source, story.host, columns, now=time.time(), cursor=START_HERE
    )
    story.write("after")
    return [texts(here), texts(story.read("event_logs", here.cursor))]


def crashes(story: Story) -> list[dict[str, object]]:
    """Return what is told of two crashes of one program."""
    crash = {
        "MESSAGE_ID": CRASH,
        "COREDUMP_COMM": "sleep",
        "COREDUMP_SIGNAL_NAME": "SIGSEGV",
        "COREDUMP_CMDLINE": "sleep hunter2",
        "COREDUMP_PACKAGE_NAME": "coreutils",
        "COREDUMP_PACKAGE_VERSION": "9.1",
    }
    story.write("Process 7 (sleep) dumped core.", "Process 8 again", **crash)
    return [
        {name: row.value(name) for name in row.columns() if name != "timestamp"}
        for row in story.read("crashes", None, None).rows
    ]


def main() -> None:
    """Tell the story."""
    story = Story()
    told: dict[str, object] = {}
    story.write("one", "two")
    passes = [story.read("event_logs")]
    story.write("three")
    journalctl("--rotate")
    story.write("four")
    passes += [story.read("event_logs", passes[-1].cursor)]
    passes += [story.read("event_logs", passes[-1].cursor)]
    told["passes"] = [texts(found) for found in passes]
    told["skipped"] = [found.skipped for found in passes]
    told["from now on"] = from_now_on(story)

    story.write("kind", SYSLOG_IDENTIFIER="other", MESSAGE_ID=MESSAGE)
    story.write("service story", SYSLOG_IDENTIFIER="named")
    story.write("neither", SYSLOG_IDENTIFIER="another")
    named = story.read("event_logs", None, ("named/*", f"*/{MESSAGE}"))
    told["named"] = sorted(map(str, texts(named)), reverse=True)

    told["crashes"] = crashes(story)

    before = story.read("event_counts", None, None)
    last = story.read("event_logs", passes[-1].cursor, ("flood/*",))
    story.write(*map(str, range(FLOOD)), SYSLOG_IDENTIFIER="flood")
    told["counted"] = sum(
        int(row.value("count") or 0)
        for row in story.read("event_counts", before.cursor, None).rows
        if row.value("service.name") == "flood"
    )
    flood = story.read("event_logs", last.cursor, ("flood/*",)).rows
    told["texts of the flood"] = [len(flood) - 1, flood[-1].value("count")]

    journalctl("--rotate")
    journalctl("--vacuum-time=1us", "--vacuum-files=1")
    story.write("five")
    after = story.read("event_logs", passes[-1].cursor)
    told["after vacuum"] = [texts(after), after.skipped]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    with subprocess.Popen([DAEMON], stderr=subprocess.DEVNULL) as daemon:
        try:
            wait_for(SOCKET)
            main()
        finally:
            daemon.terminate()
