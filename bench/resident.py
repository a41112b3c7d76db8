# SPDX-License-Identifier: Apache-2.0
"""A collector and a resident agent beside each other, as packages run them.

Rules: both are the real programs; their code is compiled before, as a package brings
it; what they say goes to a log beside their state.
Not here: what is measured of them (`footprint.py`, `soak.py`).
"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.measure import PYTHON
from tools.demo_run import BIN, Demo

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def resident(place: Path, policy: str) -> Iterator[tuple[int, Path]]:
    """Run a collector and an agent that is enrolled at it.

    Args:
        place: folder of both.
        policy: name of a preset, or path of a policy.

    Yields:
        The agent's pid, and the file of what it says.
    """
    demo = Demo(place)
    demo.environment = _compiled(demo.environment, place)
    url = f"https://127.0.0.1:{demo.port}"
    named = "--tenant", "Bench", "--url", url, "--policy", policy
    demo.ask("discreet-server", "init", *named, quiet=True)
    with demo.collector():
        token = demo.ask("discreet-server", "token", quiet=True).strip()
        demo.ask("discreet-agent", "enrol", token, quiet=True)
        command = [str(BIN / "discreet-agent"), "run", "--now"]
        with started(command, place, demo.environment) as pid:
            yield pid, place / "discreet-agent.log"


def _compiled(environment: dict[str, str], place: Path) -> dict[str, str]:
    """Compile our code into a folder, and return the variables of who runs it so.

    A package brings it compiled: else each child would compile what it loads.
    """
    kept = {name: told for name, told in environment.items() if name[:6] != "PYTHON"}
    kept["PYTHONPYCACHEPREFIX"] = str(place / "compiled")
    folders = [str(ROOT / name) for name in ("agent", "policies", "server", "wire")]
    command = [PYTHON, "-m", "compileall", "-q", *folders]
    subprocess.run(command, env=kept, check=True)
    return kept


@contextmanager
def started(
    command: Sequence[str], place: Path, environment: dict[str, str] | None = None
) -> Iterator[int]:
    """Run a program; yield its pid. What it says goes to a log of its name.

    Args:
        command: the program.
        place: folder of the log.
        environment: of the program; None for this process's own.

    Raises:
        RuntimeError: it had ended by itself.
    """
    told = place / f"{Path(command[0]).name}.log"
    with told.open("ab") as log:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield process.pid
        if process.poll() is not None:
            msg = f"{command[0]} ended with {process.returncode}: {told.read_text()}"
            raise RuntimeError(msg)
    finally:
        process.terminate()
        process.wait(30)
