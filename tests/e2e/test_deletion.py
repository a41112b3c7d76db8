# SPDX-License-Identifier: Apache-2.0
"""What is deleted is gone: the proof that anyone can run is run here, too.

Rules: `python -m tests.deletion`, whole; every line that it prints is expected.
Not here: how it looks (`tests/deletion`).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(1_200)]
ROOT = Path(__file__).resolve().parents[2]
SEEN = r"""
stored: \d+ envelopes open, \d\d\d canaries are read in them
handed out of it: \d+ rows to a recipient that opened its release, @
4 files sealed or locked; 5 wait here, of which 5 pieces are found; @
\d+ files of 6 exports that the ledger names, and \d+ of them @
have a canary's word: they are their reader's own
day 30: backed up; \d+ tables are read of what ends by day 60
day 60: 2 envelopes have ended, of 2 keys, \d+ live on; @
\d+ pieces of it were there before
files searched \d+, 0 of them in no place of the inventory: @
0 have a canary's word, 0 have one of \d+ pieces of what ended
today's keyring opens 0 of 2, an old copy of its directory 0, @
its backups with the passphrase 2 and 2, a copy of the whole machine 2
of what was handed out 0 pieces are here, 0 files wait and 0 keys are there; @
the recipient that asks for one now is refused \(exit 6\)
certificate 1 verifies \(exit 12\): pending until \d{4}-\d\d-\d\d
store and keyring of day 30 restored: 0 tables are read of what ended, @
\d+ of what lives on; searched again: 0, 0, 0
store and keyring of the first day restored: 0 tables are read of what ended, @
\d+ of what lives on; searched again: 0, 0, 0
the whole machine of day 30 restored: 0 tables are read of what ended, @
\d+ of what lives on; searched again: 0, 0, 0
day 121, the copies destroyed as told: exit 0, final
kept
""".replace("@\n", "").split("\n")[1:-1]
"""What is printed, line by line; @ goes on in the next."""


def test_what_is_deleted_is_gone() -> None:
    """Nothing is found, opened or read; what a copy opens the certificate says."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.deletion"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        timeout=1_100,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == len(SEEN), done.stdout + done.stderr
    for line, expected in zip(lines, SEEN, strict=True):
        assert re.fullmatch(expected, line), line
    assert done.returncode == 0
