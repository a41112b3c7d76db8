# SPDX-License-Identifier: Apache-2.0
"""Residual risks in a package: what limits each, with results, and what is left.

Rules: a test that the given results do not have was not run here; a risk of which a
limit's test failed, or that nobody looked at again in time, is told as such.
Not here: the register (`policies/risks.toml`).
"""

from collections.abc import Collection, Sequence

from policies.risks import Risk
from server.evidence.clause_map import FAILED, Results, told_tests

LATE, IN_FORCE = "review past", "in force"


def risks(
    found: Sequence[Risk], results: Results | None, as_of: int
) -> list[dict[str, object]]:
    """Return the risks with what a run of the tests says of their limits.

    Args:
        found: the shipped register.
        results: of each test that was run; None where none was.
        as_of: seconds since the epoch.
    """
    return [
        {
            "name": one.name,
            "risk": one.risk,
            "limits": one.limits,
            "residual": one.residual,
            "likelihood": one.likelihood,
            "severity": one.severity,
            "people": one.people,
            "tests": (tests := told_tests(one.tests, results or {})),
            "review": one.review.isoformat(),
            "state": _state(one, tests.values(), as_of),
        }
        for one in found
    ]


def _state(one: Risk, tests: Collection[str], as_of: int) -> str:
    if FAILED in tests:
        return FAILED
    return LATE if one.due <= as_of else IN_FORCE
