# SPDX-License-Identifier: Apache-2.0
"""How `subject` shows what the keeper tells: counts, columns, days left.

Rules: what could not be searched is said beside what was found.
Not here: asking (`subject.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from server.commands import printing

IN_FORCE = "in-force"
"""How the keeper calls a right that is done and not over."""


def show_found(told: Mapping[str, Any]) -> None:
    """Print what was found, and what could not be searched."""
    printing.show_table(
        ("PURPOSE", "DATASET", "ROWS"),
        [(purpose, dataset, str(rows)) for purpose, dataset, rows in told["rows"]],
    )
    devices = [device[: printing.SHORT_CHARS] for device in told["devices"]]
    printing.show(
        f"In {told['envelopes']} envelopes of {len(devices)} devices: "
        + ", ".join(devices)
    )
    for recipient, number, made in told["given"]:
        short = number[: printing.SHORT_CHARS]
        printing.show(
            f"Given to {printing.safe(recipient)} on {printing.moment(made)} in "
            f"release {short}, of these envelopes"
        )
    for purpose, column, transform in told["blind"]:
        printing.show(f"Not searched: {column} of {purpose} ({transform})")
    for reason, count in told["skipped"].items():
        printing.show(f"Not opened: {count} ({reason})")


def show_counts(counts: Mapping[str, object]) -> None:
    """Print what a right would touch."""
    if "rows" in counts:
        printing.show(
            f"It is about {counts['rows']} rows of {counts['envelopes']} envelopes "
            f"from {counts['devices']} devices; {counts['releases']} releases were "
            "made of these."
        )
    if counts.get("kept"):
        printing.show(f"Laws and holds keep {counts['kept']} more, which are in it.")
    if counts.get("withheld"):
        printing.show(
            f"Holds keep {counts['withheld']} more, of which it only tells how many."
        )
    printing.hint("discreet-server: it waits for a privacy officer, see case decide")


def show_rights(found: Sequence[Mapping[str, Any]]) -> None:
    """Print rights and until when each is to be answered."""
    printing.show_table(
        ("CASE", "RIGHT", "STATE", "ASKED", "DUE", "DAYS LEFT"),
        [
            (
                one["case"][: printing.SHORT_CHARS],
                one["kind"],
                one["state"] + (", to fetch" if one["waits"] else ""),
                printing.moment(one["asked"]),
                printing.moment(one["due"]) + (" extended" if one["extended"] else ""),
                _days(one["days"]),
            )
            for one in found
        ],
    )


def _days(days: int | None) -> str:
    if days is None:
        return "-"
    return str(days) if days >= 0 else f"{-days} LATE"
