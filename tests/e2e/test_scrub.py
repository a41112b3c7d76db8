# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent scrub` as people run it: real processes, pipes and a terminal.

Rules: nothing is enrolled and no state directory exists; each promise of the page
docs/howto/scrub.md is run as it stands there.
Not here: keys, purposes and policies (`test_scrub_choices.py`), lines and chunks
(`tests/unit/redaction/test_lines.py`).
"""

import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest
from scrub_command import ENVIRONMENT, PROGRAM, ROOT, refused, scrub

from agent.redaction.tags import TAG_PATTERN

pytestmark = pytest.mark.e2e
PAGE = ROOT / "docs" / "howto" / "scrub.md"
MIB = 2**20


def test_lines_come_back_in_order() -> None:
    """As many lines come out as went in, in order, each scrubbed."""
    lines = [b"%d user=eve from 192.0.2.7" % number for number in range(5_000)]
    done = scrub(b"\n".join(lines))
    got = done.stdout.split(b"\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert [line.split()[0] for line in got] == [line.split()[0] for line in lines]
    assert b"eve" not in re.sub(TAG_PATTERN, b"", done.stdout)  # a tag may spell it


def test_a_pause_brings_what_is_here() -> None:
    """A line comes out while the other end still writes."""
    with subprocess.Popen(
        PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(b"%d user=eve\n" % number)
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 60)[0]
            assert process.stdout.readline().startswith(b"%d user=<user_" % number)
        process.stdin.write(b"rest")
        process.stdin.close()
        assert process.stdout.read() == b"rest"
    assert process.returncode == 0


@pytest.mark.parametrize("given", ["<&-"])
def test_an_input_that_cannot_be_read(given: str) -> None:
    """A closed input is said in one sentence."""
    command = f"exec {' '.join(PROGRAM)} {given}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=ENVIRONMENT,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves_is_no_error() -> None:
    """`scrub | head -1` ends well."""
    command = f"yes user=eve | head -200000 | {' '.join(PROGRAM)} | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        timeout=120,
        check=False,
        env=ENVIRONMENT | {"PATH": os.environ["PATH"]},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"user=<user_")


LAUNCHER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
sys.stderr.write(str(usage.ru_maxrss))
"""
"""A process's peak memory begins with that of whatever started it."""


def test_memory_is_bounded() -> None:
    """A line of 100 MB, and many short ones, take at most 60 MiB of memory."""
    command = (
        "{ yes 'user=eve from 192.0.2.7' | head -200000; "
        "head -c 100000000 /dev/zero | tr '\\0' x; echo; echo user=eve; } | "
        f'{sys.executable} -I -S -c "$LAUNCHER" {" ".join(PROGRAM)} | tail -2'
    )
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        timeout=120,
        check=False,
        env=ENVIRONMENT | {"PATH": os.environ["PATH"], "LAUNCHER": LAUNCHER},
    )
    withheld, last = done.stdout.split(b"\n")[:2]
    *_, memory = done.stderr.split(b"\n")
    assert withheld == b"<withheld-too-long>"
    assert last.startswith(b"user=<user_")
    assert int(memory) * 1024 <= 60 * MIB


def test_it_needs_no_heavy_library() -> None:
    """Scrubbing imports neither logging, networks, HPKE nor a reader."""
    code = (
        "import sys; from agent.__main__ import main; sys.argv[1:] = ['scrub']; "
        "main(); sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=b"user=eve\n",
        capture_output=True,
        timeout=120,
        check=True,
        env=ENVIRONMENT,
    )
    heavy = {"structlog", "logging", "cryptography", "psutil", "asyncio", "socket"}
    heavy |= {"cbor2", "sqlite3", "ssl", "subprocess", "agent.host.interface"}
    assert heavy & set(done.stderr.decode().split()) == set()


