# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent once --raw-local`: the raw rows of one dataset, on this terminal.

Rules: for a person at the machine: to a terminal and nowhere else; nothing is sealed,
sent or written, no cursor moves, no enrolment is needed; what a policy reads on named
networks only, for it tells of a place, is read nowhere else here either.
Not here: what leaves the machine (`preview.py`), a real pass (`once.py`).
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence

from agent.catalogue import declared
from agent.collectors import collector
from agent.commands._context import unenrolled
from agent.commands._tables import cut, shown, table, width
from agent.effective import effective_policy
from agent.errors import NotEnrolledError, UsageError
from agent.gathering import NO_NAMED_NETWORK, OWN
from agent.governor.budgets import budget_of
from agent.host import this_host
from agent.host.interface import Host
from agent.host.root import placed, qualified
from agent.host.whereabouts import here
from agent.identity import load, trusted
from agent.outcome import DENIED, DISABLED, NOT_HERE, OK, Outcome
from agent.plan import Plan, PlannedDataset, make_plan
from agent.printable import printable
from agent.reading import run_reader
from agent.rows import Reading
from agent.state import State, state_at
from wire.catalogue import Catalogue, Column, Dataset
from wire.errors import WireError
from wire.policy import Policy
from wire.policy_check import PLACES

DEFAULT_ROWS = 20
_CELL = 32
"""Characters of a cell in a table; one row below the other has more."""
_GAP = 2
_NOWHERE = "no policy that is valid here"


def run(options: argparse.Namespace, host: Host | None = None) -> int:
    """Show the raw rows of one dataset.

    Args:
        options: with `state`, `dataset`, `rows` and `json`.
        host: another machine than this one, for a recorded one.

    Raises:
        AgentError: no terminal, no such dataset, or a local file is wrong.
    """
    catalogue = declared()
    dataset = _checked(options, catalogue)
    rows = DEFAULT_ROWS if options.rows is None else options.rows
    system = (host or this_host()).system
    columns = tuple(item for item in dataset.columns if system in item.systems)
    plan, origin = _plan(state_at(options.state), catalogue, host)
    planned = [
        item
        for item in (plan.datasets if plan else ())
        if item.dataset.name == dataset.name
    ]
    machine = host or this_host(_allowed(dataset, columns, planned))
    reading, outcome = _read(machine, dataset, columns, planned)
    for line in _lines(columns, reading, outcome, rows):
        sys.stdout.write(line + "\n")
    for line in _about(dataset, planned, origin):
        sys.stdout.write(line + "\n")
    return 0


def _checked(options: argparse.Namespace, catalogue: Catalogue) -> Dataset:
    """Return the dataset that is asked for, where it may be shown."""
    if options.dataset is None:
        msg = "--raw-local shows one dataset: name it with --dataset"
        raise UsageError(msg)
    if options.json or not sys.stdout.isatty():
        msg = (
            "--raw-local: raw values are shown to a terminal only: run it in one, "
            "without --json and without redirecting the output"
        )
        raise UsageError(msg)
    if options.rows is not None and options.rows < 1:
        msg = "--rows must be 1 or more"
        raise UsageError(msg)
    if options.dataset in OWN:
        msg = (
            f"--raw-local: {options.dataset} tells of the agent's own passes, not of "
            "this machine: `preview` shows it"
        )
        raise UsageError(msg)
    found = named(catalogue, options.dataset)
    if found.diagnostic is not None:
        msg = f"--raw-local: {found.name} is read only when technicians sign for it"
        raise UsageError(msg)
    return found


def named(catalogue: Catalogue, name: str) -> Dataset:
    """Return a declared dataset.

    Raises:
        UsageError: there is none of that name.
    """
    found = catalogue.datasets.get(name)
    if found is None:
        msg = f"--dataset: nothing of that name; use {', '.join(catalogue.datasets)}"
        raise UsageError(msg)
    return found


