# SPDX-License-Identifier: Apache-2.0
"""Whether a test may mount a file system of its own.

Rules: it is tried, in a namespace that ends with the trial; what a machine forbids has
a reason that `ci_skips.py` takes, and what is missing on it has not.
Not here: the file systems (`ill_disks.py`, `machine_disk.py`).
"""

import os
import shutil
import subprocess
import sys
from functools import cache


@cache
def why_no_mounts() -> str:
    """Say why this process cannot mount: root in a container often may not.

    It is empty where it can.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a small file system is mounted by root, on Linux"
    if missing := [name for name in ("mount", "unshare") if not shutil.which(name)]:
        return f"not installed: {', '.join(missing)}"
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True,
        text=True,
        check=False,
    )
    refused = f"tmpfs cannot be mounted here: {tried.stderr.strip()}"
    return refused if tried.returncode else ""
