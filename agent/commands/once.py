# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent once`: one full pass, shipped, with a table of what happened.

With `--dataset` the pass is over that dataset alone; with `--raw-local` nothing passes,
and a person at the machine sees the dataset's raw rows.

Rules: what is sealed is safe in the spool before anything is sent; an unreachable
collector loses nothing and is an exit code; no order is taken in, for none is carried
out: whoever asked sees that it waits, and `run` hears it.
Not here: the pass (`agent/passes.py`), the exchange (`agent/delivery/courier.py`), raw
rows (`_raw_local.py`).
"""

import argparse
import json
import sys
import time
from dataclasses import asdict

from agent.budget import FIRST_KEYS_SECONDS
from agent.clock import explain, load_clock
from agent.commands._network import add_proxy_option, courier_for
from agent.commands._tables import size, table
from agent.delivery.asker import Asker
from agent.delivery.courier import Courier
from agent.delivery.shipping import CLOCK_SKEW, Act, Next
from agent.delivery.tally import Tally
from agent.device import Device, at_work, can_name, time_of, trust_of
from agent.errors import NetworkError, Problem, UsageError
from agent.host.interface import Host
from agent.host.lock import sole
from agent.identity import Identity, load, trusted
from agent.outcome import DISABLED, OK, WORDS
from agent.passes import Ran, pass_in_child
from agent.schedule import EVERYTHING
from agent.state import State, state_at
from wire import limits
from wire.errors import WireError
from wire.trust import Trusted

_POLL_AGAIN_SECONDS = 0.25
_SHIPMENTS = 4_096
"""More than a full spool holds: only so that no defect ships for ever."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_proxy_option(parser)
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--dataset", metavar="NAME", help="only this dataset")
    parser.add_argument(
        "--raw-local",
        action="store_true",
        help="show its raw rows on this terminal instead; nothing is sealed or sent",
    )
    parser.add_argument(
        "--rows", type=int, metavar="N", help="rows that --raw-local shows (20)"
    )


def run(options: argparse.Namespace, host: Host | None = None) -> int:
    """Run one full pass and ship it.

    Args:
        options: the command line.
        host: another machine than this one, for a recorded one.

    Raises:
        AgentError: not enrolled, no valid policy, or the collector is out of reach;
            what was sealed stays in the spool.
    """
    if options.raw_local:
        from agent.commands import _raw_local  # noqa: PLC0415 - loads the readers

        return _raw_local.run(options, host)
    if options.rows is not None:
        msg = "--rows is of --raw-local: a pass reads all rows"
        raise UsageError(msg)
    state = state_at(options.state)
    who = load(state)
    courier = courier_for(who.url, options, hears=False)
    with sole(state.lock):
        problem = _poll(state, who, courier)
        with at_work(state, who) as device:
            now = time_of(device)
            _require(device, now)
        over = EVERYTHING if options.dataset is None else options.dataset
        figures = Tally().figures()
        ran = pass_in_child(state, now, over=over, figures=figures, host=host)
        if not options.json:
            _show(ran, options.dataset)
        sent = _ship(state, who, courier) if problem is None else (0, 0)
    if options.json:
        document = {**asdict(ran), "sent": {"envelopes": sent[0], "octets": sent[1]}}
        sys.stdout.write(json.dumps(document) + "\n")
    if problem is not None:
        msg = f"{problem}; what was sealed stays in the spool"
        raise NetworkError(msg)
    if not options.json:
        sys.stdout.write(f"sent      {sent[0]} envelopes, {size(sent[1])}\n")
    return 0


def _poll(state: State, who: Identity, courier: Courier) -> NetworkError | None:
    """Fetch policy and pseudonym keys; return why not, where that loses nothing.

    A new device's keys are sealed by the store side a moment after it enrolled.
    """
    until = time.monotonic() + FIRST_KEYS_SECONDS
    with at_work(state, who) as device:
        trust = trust_of(device, time_of(device))
        try:
            with courier.session(device, trust) as session:
                while True:
                    trust = _asked(courier, session, device, trust)
                    now = time_of(device)
                    known = trust is not None and can_name(device, trust, now)
                    if known or trust is None or time.monotonic() > until:
                        return None
                    time.sleep(_POLL_AGAIN_SECONDS)
        except NetworkError as problem:
            return problem


def _asked(
    courier: Courier, session: Asker, device: Device, trust: Trusted | None
) -> Trusted | None:
    """Poll; where the clock is refused, fetch signed time and poll once more."""
    try:
        return courier.act(session, device, trust, Next(Act.POLL)).trust
    except Problem as problem:
        if problem.slug != CLOCK_SKEW:
            raise
    courier.act(session, device, trust, Next(Act.INTRODUCE))
    return courier.act(session, device, trust, Next(Act.POLL)).trust


def _require(device: Device, now: int) -> Trusted:
    """Return what is trusted, or say why nothing may be collected."""
    try:
        return trusted(device.state, device.who, now)
    except WireError as problem:
        raise explain(problem, load_clock(device.spool)) from None


def _ship(state: State, who: Identity, courier: Courier) -> tuple[int, int]:
    """Ship all that waits; return envelopes and bytes."""
    envelopes = octets = 0
    step = Next(Act.SHIP, count=limits.SHIPMENT_ENVELOPES)
    with at_work(state, who) as device:
        trust = trust_of(device, time_of(device))
        with courier.session(device, trust) as session:
            for _ in range(_SHIPMENTS):
                waiting = device.spool.facts().waiting
                if not waiting:
                    break
                if sys.stderr.isatty():
                    sys.stderr.write(f"\rshipping, {waiting} envelopes left \x1b[K")
                done = courier.act(session, device, trust, step)
                envelopes += done.sent
                octets += done.octets
                if done.retry:  # it stays, and a running agent sends it later
                    break
            if sys.stderr.isatty():
                sys.stderr.write("\r\x1b[K")
            if envelopes:  # the mark follows the commit by a moment
                time.sleep(_POLL_AGAIN_SECONDS)
                courier.act(session, device, trust, Next(Act.POLL))
    return envelopes, octets


def _show(ran: Ran, dataset: str | None) -> None:
    """Print the table of outcomes, and in words what was not read."""
    outcomes = [
        item
        for item in sorted(ran.report.outcomes, key=lambda item: item.collector)
        if dataset in {None, item.collector}
    ]
    disabled = [item.collector for item in outcomes if item.outcome == DISABLED]
    outcomes = [item for item in outcomes if item.outcome != DISABLED]
    rows = [
        (
            item.collector,
            item.outcome,
            str(item.rows),
            str(item.withheld),
            f"{item.duration * 1000:.0f} ms",
            item.reason,
        )
        for item in outcomes
    ]
    heads = ("dataset", "outcome", "rows", "withheld", "time", "reason")
    sealed = ran.report.sealed
    octets = size(sealed.octets)
    met = dict.fromkeys(item.outcome for item in outcomes if item.outcome != OK)
    lines = [
        *table(heads, rows),
        "",
        *(WORDS[name] for name in met if name in WORDS),
        *((f"disabled by the policy: {', '.join(disabled)}",) if disabled else ()),
        "",
        f"sealed    {sealed.records} records, {sealed.envelopes} envelopes, {octets}",
        f"withheld  {ran.report.withheld} values that could not be redacted safely",
        f"cost      {ran.seconds:.2f} s of one processor, {size(ran.memory)} at most",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
