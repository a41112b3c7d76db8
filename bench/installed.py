# SPDX-License-Identifier: Apache-2.0
"""What an installed package takes on a disk, beside what others' packages take.

Rules: ours is laid out as `make packages` does and counted as Debian's policy counts;
the others' figures are their packages' own, with the interpreter that theirs needs.
Not here: memory and processor time (`side_by_side.py`).
"""

import subprocess
import tempfile
from pathlib import Path

from bench.measure import Figure, publish
from tools.packages.layout import lay_out
from tools.packages.products import PROCESSORS, PRODUCTS
from tools.packages.programs import BuildError
from tools.packages.runtime_lock import locked

_KIB = 1024
_PEERS = {
    "zabbix-agent2": ("zabbix-agent2",),
    "glances and its Python": (
        *("glances", "python3-psutil", "python3.11-minimal"),
        *("libpython3.11-minimal", "libpython3.11-stdlib"),
    ),
}


def figures() -> list[Figure]:
    """Return what each product takes, beside each peer that apt knows."""
    processor = PROCESSORS["amd64"]
    found = []
    for name, product in PRODUCTS.items():
        with tempfile.TemporaryDirectory() as work:
            tree = lay_out(product, processor, Path(work), locked(processor))
        size = tree.size / _KIB
        if name != "agent":
            found.append(Figure(f"{product.name}, installed", size, "MiB"))
            continue
        for peer, packages in _PEERS.items():
            floor = _theirs(packages)
            found.append(Figure(f"{product.name}, installed", size, "MiB", floor, peer))
    return found


def _theirs(packages: tuple[str, ...]) -> float | None:
    """Return what packages take by their own word; None where apt knows none."""
    command = ["apt-cache", "show", "--no-all-versions", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [
        one for one in done.stdout.splitlines() if one.startswith("Installed-Size")
    ]
    if len(lines) < len(packages):
        return None
    return sum(int(line.split()[1]) for line in lines) / _KIB


def main() -> None:
    """Print the table, or why there is none."""
    try:
        found = figures()
    except BuildError as error:
        print(f"\nWhat is installed: not measured, {error}")
        return
    publish("What is installed", "installed", found)


if __name__ == "__main__":
    main()
