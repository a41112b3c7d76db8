# SPDX-License-Identifier: Apache-2.0
# mypy: disable-error-code="unreachable"
# (all below the guard, seen from win32)
"""What each kind of a resident agent's passes costs, by how often it comes.

Rules: an enrolled device obeys the preset `full` on this machine's real data; each pass
runs in the agent's own child, as the resident agent would start it: what comes oftenest
runs first, for what it needs stays loaded, and code is compiled, as a package brings
it. Beside it a sample of the resident floor. A busy machine makes both dearer and
leaves none out, which the footprint's run over minutes does. What an hour costs is
reckoned: a slot has all that comes as often or oftener.
Not here: polls, shipments and memory (`footprint.py`).

usage: python -m bench.passes [--runs 9]
"""

import argparse
import compileall
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from agent.device import Bench
from agent.figures import Figures
from agent.given import Given
from agent.identity import load
from agent.passes import Ran, pass_in_child
from agent.schedule import Due
from agent.shortcut import Shortcut
from agent.state import State
from bench import floor_resident
from bench.measure import Figure, function, publish
from bench.resident import ROOT
from tools.demo_run import Demo
from wire.policy import Policy
from wire.trust import Trusted

if sys.platform == "win32":
    reason = "the floor is of Linux"
    raise ImportError(reason)

RUNS = 9
HOUR, DAY = 3_600, 86_400
FLOOR = "a sample of the floor"


def device(place: Path, policy: str = "full") -> State:
    """Return a device that has enrolled and has sent what it has, twice."""
    demo = Demo(place)
    named = "--tenant", "Bench", "--url", f"https://127.0.0.1:{demo.port}"
    demo.ask("discreet-server", "init", *named, "--policy", policy, quiet=True)
    with demo.collector():
        token = demo.ask("discreet-server", "token", quiet=True).strip()
        demo.ask("discreet-agent", "enrol", token, quiet=True)
        for _ in range(2):
            demo.ask("discreet-agent", "once", quiet=True)
    return State(place / "agent")


def obeyed(bench: Bench, now: int) -> tuple[Trusted, Policy]:
    """Return what a device trusts, and the policy that it obeys.

    Raises:
        RuntimeError: it trusts nothing.
    """
    trust = bench.obeyed.trust(now)
    if trust is None:
        msg = "the device trusts nothing"
        raise RuntimeError(msg)
    return trust, bench.obeyed.policy(trust)


def slots(policy: Policy) -> Iterator[tuple[int, Due]]:
    """Yield how often something is read, in seconds, and all that is due then."""
    pairs = {
        (rules.purpose, rule.dataset): rule.every
        for rules in policy.purposes
        for rule in rules.datasets
        if rule.every is not None and rule.every < DAY
    }
    for every in sorted(set(pairs.values())):
        yield every, frozenset(pair for pair in pairs if pairs[pair] <= every)


def passes(bench: Bench, found: Due, runs: int) -> Iterator[Ran]:
    """Yield passes over what is due, one after the other."""
    now = int(time.time())
    trust, policy = obeyed(bench, now)
    shortcut = Shortcut(bench.obeyed.marks())
    given = Given(bench.state, bench.who, trust, now, Figures())
    for later in range(runs):
        at = replace(given, now=now + later)
        part = shortcut.work(bench, policy, found, at)
        if part is None or part.into is None:
            bench.close()
        yield pass_in_child(bench.state, at.now, part=part)


def figures(runs: int = RUNS) -> list[Figure]:
    """Measure a pass of each cadence of the preset, and reckon an hour of them."""
    for name in ("agent", "policies", "wire"):
        compileall.compile_dir(ROOT / name, quiet=1)
    with tempfile.TemporaryDirectory(prefix="discreet-bench-") as folder:
        state = device(Path(folder))
        bench = Bench(state, load(state))
        floor = function(floor_resident.sealer(str(Path(folder) / "floor.sqlite")))
        _, policy = obeyed(bench, int(time.time()))
        costs = [
            (every, _cost(passes(bench, due, runs))) for every, due in slots(policy)
        ]
        bench.close()
    found = [
        Figure(
            f"a pass of what comes every {each // 60} min", cost, "ms CPU", floor, FLOOR
        )
        for each, cost in costs
    ]
    minutes = HOUR // 60 * floor / 1_000
    hour = _hour(costs)
    all_ = Figure("all passes of an hour", hour, "s CPU", minutes, "60 of the floor")
    return [*found, all_]


def _cost(ran: Iterable[Ran]) -> float:
    """Return the milliseconds of a pass of several."""
    return statistics.median(one.seconds for one in ran) * 1_000


def _hour(costs: Sequence[tuple[int, float]]) -> float:
    """Return the seconds of all passes of an hour, the oftenest first."""
    hour, taken = 0.0, 0
    for every, cost in reversed(costs):
        times = HOUR // every - taken
        hour, taken = hour + times * cost / 1_000, taken + times
    return hour


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.passes")
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args(arguments)
    publish("Passes of a resident agent", "passes", figures(options.runs))


if __name__ == "__main__":
    main()
