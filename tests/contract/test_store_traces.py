# SPDX-License-Identifier: Apache-2.0
"""What a search for deleted octets promises, beside a store that is in use.

Rules: real files, real processes.
Not here: what a store leaves in its files (`test_store_scrubbing.py`).
"""

import subprocess
import sys
from pathlib import Path

import pytest
from store_chain import TENANT, chain

from server.errors import StateError
from server.store.bounds import SEARCHED_BYTES
from server.store.sqlite import create_store
from server.store.traces import traces

ROOT = Path(__file__).parents[2]
SCRUB = (
    "import sys; from pathlib import Path; from server.store.sqlite import open_store\n"
    "print(open_store(Path(sys.argv[1])).scrub())"
)


def test_samples_are_found_wherever_they_lie(tmp_path: Path) -> None:
    """At both ends and across what is read at a time, once each; else not at all."""
    first, second, third = b"first" * 7, b"second" * 5, b"third" * 3
    held = first + bytes(SEARCHED_BYTES - 40) + second * 2 + third
    path, other = tmp_path / "held", tmp_path / "other"
    path.write_bytes(held)
    other.write_bytes(held[: SEARCHED_BYTES // 2])
    paths = [path, other, tmp_path / "absent"]
    assert traces(paths, [first, second, third, b"fourth"]) == [3, 1, 0]
    assert traces(paths, []) == [0, 0, 0]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """What was not looked through is never said to be free of anything."""
    with pytest.raises(StateError, match=f"cannot look.*{tmp_path.name}: Is a direct"):
        traces([tmp_path], [b"sample"])


@pytest.mark.slow
def test_a_search_takes_no_lock_away(tmp_path: Path) -> None:
    """A view that is open while its files are searched still keeps the log."""
    path = tmp_path / "store.sqlite"
    store = create_store(path)
    sent = chain(40)
    store.put(sent[:20], 5)
    reading = store.envelopes(TENANT)
    first = next(reading)
    store.put(sent[20:], 6)
    assert sum(traces(sorted(tmp_path.iterdir()), [sent[30].octets])) > 0
    done = subprocess.run(
        [sys.executable, "-c", SCRUB, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout == "False\n"
    assert [first, *reading] == sent[:20]
    store.close()
