# SPDX-License-Identifier: Apache-2.0
"""The gate's description of itself.

Rules: the document is checked by a validator that is not ours.
Not here: whether the answers are as described (`tests/e2e/test_gate.py`).
"""

import json
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from server.gate.openapi import OPERATIONS, document
from server.problems import Problem

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_the_document_is_openapi() -> None:
    """The document is valid OpenAPI 3.1."""
    errors = list(OpenAPIV31SpecValidator(json.loads(document())).iter_errors())
    assert errors == []


def test_the_shipped_document_is_fresh() -> None:
    """docs/openapi.json is what the gate serves."""
    assert (ROOT / "docs" / "openapi.json").read_bytes() == document()


def test_each_problem_has_its_own_slug() -> None:
    """Slugs differ, and a document names its own with a sentence and the time."""
    assert len({problem.slug for problem in Problem}) == len(Problem)
    told = json.loads(Problem.CLOCK_SKEW.document(1_700_000_000))
    assert told == {
        "type": "urn:discreet:problem:clock-skew",
        "title": Problem.CLOCK_SKEW.title,
        "status": 409,
        "detail": Problem.CLOCK_SKEW.detail,
        "server_time": 1_700_000_000,
    }


def test_every_problem_is_described_somewhere() -> None:
    """No slug exists that no route can answer, but for the three of any address."""
    named = {problem for item in OPERATIONS for problem in item.problems}
    anywhere = {Problem.INTERNAL, Problem.NOT_FOUND, Problem.METHOD_NOT_ALLOWED}
    assert named | anywhere == set(Problem)