def test_an_identities_file_is_used(tmp_path: Path) -> None:
    """Names of the file are found, also with the mark that Windows puts in front."""
    file = tmp_path / "identities.json"
    names = {"hostnames": ["turing"], "usernames": ["amelie"], "serials": ["PF3K9Q2M"]}
    file.write_text("\ufeff" + json.dumps(names), "utf-8")
    done = scrub(b"turing: amelie replaced PF3K9Q2M\n", "--identities", file)
    assert re.fullmatch(rb"<host_\w+>: <user_\w+> replaced <serial_\w+>\n", done.stdout)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"amelie": []}',
        b'{"hostnames": "amelie"}',
        b'{"hostnames": [["amelie"]]}',
        b'{"usernames": ["' + b"amelie" * 100 + b'"]}',
    ],
)
def test_a_wrong_identities_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """One sentence says what is wrong with the file and repeats nothing of it."""
    file = tmp_path / "identities.json"
    file.write_bytes(content)
    assert "--identities" in refused("--identities", file)
    assert "amelie" not in refused("--identities", file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that is not there is said by its flag."""
    for flag in ("--identities", "--key"):
        assert flag in refused(flag, tmp_path / "none")


def test_a_report_has_counts_and_no_value() -> None:
    """The report counts classes, rules, lines and what was withheld."""
    text = b"user=eve from 192.0.2.7\nup\n" + b"x" * 70_000 + b"\n"
    report = json.loads(scrub(text, "--report=json").stderr)
    assert (report["lines"], report["withheld"]) == (3, {"too-long": 1})
    assert report["replaced"] == {"ip": 1, "user": 1}
    rules = {(item["class"], item["rule"]) for item in report["found"]}
    assert {("ip", "ipv4"), ("user", "users_in_fields")} <= rules
    told = scrub(text, "--report").stderr.decode()
    assert "users_in_fields" in told
    assert "lines withheld: too-long 1" in told
    assert "eve" not in told


def test_withheld_lines_are_told_unasked() -> None:
    """That a line did not pass is said without a report, too."""
    assert b"too-long 1" in scrub(b"x" * 70_000).stderr


def test_an_explanation_goes_to_a_terminal() -> None:
    """On a terminal each line follows what was found in it, by which rule."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, "--explain"], stdin=subprocess.PIPE, stdout=theirs, env=ENVIRONMENT
    ) as process:
        os.close(theirs)
        process.communicate(b"user=eve\n", timeout=60)
        shown = b""
        while b"<user_" not in shown or not shown.endswith(b"\n"):
            shown += os.read(ours, 4096)
    os.close(ours)
    first, second = shown.decode().splitlines()
    assert re.fullmatch(r" +user +by users_in_fields +eve", first)
    assert re.fullmatch(r"user=<user_\w+>", second)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up its rights")
def test_it_works_without_rights() -> None:
    """Nobody, without a home, can scrub and name the machine."""
    code = (
        "import os, sys; from agent import __main__; "
        "from agent.commands import scrub, _scrub_report; "
        "from agent.redaction.detectors import detectors; detectors(); "
        "__main__._parser('scrub').parse_args(['scrub']); "
        "import heapq, re2, ahocorasick_rs, shutil, wire.pseudonyms; "
        "shutil.get_terminal_size(); "
        "os.setgroups([]); os.setgid(65534); os.setuid(65534); "
        "sys.exit(__main__.main(['scrub', '--report']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=b"user=eve\n",
        capture_output=True,
        timeout=120,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"user=<user_")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can rename a machine")
def test_this_machines_names_are_found() -> None:
    """With --machine the host's own name is one to look for."""
    renamed = 'echo amelies-ws7 > /proc/sys/kernel/hostname && exec "$@"'
    done = subprocess.run(
        ["unshare", "--uts", "sh", "-c", renamed, "sh", *PROGRAM, "--machine"],
        input=b"x amelies-ws7 y\n",
        capture_output=True,
        timeout=120,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.stdout.startswith(b"x <host_"), done.stderr


STAND_IN = re.compile(r"(?<=_)[0-9a-hjkmnp-tv-z]{8}(?=[_>@+])")


def numbered(text: str) -> str:
    """Return a text with its stand-ins numbered, for keys differ."""
    seen: dict[str, str] = {}
    return STAND_IN.sub(lambda found: seen.setdefault(found[0], str(len(seen))), text)


def test_the_page_is_true(tmp_path: Path) -> None:
    """Each example of the page gives what stands there."""
    blocks = re.findall(
        r"^```console\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    program = tmp_path / "discreet-agent"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m agent "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    run = 0
    for block in blocks:
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = example.partition("\n")
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
                check=False,
                env=ENVIRONMENT | {"PATH": path},
            )
            assert numbered(expected) == numbered(done.stdout), command
            run += 1
    assert run > 5
