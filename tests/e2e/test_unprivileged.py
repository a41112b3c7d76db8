# SPDX-License-Identifier: Apache-2.0
"""The agent on this machine without any right: it reads what it may, and says so.

Rules: a real process of another user, on this machine's own sources.
Not here: recorded machines (`tests/contract`), an enrolled one (`test_whole_path.py`).
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

import policies
from agent.collectors import names

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
NOBODY = 65_534
READ = {"ok", "none-found"}
SAID = {"unsupported", "denied", "disabled", "not-here"}
AS_NOBODY = f"""
import os, pkgutil, sys
from contextlib import suppress
from importlib import import_module
import agent, policies, wire, netifaces, zoneinfo
for package in (agent, wire):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        with suppress(ImportError):  # what is Windows' own
            import_module(found.name)
from agent import __main__
from agent.catalogue import declared
from agent.redaction.detectors import detectors
from wire.transforms import transforms
declared(), detectors(), dict(transforms())
os.setgroups([]), os.setgid({NOBODY}), os.setuid({NOBODY})
sys.exit(__main__.main())
"""
"""All is imported first: the checkout may be closed to nobody."""


def test_without_rights_every_dataset_says_how_it_fared() -> None:
    """As nobody, nothing fails: each dataset is read, or says why it is not."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to give its rights away")
    with NamedTemporaryFile(suffix=".toml") as policy:
        Path(policy.name).write_bytes(policies.preset("full"))
        Path(policy.name).chmod(0o644)
        given = ["--state", "/nowhere", "preview", "--json", "--policy", policy.name]
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, *given],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
        )
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    fared = {
        (item["dataset"], item["outcome"], item["reason"])
        for item in document["datasets"]
    }
    assert {outcome for _, outcome, _ in fared} <= READ | SAID, fared
    assert {
        name for name, outcome, reason in fared if outcome in SAID and not reason
    } == set()
    assert {name for name, _, _ in fared} | set(document["disabled"]) == set(names())
    told = {name: outcome for name, outcome, _ in fared}
    assert told["operating_systems"] == "ok"
    assert told["processes"] == "ok"
