# SPDX-License-Identifier: Apache-2.0
"""Buffers of connections: what they filled is given back when they end."""

import subprocess
import sys

import pytest

_PROGRAM = """
import ctypes, sys
from pathlib import Path
from server.gate.buffers import OWN_PAGES, give_buffers_back
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.malloc.argtypes = [ctypes.c_size_t]
library.free.argtypes = library.memset.argtypes = [ctypes.c_void_p]
library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
def held():
    text = Path("/proc/self/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0])
library.free(library.malloc(4 * OWN_PAGES))  # as any large message before
if sys.argv[1] == "told":
    give_buffers_back()
before, buffers = held(), []
for _ in range(128):
    buffers.append(library.malloc(OWN_PAGES))
    library.memset(buffers[-1], 1, OWN_PAGES)
    library.malloc(4096)  # what stays behind it
for one in buffers:
    library.free(one)
print(held() - before)
"""


def kept(how: str) -> int:
    """Return the KiB that stay of 32 MiB in buffers that ended."""
    command = [sys.executable, "-c", _PROGRAM, how]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="memory held is Linux's to tell")
def test_what_buffers_filled_is_given_back() -> None:
    """Left alone the C library keeps it, for what came after a buffer stays."""
    assert kept("told") < 4_096
    assert kept("not told") > 16_384
