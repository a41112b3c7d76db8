# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""Whether the resident agent grows while it stays: memory, handles, threads, children.

Rules: the real program with all its parts, obeying the preset `full` with each dataset
read far more often, as a policy may say, so that half an hour has passes of many; it
ships to a real collector. A slope is the median of the slopes between any two looks, so
that one look that fell into a pass does not make it; its first part, while it settles,
is left out. What is missed ends the run with 1.
Not here: what it costs (`footprint.py`), how it is set up (`resident.py`).

usage: python -m bench.soak [--minutes 30] [--every 2m] [--pid PID]
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.measure import RESULTS, number, print_table, save_as
from bench.processes import held, tree
from bench.resident import resident
from policies import preset

if sys.platform == "win32":
    reason = "what is counted here is of Linux"
    raise ImportError(reason)

MINUTES, EVERY = 30.0, "2m"
LOOK_SECONDS = 5.0
SETTLE = 1 / 5
"""Of the time: the first passes load what later ones use again."""
SLOPE_KIB = 512.0
"""RSS an hour at the most: 12 MiB a day, and a day of passes is in this hour."""
PAIRS = 400
"""Looks of which all pairs are taken: others between them are left out evenly."""
_EVERY = re.compile(r'^every = "[0-9]+[mhd]"$', re.MULTILINE)
_EVENT = re.compile(r'"event": "([a-z-]+)"')


@dataclass(frozen=True)
class Look:
    """What the resident process had at one moment.

    Attributes:
        minutes: since the beginning.
        rss: MiB.
        handles: open files.
        threads: of the process.
        children: that live.
    """

    minutes: float
    rss: float
    handles: int
    threads: int
    children: int


@dataclass(frozen=True)
class Grown:
    """One figure over the whole time.

    Attributes:
        what: it is.
        first: median of the first quarter after settling.
        last: median of the last quarter.
        most: the largest look.
        slope: an hour.
        bound: of the slope, or None.
    """

    what: str
    first: float
    last: float
    most: float
    slope: float
    bound: float | None = None

    @property
    def met(self) -> bool:
        """Tell whether it does not grow."""
        return self.bound is None or self.slope <= self.bound


def _often(place: Path, every: str) -> str:
    """Return the path of the preset `full`, with all so often."""
    policy = place / "soak.toml"
    policy.write_text(_EVERY.sub(f'every = "{every}"', preset("full").decode()))
    return str(policy)


def look(pid: int, minutes: float) -> Look:
    """Look at a process once."""
    folder = Path(f"/proc/{pid}")
    return Look(
        round(minutes, 2),
        round(held(pid)[0], 3),
        sum(1 for _ in (folder / "fd").iterdir()),
        sum(1 for _ in (folder / "task").iterdir()),
        len(tree(pid)) - 1,
    )


def looks(pid: int, minutes: float) -> Iterator[Look]:
    """Look at a process every few seconds, for so many minutes."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < minutes * 60:
        yield look(pid, passed / 60)
        time.sleep(LOOK_SECONDS)


def slope(moments: Sequence[float], values: Sequence[float]) -> float:
    """Return by how much values grow in an hour (Theil and Sen).

    Args:
        moments: minutes.
        values: one for each.
    """
    step = max(1, len(moments) // PAIRS)
    known = list(zip(moments[::step], values[::step], strict=True))
    found = [
        (later - earlier) / (after - before)
        for place, (before, earlier) in enumerate(known)
        for after, later in known[place + 1 :]
        if after > before
    ]
    return statistics.median(found) * 60 if found else 0.0


def grown(seen: Sequence[Look]) -> list[Grown]:
    """Return how each figure went, after settling."""
    settled = [one for one in seen if one.minutes >= seen[-1].minutes * SETTLE]
    moments = [one.minutes for one in settled]
    quarter = max(1, len(settled) // 4)
    found = []
    for what, name, bound in (
        ("RSS, MiB", "rss", SLOPE_KIB / 1024),
        ("open files", "handles", 0.0),
        ("threads", "threads", 0.0),
        ("children", "children", 0.0),
    ):
        values = [float(getattr(one, name)) for one in settled]
        found.append(
            Grown(
                what,
                statistics.median(values[:quarter]),
                statistics.median(values[-quarter:]),
                max(values),
                slope(moments, values),
                bound,
            )
        )
    return found


def _shown(found: Sequence[Grown]) -> None:
    heads = ("figure", "first quarter", "last", "most", "slope an hour", "bound")
    rows: list[tuple[str, ...]] = [heads]
    for one in found:
        bound = "" if one.bound is None else number(one.bound)
        met = " met" if one.met else " MISSED"
        cells = (one.first, one.last, one.most)
        shown = f"{one.slope:+.3f}"
        rows.append((one.what, *map(number, cells), shown, bound + met))
    print_table("The resident agent, while it stays", rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, print a table and write JSON; return 1 where something grows."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--every", default=EVERY, help="between two of each reading")
    parser.add_argument("--pid", type=int, help="look at one that runs, start none")
    options = parser.parse_args(arguments)
    events: Counter[str] = Counter()
    if options.pid is not None:
        seen = list(looks(options.pid, options.minutes))
    else:
        with (
            tempfile.TemporaryDirectory(prefix="discreet-soak-") as folder,
            resident(Path(folder), _often(Path(folder), options.every)) as (pid, log),
        ):
            seen = list(looks(pid, options.minutes))
            events.update(_EVENT.findall(log.read_text()))
    found = grown(seen)
    _shown(found)
    counted = ", ".join(f"{name} {events[name]}" for name in sorted(events))
    print(f"  {len(seen)} looks; events of the agent: {counted or 'not known'}")
    told = {
        "minutes": options.minutes,
        "every": options.every,
        "events": dict(events),
        "grown": [{**asdict(one), "met": one.met} for one in found],
        "looks": [asdict(one) for one in seen],
    }
    print(
        f"  written to {save_as('soak', 'soak', told).relative_to(RESULTS.parents[1])}"
    )
    return 0 if all(one.met for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
