# SPDX-License-Identifier: Apache-2.0
"""What a program opens and which sockets it makes, told by the kernel or by Python.

Rules: strace where it can be used, for it sees libraries and other programs too; else
Python's own audit hook, which sees what Python opens; nothing is installed.
Not here: what may be opened (`tests/privacy/test_trace.py`).
"""

import json
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STRACE = "strace"
AUDIT = "audit hook"
_CALLS = "execve,open,openat,openat2,creat,readlink,readlinkat,socket"
_CALL = re.compile(r"\d+ +(?P<call>\w+)\((?P<rest>.*)")
_FOLDER = re.compile(r"(?:AT_FDCWD|\d+)(?:<(?P<folder>(?:[^>\\]|\\.)*)>)?, ")
_PATH = re.compile(r'"(?P<path>(?:[^"\\]|\\.)*)"')
_HOOK = """
import json, os, runpy, socket, sys
out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
first = {"open", "os.listdir", "os.scandir", "subprocess.Popen", "os.exec"}
def hook(event, arguments):
    if event in first or event == "os.posix_spawn":
        if isinstance(arguments[0], (str, bytes)):
            told = "path", os.path.abspath(os.fsdecode(arguments[0]))
        else:
            return
    elif event == "socket.__new__":
        told = "socket", socket.AddressFamily(arguments[1]).name
    else:
        return
    os.write(out, json.dumps(told).encode() + b"\\n")
_, _, *sys.argv = sys.argv
run = sys.argv.pop(0) == "-m" and runpy.run_module or runpy.run_path
sys.addaudithook(hook)
run(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True)
class Trace:
    """What a program did.

    Attributes:
        paths: files, folders, links and programs that it opened or tried to open.
        sockets: families of the sockets that it made.
        output: what it printed.
    """

    paths: frozenset[str]
    sockets: frozenset[str]
    output: str


def tracers() -> tuple[str, ...]:
    """Return the ways of tracing that can be used here, the best first."""
    if shutil.which("strace") is None:
        return (AUDIT,)
    tried = ["strace", "-f", "-o", "/dev/null", "true"]
    done = subprocess.run(tried, capture_output=True, check=False)
    return (AUDIT,) if done.returncode else (STRACE, AUDIT)


def trace(
    tracer: str,
    folder: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
) -> Trace:
    """Run Python and return what it did; it has to end well.

    Args:
        tracer: one of `tracers()`.
        folder: takes the tracer's own file.
        arguments: a script, or -m and a module, and what it is told.
        environment: of the program; None for this process's own.
    """
    told = folder / "trace"
    told.unlink(missing_ok=True)
    command = [sys.executable, "-I", *arguments]
    if tracer == STRACE:
        options = ["-f", "-qq", "-y", "-s", "4096", "-e", f"trace={_CALLS}"]
        command = ["strace", *options, "-o", str(told), *command]
    else:
        form = arguments if arguments[0] == "-m" else ("script", *arguments)
        command = [sys.executable, "-I", "-c", _HOOK, str(told), *form]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = told.read_text(errors="surrogateescape").splitlines()
    parts = parse_strace(lines) if tracer == STRACE else map(json.loads, lines)
    found = {tuple(part) for part in parts}
    return Trace(
        frozenset(value for kind, value in found if kind == "path"),
        frozenset(value for kind, value in found if kind == "socket"),
        done.stdout,
    )


def parse_strace(lines: list[str]) -> list[tuple[str, str]]:
    """Return the paths and sockets of strace's output."""
    found: list[tuple[str, str]] = []
    for line in lines:
        call = _CALL.match(line)
        if call is None:  # a signal, an exit, or the rest of a call told before
            continue
        rest = call["rest"]
        if call["call"] == "socket":
            found.append(("socket", rest.partition(",")[0]))
            continue
        start = _FOLDER.match(rest)
        path = _PATH.match(rest, start.end() if start else 0)
        if path is None:
            continue
        place = (start["folder"] or "/") if start else "/"
        name = path["path"].encode().decode("unicode_escape")
        found.append(("path", posixpath.normpath(posixpath.join(place, name))))
    return found
