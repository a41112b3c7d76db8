# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent ledger`: what did leave this machine, act by act.

Rules: the chain is verified before a line of it is shown; it holds names, counts and
digests, for the values are sealed to the agent as well.
Not here: writing it (`agent/spool/spool.py`).
"""

import argparse
import json
import sys

from agent.commands._tables import moment, table
from agent.device import at_work
from agent.errors import TrustError, UsageError
from agent.identity import load
from agent.state import State, state_at
from wire import cbor
from wire.cbor import Plain
from wire.errors import WireError
from wire.ledger import ENTRY, verify

_LAST = 20


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--last", type=int, default=_LAST, help=f"entries shown ({_LAST}); 0 for all"
    )
    parser.add_argument("--json", action="store_true", help="as JSON, one act a line")


def run(options: argparse.Namespace) -> int:
    """Verify and show the ledger.

    Raises:
        AgentError: there is none that can be read.
        TrustError: it was altered.
        UsageError: a number of entries that cannot be.
    """
    if options.last < 0:
        msg = "--last must be 0 or more"
        raise UsageError(msg)
    acts = verified_acts(state_at(options.state))
    shown = acts[-options.last :] if options.last > 0 else acts
    if options.json:
        for act in shown:
            sys.stdout.write(json.dumps(act, sort_keys=True) + "\n")
        return 0
    rows = [
        (
            str(act["index"]),
            moment(int(str(act["time"]))),
            str(act["act"]),
            _told(act["body"]),
        )
        for act in shown
    ]
    for line in table(("entry", "time", "act", "what"), rows):
        sys.stdout.write(line + "\n")
    sys.stdout.write(f"\n{len(acts)} entries; the chain is whole.\n")
    return 0


def verified_acts(state: State) -> list[dict[str, object]]:
    """Return every act, oldest first, after verifying the chain.

    Raises:
        NotEnrolledError: this machine has never enrolled.
        StateError: the spool cannot be read.
        TrustError: an entry was altered or is missing.
    """
    with at_work(state, load(state), mend=False) as device:
        entries, head = device.spool.ledger()
    try:
        verify(entries, head)
    except WireError as problem:
        msg = f"{problem}: keep the state directory and tell your provider"
        raise TrustError(msg) from None
    acts: list[dict[str, object]] = []
    for octets, body, _ in entries:
        entry = ENTRY.decode(octets)
        told = None if body is None else _readable(cbor.decode(body))
        acts.append(
            {"index": entry.index, "time": entry.time, "act": entry.act, "body": told}
        )
    return acts


def _readable(body: Plain) -> Plain:
    """Return a body with digests as people write them."""
    if isinstance(body, bytes):
        return body.hex()
    if isinstance(body, dict):
        return {name: _readable(value) for name, value in body.items()}
    return body


def _told(body: object) -> str:
    """Return an act's body in one line: what it is about first, numbers last."""
    if not isinstance(body, dict):
        return "(erased)"
    parts: list[str] = []
    if "purpose" in body:
        parts.append(str(body["purpose"]))
    datasets = body.get("datasets")
    if isinstance(datasets, dict):
        parts += [
            f"{dataset} ({told['rows']} rows, {len(told['columns'])} columns)"
            for dataset, told in datasets.items()
        ]
    rest = [
        f"{name} {value}"
        for name, value in body.items()
        if name not in {"purpose", "datasets"}
    ]
    return ", ".join([*parts, *rest])
