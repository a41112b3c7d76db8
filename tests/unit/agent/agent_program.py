# SPDX-License-Identifier: Apache-2.0
"""Runs `discreet-agent` as a person does, and looks at how it ended.

Rules: a process of its own; what fails says so in one line.
Not here: what is asked of it (`test_cli*.py`).
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65_534
AS_NOBODY = f"""
import os, sys
from importlib import import_module
import policies
from agent import __main__
import base64
from agent.catalogue import declared
from agent.host import linux
from agent.logs import Log
for name in __main__.COMMANDS:
    import_module("agent.commands." + name.replace("-", "_"))
declared(), Log(), base64.b64decode(b"")
os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
sys.exit(__main__.main())
"""
"""All is imported first, what is left out too: the checkout may be closed to nobody."""


def call(
    *arguments: str | Path, nobody: bool = False, wrapper: str = ""
) -> tuple[int, str, str]:
    """Run the program; return exit code, output and errors."""
    how = ["-c", AS_NOBODY] if nobody else ["-m", "agent"]
    program = [sys.executable, *how, *arguments]
    done = subprocess.run(
        ["/bin/sh", "-c", wrapper, "sh", *program] if wrapper else program,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    return done.returncode, done.stdout, done.stderr


def fails(code: int, *arguments: str | Path, nobody: bool = False) -> str:
    """Run the program, which must fail with a code and one line; return the line."""
    found, _, errors = call(*arguments, nobody=nobody)
    assert (found, errors.count("\n")) == (code, 1), errors
    assert errors.startswith("discreet-agent")
    assert "Traceback" not in errors
    return errors


@contextmanager
def running(state: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run the agent until the block ends."""
    program = [sys.executable, "-m", "agent", "--state", str(state), "run", *words]
    with subprocess.Popen(program, stderr=subprocess.PIPE, text=True) as agent:
        try:
            yield agent
        finally:
            agent.terminate()


def until(agent: subprocess.Popen[str], event: str) -> list[dict[str, object]]:
    """Return what the agent logs, up to an event."""
    assert agent.stderr is not None
    seen: list[dict[str, object]] = []
    for line in agent.stderr:
        seen.append(json.loads(line))
        if seen[-1]["event"] == event:
            return seen
    raise AssertionError(seen)


@contextmanager
def folder_of_all() -> Iterator[Path]:
    """Give a folder that every user can enter.

    Not one of pytest's: each run that begins closes those of all others.
    """
    with tempfile.TemporaryDirectory(prefix="discreet-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
