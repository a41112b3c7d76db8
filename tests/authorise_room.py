# SPDX-License-Identifier: Apache-2.0
"""A technician at their own machine: request files, keys, and the program itself.

Rules: the program runs as it ships, in this process or its own; requests ask for what
the shipped catalogue has; a passkey is a software one (`authenticator.py`).
Not here: the collector's side (`orders_room.py`), browsers (`tests/e2e`).
"""

import io
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

from technician.__main__ import main
from wire.orders import Given, Request, write_request
from wire.purposes import Purpose

PASSPHRASE = b"correct horse battery"
LOG_N = 14
"""The least that is read: these keys keep nothing."""


def request(**changes: object) -> Request:
    """Return a request by Lena for the state of a service, with changes."""
    now = int(time.time())
    whole = Request(
        b"t" * 16,
        b"d" * 16,
        b"i" * 16,
        secrets.token_bytes(16),
        "service_state",
        (Given("service", "cups"),),
        Purpose.SUPPORT,
        "T-1042",
        "the printer does not answer",
        "Lena",
        now,
        now + 3_600,
        10,
        50,
        65_536,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields


def drafted(place: Path, **changes: object) -> Path:
    """Write a request's file, as `diagnose draft` does; return its path."""
    path = place / "request"
    path.write_bytes(write_request(request(**changes)))
    return path


def words(place: Path) -> Path:
    """Write the passphrase's file; return its path."""
    path = place / "words"
    path.write_bytes(PASSPHRASE)
    path.chmod(0o600)
    return path


def typed(*arguments: str | Path, code: int = 0) -> str:
    """Run `discreet-authorise`; return what it prints, or says where it fails."""
    printed, said = io.StringIO(), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(said):
        assert main([str(one) for one in arguments]) == code, said.getvalue()
    if code:
        assert said.getvalue().startswith("discreet-authorise: ")
        assert len(said.getvalue().splitlines()) == 1
    return said.getvalue() if code else printed.getvalue()


@contextmanager
def page_of(
    *arguments: str | Path,
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the program until it shows a page; give it and the page's address."""
    command = [sys.executable, "-m", "technician", *map(str, arguments)]
    with subprocess.Popen(
        command,
        cwd=Path(__file__).resolve().parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            assert program.stdout is not None
            program.stdout.readline()
            yield program, program.stdout.readline().strip()
        finally:
            program.kill()
