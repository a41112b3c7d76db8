# SPDX-License-Identifier: Apache-2.0
"""What the agent costs a machine: imports, one full pass, and staying.

Rules: the real programs on this machine's real data, with a real collector; each
figure beside an interpreter that does nothing.
Not here: the wire format alone (`bench/wire.py`).
"""

import json
import subprocess
import tempfile
import time
from pathlib import Path

from bench import differences
from bench.measure import MIB, PYTHON, Cost, Figure, median_cost, program
from tools.demo_run import BIN, Demo

FORBIDDEN = (
    "scapy",
    "asyncio",
    "starlette",
    "uvicorn",
    "duckdb",
    "pyarrow",
    "requests",
    "rich",
    "cryptography.x509",
    "server",
    *("ast", "dis", "email", "encodings.idna", "http", "_bz2", "_lzma"),
)
"""What the resident agent must not load: other programs' libraries, and heavy ones."""
RESIDENT = "agent.commands.run"
_PROBE = f"""
import agent.__main__
import json, sys
import {RESIDENT}
print(json.dumps(sorted(sys.modules)))
"""
SETTLE_SECONDS = 5.0
WAIT_SECONDS = 120.0


def loaded() -> list[str]:
    """Return the modules that the resident agent has imported."""
    done = subprocess.run(
        [PYTHON, "-c", _PROBE], capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))


def forbidden(modules: list[str]) -> list[str]:
    """Return the modules that should not be there."""
    return [
        name
        for name in modules
        if any(name == item or name.startswith(f"{item}.") for item in FORBIDDEN)
    ]


def figures() -> list[Figure]:
    """Measure everything about the agent."""
    floor = median_cost(lambda: program([PYTHON, "-I", "-c", "pass"]))
    found = _imports(floor)
    with tempfile.TemporaryDirectory(prefix="discreet-bench-") as folder:
        demo = Demo(Path(folder))
        url = f"https://127.0.0.1:{demo.port}"
        demo.ask(
            "discreet-server", "init", "--tenant", "Bench", "--url", url, quiet=True
        )
        with demo.collector():
            token = demo.ask("discreet-server", "token", quiet=True).strip()
            demo.ask("discreet-agent", "enrol", token, quiet=True)
            found += _passes(demo, floor)
            found += _resident(demo, floor)
            found += differences.figures(demo)
    return found


def _imports(floor: Cost) -> list[Figure]:
    modules = loaded()
    cost = median_cost(lambda: program([PYTHON, "-c", f"import {RESIDENT}"]))
    named = "interpreter"
    return [
        Figure("resident agent's imports", cost.cpu, "ms CPU", floor.cpu, named),
        Figure("resident agent's imports", cost.memory, "MiB RSS", floor.memory, named),
        Figure("modules that it may not load", len(forbidden(modules)), "modules"),
    ]


def _passes(demo: Demo, floor: Cost) -> list[Figure]:
    """Measure one-shot inventories: the first, with all to send, and later ones."""
    named = "interpreter"
    command = [str(BIN / "discreet-agent"), "preview", "--json", "--rows", "0"]
    preview = median_cost(lambda: program(command, demo.environment))
    report = json.loads(demo.ask("discreet-agent", "once", "--json", quiet=True))
    sealed = report["report"]["sealed"]
    once = [str(BIN / "discreet-agent"), "once"]
    later = median_cost(lambda: program(once, demo.environment))
    first = report["seconds"] * 1000
    memory = report["memory"] / MIB
    return [
        Figure("read and redact all", preview.cpu, "ms CPU", floor.cpu, named),
        Figure(
            "read and redact all",
            preview.memory,
            "MiB RSS",
            floor.memory,
            named,
        ),
        Figure("first pass, in its child", first, "ms CPU", floor.cpu, named),
        Figure("first pass, in its child", memory, "MiB RSS", floor.memory, named),
        Figure("once, later", later.cpu, "ms CPU", floor.cpu, named),
        Figure(
            "once, later",
            later.memory,
            "MiB RSS",
            floor.memory,
            named,
        ),
        Figure("records of the first pass", sealed["records"], "records"),
        Figure("bytes on the wire for them", sealed["octets"], "bytes"),
        Figure(
            "bytes on the wire for each", sealed["octets"] / sealed["records"], "bytes"
        ),
    ]


def _resident(demo: Demo, floor: Cost) -> list[Figure]:
    """Measure the agent that stays, after a poll and a pass, at rest."""
    log = demo.folder / "agent.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [str(BIN / "discreet-agent"), "run", "--now"],
            env=demo.environment,
            stderr=file,
        )
    try:
        until = time.monotonic() + WAIT_SECONDS
        while b'"poll"' not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(log.read_text())
            time.sleep(0.2)
        time.sleep(SETTLE_SECONDS)
        rolled = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    finally:
        process.terminate()
        process.wait(30)
    sizes = {
        line.split(":")[0]: int(line.split()[1]) * 1024 / MIB
        for line in rolled.splitlines()[1:]
        if line.split()[-1] == "kB"
    }
    named = "interpreter"
    return [
        Figure("resident agent at rest", sizes["Rss"], "MiB RSS", floor.memory, named),
        Figure("resident agent at rest", sizes["Pss"], "MiB PSS"),
    ]
