# SPDX-License-Identifier: Apache-2.0
"""The clause map of a package: sentence, what must hold, what shows it, with results.

Rules: a test that the given results do not have was not run here, and is never called
passed; what failed is told first.
Not here: the map itself (`policies/clauses.py`).
"""

from collections.abc import Mapping, Sequence

from policies.clauses import KINDS, Map, Requirement

NOT_RUN, FAILED = "not run here", "failed"
_WORDS = {True: "passed", False: FAILED}
Results = Mapping[str, bool]


def clauses(found: Map, results: Results | None) -> dict[str, object]:
    """Return the map with what a run of the tests says of it.

    Args:
        found: the shipped map.
        results: of each test that was run; None where none was.
    """
    named = {
        name: _requirement(item, results or {})
        for name, item in sorted(found.requirements.items())
    }
    counts: dict[str, int] = {}
    for item in named.values():
        state = str(item["state"])
        counts[state] = counts.get(state, 0) + 1
    return {
        "statement": found.digest,
        "tests": NOT_RUN if results is None else _figures(found, results),
        "counts": counts,
        "sentences": [
            {
                "number": one.number,
                "clause": one.clause,
                "text": one.text,
                "requirements": list(one.requirements),
            }
            for one in found.sentences
        ],
        "requirements": named,
    }


def told_tests(tests: Sequence[str], results: Results) -> dict[str, str]:
    """Return what a run says of some tests, by their ids."""
    return {
        test: _WORDS[results[test]] if test in results else NOT_RUN for test in tests
    }


def _figures(found: Map, results: Results) -> dict[str, int]:
    every = {test for item in found.requirements.values() for test in item.tests}
    passed = sum(results.get(test, False) for test in every)
    run = sum(test in results for test in every)
    return {"passed": passed, "failed": run - passed, "not run": len(every) - run}


def _requirement(item: Requirement, results: Results) -> dict[str, object]:
    return {
        "title": item.title,
        "kind": KINDS[item.kind],
        "state": _state(item, results),
        "lacks": item.lacks,
        "people": item.people,
        "tests": told_tests(item.tests, results),
    }


def _state(item: Requirement, results: Results) -> str:
    """Return what can be said of a requirement, no more than its tests show."""
    if not item.tests:
        return "not shown" if item.lacks else "people alone"
    if any(results.get(test) is False for test in item.tests):
        return "failed"
    if any(test not in results for test in item.tests):
        return "tests not run here"
    return "shown in part" if item.lacks else "shown"