def _plan(
    state: State, catalogue: Catalogue, host: Host | None
) -> tuple[Plan | None, str]:
    """Return what would leave, and under what; the state is looked at and no more."""
    policy, origin = _policy(state, catalogue)
    if policy is None:
        return None, origin
    policy = effective_policy(state, policy, catalogue)
    return make_plan(policy, catalogue, (host or this_host()).system), origin


def _policy(state: State, catalogue: Catalogue) -> tuple[Policy | None, str]:
    try:
        who = load(state)
        trust = trusted(state, who, int(time.time()))
    except NotEnrolledError:
        return unenrolled(catalogue)
    except WireError:
        return None, _NOWHERE
    return trust.policy.policy, f"signed policy {trust.policy.policy.name}"


def _allowed(
    dataset: Dataset, columns: Sequence[Column], planned: Sequence[PlannedDataset]
) -> frozenset[str]:
    """Return what may be asked of root: this dataset, and no other."""
    found = {qualified(dataset.name, column.name) for column in columns}
    for item in planned:
        found |= {placed(dataset.name, network) for network in item.networks or ()}
    return frozenset(found)


def _read(
    host: Host,
    dataset: Dataset,
    columns: Sequence[Column],
    planned: Sequence[PlannedDataset],
) -> tuple[Reading, Outcome]:
    networks: tuple[str, ...] = ()
    if dataset.name in PLACES:
        if not planned:
            return Reading([]), Outcome(dataset.name, DISABLED)
        places = [item.networks or () for item in planned]
        found = [place for place in places if here(host, place)]
        if not found:
            return Reading([]), Outcome(dataset.name, NOT_HERE, NO_NAMED_NETWORK)
        networks = found[0]
    if sys.stderr.isatty():
        most = budget_of(dataset.name).seconds
        sys.stderr.write(f"\rreading {dataset.name}, at most {most:.0f} s \x1b[K")
    try:
        return run_reader(
            collector(dataset.name),
            host,
            frozenset(column.name for column in columns),
            now=time.time(),
            networks=networks,
        )
    finally:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")


def _lines(
    columns: Sequence[Column], reading: Reading, outcome: Outcome, most: int
) -> Iterator[str]:
    """Yield the rows as a table, or one below the other where they are too wide."""
    yield f"{outcome.collector}: {outcome.told()}, in {outcome.duration:.2f} s"
    if outcome.outcome == DENIED:
        yield "  run it as root, or as the agent's own user"
    if outcome.skipped:
        yield f"  {outcome.skipped} more could not be read or understood"
    if outcome.truncated:
        yield "  there are more than are read at once"
    if outcome.outcome != OK:
        return
    heads = [column.name for column in columns]
    rows = reading.rows[:most]
    cells = [
        [shown(row.value(item.name), item.type, _CELL) for item in columns]
        for row in rows
    ]
    wide = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    if sum(wide) + _GAP * len(wide) <= width():
        yield from table(heads, cells)
    else:
        room = width() - max(map(len, heads)) - _GAP
        for count, row in enumerate(rows, 1):
            yield f"row {count}"
            values = [shown(row.value(item.name), item.type, room) for item in columns]
            yield from table(
                ("  column", "value"), [*zip(_in(heads), values, strict=True)]
            )
    if len(reading.rows) > most:
        yield f"and {len(reading.rows) - most} more: --rows shows them"


def _in(heads: Sequence[str]) -> list[str]:
    return [f"  {head}" for head in heads]


def _about(
    dataset: Dataset, planned: Sequence[PlannedDataset], origin: str
) -> Iterator[str]:
    """Yield what leaves of it, for what is shown is more than that."""
    yield ""
    yield "Nothing of this was written, sealed or sent: it is shown on this terminal."
    if not planned:
        yield f"Under the {printable(origin)} nothing of it leaves (disabled)."
        return
    purposes = ", ".join(sorted(item.purpose.value for item in planned))
    yield f"Under the {printable(origin)} it leaves for {purposes}."
    leaving = {column.name for item in planned for column in item.columns}
    staying = [column.name for column in dataset.columns if column.name not in leaving]
    if staying:
        yield cut(f"Never for any of them: {', '.join(staying)}.", width())
    yield f"In which form: discreet-agent preview --dataset {dataset.name}"
