# SPDX-License-Identifier: Apache-2.0
"""`discreet-agent doctor`: look at everything that an agent needs, and say what to do.

Rules: one line for each look; it changes nothing, works while the agent runs and before
enrolment, and also with settings that no other command takes; a look that itself fails
is a finding, and the others go on.
Not here: the looks (`_doctor_local.py`, `_doctor_way.py`, `_doctor_service.py`).
"""

import argparse
import json
import sys
from collections.abc import Iterator

from agent.commands._doctor_finding import Finding, Level, Look, Patient
from agent.commands._doctor_local import (
    look_at_disk,
    look_at_identity,
    look_at_policy,
    look_at_rights,
    look_at_settings,
    look_at_spool,
)
from agent.commands._doctor_service import look_at_helper, look_at_service
from agent.commands._doctor_way import look_at_way
from agent.commands._network import add_proxy_option

LOOKS: tuple[tuple[str, Look], ...] = (
    ("settings", look_at_settings),
    ("rights", look_at_rights),
    ("disk", look_at_disk),
    ("enrolment", look_at_identity),
    ("spool", look_at_spool),
    ("policy", look_at_policy),
    ("way to the collector", look_at_way),
    ("service", look_at_service),
    ("root helper", look_at_helper),
)
_ATTENTION = 1
"""Exit code where something fails, as of `status`."""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_proxy_option(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    """Look, and tell.

    Returns:
        0 where nothing fails, else 1.
    """
    findings = []
    for finding in _looked(Patient(options)):
        findings.append(finding)
        if not options.json:
            sys.stdout.write(line(finding) + "\n")
            sys.stdout.flush()
    if options.json:
        document = [
            {
                "check": one.check,
                "level": one.level.value,
                "told": one.told,
                "advice": one.advice,
            }
            for one in findings
        ]
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
    failed = any(one.level is Level.FAIL for one in findings)
    return _ATTENTION if failed else 0


def _looked(patient: Patient) -> Iterator[Finding]:
    """Yield all findings, and on a terminal what is looked at meanwhile."""
    shows = sys.stderr.isatty()
    for name, look in LOOKS:
        if shows:
            sys.stderr.write(f"\rlooking at the {name} \x1b[K")
            sys.stderr.flush()
        try:
            for finding in look(patient):
                if shows:
                    sys.stderr.write("\r\x1b[K")
                    sys.stderr.flush()
                yield finding
        except Exception as problem:  # noqa: BLE001 - boundary: one look that fails keeps no other
            told = f"it could not be looked at ({type(problem).__name__})"
            yield Finding(name, Level.FAIL, told, "report it: a defect in this release")


def line(finding: Finding) -> str:
    """Return a finding as a person reads it."""
    told = f"{finding.level.value:<5} {finding.check:<12} {finding.told}"
    return f"{told}: {finding.advice}" if finding.advice else told
