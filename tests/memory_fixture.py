# SPDX-License-Identifier: Apache-2.0
"""What a running process has in its memory, as whoever is root there can read it.

Rules: every mapping that can be read, more than a core file has: the kernel leaves
mappings of files out of one; a process that is read stands still meanwhile.
Not here: what is looked for.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_KERNELS = ("[vvar]", "[vsyscall]", "[vvar_vclock]")
"""Mappings of the kernel's own, which it lets nobody read."""


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    """Stop a process, and let it go on."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def memory(pid: int) -> bytes:
    """Return all that can be read of a process's memory."""
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    pieces = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as octets:
        for line in lines:
            bounds, rights, *_ = line.split()
            if not rights.startswith("r") or line.endswith(_KERNELS):
                continue
            begin, end = (int(bound, 16) for bound in bounds.split("-"))
            with suppress(OSError):  # mapped beyond its file's end
                octets.seek(begin)
                while begin < end and (piece := octets.read(end - begin)):
                    pieces.append(piece)
                    begin += len(piece)
    return b"".join(pieces)


def core(pid: int, folder: Path) -> bytes | None:
    """Return a core file of a process, as Debian's gdb takes one; None without it."""
    if shutil.which("gcore") is None:
        return None
    command = ["gcore", "-a", "-o", str(folder / "core"), str(pid)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return (folder / f"core.{pid}").read_bytes()


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]
