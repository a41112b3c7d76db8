# SPDX-License-Identifier: Apache-2.0
"""What redaction would gain if its modules were compiled.

Rules: the same source, compiled by mypyc in a copy that is thrown away; both read the
same lines in turn, as `redaction_engines.py` reads them; what is found is equal.
Not here: the ways to match patterns (`redaction_engines.py`).
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.feeding import MB, fed
from bench.measure import PYTHON, print_table
from bench.redaction_engines import READINGS, SIZE, texts

ROOT = Path(__file__).resolve().parents[1]
WAY = "scrub: RE2 (ours)"
_LOOP = (
    *("finding", "direct", "shapes", "replacing", "spans", "spreading", "views"),
    *("learning", "dictionary"),
)
"""Modules that see every line."""
_WITHOUT = frozenset({"__init__", "lines", "cleaning", "lazily", "scanning"})
"""Modules that mypyc cannot compile, or that the others are given by name."""
_COPIED = ("agent", "wire", "bench", "policies", "tests")
_RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import json
from pathlib import Path
from bench.redaction_engines import run
json.dump(run(sys.argv[2], Path(sys.argv[3])), sys.stdout)
"""


def compiled() -> dict[str, list[list[str]]]:
    """Print MB per CPU second of our source as it is, and compiled."""
    told: dict[str, list[list[str]]] = {}
    with tempfile.TemporaryDirectory() as place:
        folders = {"as it is": ROOT}
        for name, modules in (("its loop compiled", _LOOP), ("all compiled", None)):
            print(f"  {name}", file=sys.stderr)
            folders[name] = _built(Path(place, name.replace(" ", "-")), modules)
        for text, octets, again in texts():
            path, output = Path(place, "lines"), Path(place, "told")
            part = octets[: SIZE // READINGS] if again else octets[: SIZE // 2]
            part = part[: part.rfind(b"\n") + 1] * (READINGS if again else 1)
            path.write_bytes(part)
            rows = [["source", "MB", "first MB / CPU s", "second", "third", "found"]]
            for name, folder in folders.items():
                command = (PYTHON, "-c", _RUN, str(folder), WAY, str(path))
                fed(command, "/dev/null", output=output)
                got = json.loads(output.read_text())
                rates = [f"{rate:.3g}" for rate in got["rates"]]
                rows.append([name, f"{len(part) / MB:.1f}", *rates, f"{got['found']}"])
            print_table(f"Scrubbing, compiled by mypyc or not: {text}", rows)
            told[text] = rows
    return told


def _built(folder: Path, modules: tuple[str, ...] | None) -> Path:
    """Return a copy of our source in which modules of redaction are compiled."""
    for name in _COPIED:
        shutil.copytree(
            ROOT / name,
            folder / name,
            ignore=shutil.ignore_patterns("__pycache__", "results", "trees", "vectors"),
        )
    redaction = folder / "agent" / "redaction"
    paths = [
        str(path.relative_to(folder))
        for path in sorted(redaction.rglob("*.py"))
        if path.stem not in _WITHOUT and (modules is None or path.stem in modules)
    ]
    done = subprocess.run(
        [PYTHON, "-m", "mypyc", "--ignore-missing-imports", *paths],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().rpartition("\n")[2]
        msg = f"mypyc failed ({last}): it needs a C compiler and setuptools"
        raise RuntimeError(msg)
    return folder
