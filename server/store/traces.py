# SPDX-License-Identifier: Apache-2.0
"""Looks for octets in files that this process may have open as databases.

Rules: files are read in a process of its own, for a process that closes any file of an
SQLite database loses all of its locks on it (sqlite.org/howtocorrupt.html, 2.2): others
would write over what it reads; what is looked for is told by a pipe, not by arguments.
Not here: what is to be gone (`server/keeper`).
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from server.errors import StateError
from server.store.bounds import SEARCHED_BYTES

COMMAND = (sys.executable, "-I", "-m", "server.store.traces")


def traces(paths: Sequence[Path], samples: Sequence[bytes]) -> list[int]:
    """Return how many of some samples each file has; one that is absent has none.

    Args:
        paths: of the files.
        samples: octets that are looked for, of any length but none.

    Raises:
        StateError: a file cannot be read.
    """
    asked = [
        [str(path.absolute()) for path in paths],
        [sample.hex() for sample in samples],
    ]
    done = subprocess.run(  # noqa: S603 - our own module, fixed arguments
        COMMAND, input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = done.stderr.strip() or "the search ended early"
        msg = f"cannot look for deleted octets: {reason}"
        raise StateError(msg)
    return [int(count) for count in json.loads(done.stdout)]


def main() -> int:
    """Answer one question from standard input; returns 1 where a file is not read."""
    paths, samples = json.load(sys.stdin)
    wanted = {bytes.fromhex(sample) for sample in samples}
    try:
        counts = [_count(Path(path), wanted) for path in paths]
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 1
    json.dump(counts, sys.stdout)
    return 0


def _count(path: Path, wanted: set[bytes]) -> int:
    """Return how many of the samples a file has."""
    left = set(wanted)
    overlap = max(map(len, wanted), default=1) - 1
    before = b""
    try:
        with path.open("rb") as file:
            while left and (piece := file.read(SEARCHED_BYTES)):
                window = before + piece
                left -= {sample for sample in left if sample in window}
                before = window[len(window) - overlap :]
    except FileNotFoundError:
        return 0
    return len(wanted) - len(left)


if __name__ == "__main__":
    sys.exit(main())
