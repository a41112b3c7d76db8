# SPDX-License-Identifier: Apache-2.0
"""Which way packets take: one packet for each step, until the target answers.

Rules: packets of UDP that carry nothing, a second apart at most; after five steps in
silence it ends, for a firewall answers none of the others either.
Not here: the kernel's errors (`errors.py`).
"""

import time

from agent.sidecar.probe_question import Probe
from agent.sidecar.probes import errors
from agent.sidecar.probes.connect import seconds_since
from agent.sidecar.probes.target import Target, outcome_of, targets
from agent.sidecar.question import Answer

_WAIT = 1.0
_SILENT = 5


def answer(probe: Probe) -> Answer:
    """Return one row for each step."""
    found, reason = targets(probe.host, probe.family)
    if not found:
        return Answer(({"outcome": reason},))
    rows: list[dict[str, str]] = []
    silent = 0
    for hop in range(1, probe.count + 1):
        row = _step(found[0], hop)
        rows.append(row)
        if row["outcome"] != "passed" and row["outcome"] != "silent":
            return Answer(tuple(rows))
        silent = silent + 1 if row["outcome"] == "silent" else 0
        if silent == _SILENT:
            break
    return Answer(tuple(rows), truncated=True)


def _step(target: Target, hop: int) -> dict[str, str]:
    row = {"hop": str(hop), "network.type": target.type}
    try:
        with errors.open_socket(target) as made:
            errors.set_hops(made, hop)
            began = time.monotonic()
            made.sendto(b"", (target.address, errors.PORT + hop))
            told = errors.wait(made, _WAIT)
    except OSError as error:
        return {**row, "outcome": outcome_of(error)}
    if told is None:
        return {**row, "outcome": "silent"}
    row["duration"] = seconds_since(began)
    if told.address:
        row["network.peer.address"] = told.address
    if told.reached:
        return {**row, "outcome": "reached"}
    if told.expired:
        return {**row, "outcome": "passed"}
    return {**row, "outcome": outcome_of(OSError(told.number, ""))}
