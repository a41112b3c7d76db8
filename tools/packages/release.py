# SPDX-License-Identifier: Apache-2.0
"""Lays checksums and signatures beside what was built.

Rules: SHA256SUMS names each file of the folder; who releases signs it with a command of
their own, which gets the file's path and may leave a signature beside it. No key is
read here.
Not here: the update repository, which has roles and thresholds.
"""

import hashlib
import os
import shlex
from pathlib import Path

from tools.packages.programs import call

SUMS = "SHA256SUMS"
SIGNER = "DISCREET_SIGN"
"""Names the command that signs; for instance `gpg --armor --detach-sign`."""


def seal(folder: Path) -> Path:
    """Write the checksums of a folder's files, and have them signed.

    Args:
        folder: with what was built; signatures of an earlier build are taken away.
    """
    for old in folder.glob(f"{SUMS}*"):
        old.unlink()
    lines = []
    for path in sorted(folder.iterdir()):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append(f"{digest}  {path.name}\n")
    sums = folder / SUMS
    sums.write_text("".join(lines), "utf-8")
    signer = os.environ.get(SIGNER)
    if signer:
        call(*shlex.split(signer), sums)
    return sums
