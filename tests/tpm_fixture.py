# SPDX-License-Identifier: Apache-2.0
"""A TPM for a machine that a test boots: the emulator swtpm, as systemd can drive it.

Rules: a whole TPM 2.0 of its own for each; systemd reaches it as it would a chip's, by
tpm2-tss, over loopback. Where it is not installed, the test skips and says so.
Not here: any expectation.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from free_ports import free_port
from machine_fixture import Machine

VARIABLE = "SYSTEMD_TPM2_DEVICE"
"""By which systemd is told of a TPM that is no device."""
_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
_NEEDED = "libtss2-tcti-swtpm.so.0"
_PROGRAMS = ("swtpm", "tpm2_flushcontext")
_SECONDS = 20.0


@contextmanager
def tpm(folder: Path) -> Iterator[str]:
    """Run a TPM that was never used; yield what systemd calls it.

    Args:
        folder: an empty one for its state.
    """
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    if missing or not (_LIBRARIES / _NEEDED).exists():
        pytest.skip("not installed: swtpm, tpm2-tools, libtss2-tcti-swtpm0")
    folder.mkdir()
    port = free_port(2)
    process = subprocess.Popen(
        [
            *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={folder}"),
            *("--server", f"type=tcp,port={port}"),
            *("--ctrl", f"type=tcp,port={port + 1}"),
            *("--flags", "not-need-init,startup-clear"),
        ],
        stdin=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + _SECONDS
        while not _listens(port + 1):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        yield f"swtpm:host=127.0.0.1,port={port}"
    finally:
        process.terminate()
        process.wait(30)


def forget_sessions(told: str) -> None:
    """Have a TPM forget what programs left in it, as the kernel's `tpmrm0` does."""
    for what in ("--transient-object", "--loaded-session", "--saved-session"):
        subprocess.run(
            ["tpm2_flushcontext", f"--tcti={told}", what],
            check=True,
            capture_output=True,
        )


def give_libraries(host: Machine, told: str) -> None:
    """Have a machine the libraries by which systemd speaks to a TPM.

    Args:
        host: has them not: Debian's depend on a whole device manager.
        told: what its commands call the TPM.
    """
    there = host.root / _LIBRARIES.relative_to("/")
    for one in _LIBRARIES.glob("libtss2-*.so.*"):
        shutil.copy(one, there)
    host.variables[VARIABLE] = told


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
