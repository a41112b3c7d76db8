# SPDX-License-Identifier: Apache-2.0
"""What the resident agent loads, and the children that it has each minute.

Rules: a fresh interpreter imports what a service runs, and plans as a child would;
nothing else.
Not here: what it costs (`make bench`).
"""

import json
import subprocess
import sys

import pytest

from bench.agent import forbidden, loaded

NOT_HERE = (
    "agent.collectors._examples",
    "agent.diagnostics._",
    "agent.catalogue",
    "xml",
    "zoneinfo",
    "pickle",
    "psutil",
    "re2",
    "ahocorasick_rs",
    "netifaces",
    "agent.host.windows_",
    "sysconfig",
    "wire.pseudonyms",
)
"""What no pass of a few datasets needs before it reads them: what others need,
examples, another system's primitives, and parsers of its answers."""
_PLAN = """
import agent.__main__
import json, sys
import agent.commands.run
from agent.logs import Log
Log()
from {0} import {1} as plan
import policies
from wire.catalogue import System
from wire.policy_source import compile_policy
from wire.purposes import Purpose
full = compile_policy(policies.preset("full"), policies.catalogue(), "full.toml")
assert plan(full, full, System.LINUX, {2}).datasets
print(json.dumps(sorted(sys.modules)))
"""


def planning(module: str, function: str, what: str) -> list[str]:
    """Return what is loaded once something is planned in a fresh interpreter."""
    script = _PLAN.format(module, function, what)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))


def unneeded(modules: list[str]) -> list[str]:
    """Return the modules of a list that should not be there."""
    return [name for name in modules if name.startswith(NOT_HERE)]


def collectors(modules: list[str]) -> set[str]:
    """Return the datasets whose declarations are loaded."""
    names = (name.removeprefix("agent.collectors.") for name in modules)
    return {name for name in names if "." not in name and not name.startswith("_")}


@pytest.mark.slow
def test_the_resident_agent_loads_no_heavy_library() -> None:
    """No scapy, no asyncio, no web library, no reader or redactor of the child's."""
    modules = loaded()
    assert "agent.resident" in modules
    assert forbidden(modules) == []
    assert unneeded(modules) == []
    assert {"agent.pipeline", "agent.part", "agent.plan"}.isdisjoint(modules)
    assert {"agent.spool.salvage", "agent.spool.upgrade"}.isdisjoint(modules)


@pytest.mark.slow
def test_metrics_of_each_minute_load_their_own_reader() -> None:
    """What stays loaded for the quick pass is one collector and no parser of XML."""
    modules = planning("agent.quick", "planned", "{'host_metrics'}")
    read = [name for name in modules if name.startswith("agent.collectors.")]
    assert collectors(read) == {"host_metrics"}
    assert not {"agent.known", "agent.redaction.text"} & set(modules)
    assert unneeded(modules) == []
    assert forbidden(modules) == []


@pytest.mark.slow
def test_what_is_due_loads_its_own_readers() -> None:
    """A pass over the logs loads no other collector, no diagnostic, no example."""
    pairs = "{(Purpose.SECURITY, 'event_logs'), (Purpose.SUPPORT, 'event_counts')}"
    modules = planning("agent.part", "part_of", pairs)
    read = [name for name in modules if name.startswith("agent.collectors.")]
    assert collectors(read) == {"event_logs", "event_counts"}
    assert unneeded(modules) == []
    assert forbidden(modules) == []


def test_the_check_can_fail() -> None:
    """A forbidden library is found by its name and by a part of it."""
    assert forbidden(["asyncio", "scapy.all", "agent.x", "asyncio_not"]) == [
        "asyncio",
        "scapy.all",
    ]
    assert unneeded(["agent.plan", "xml.etree.ElementTree"]) == [
        "xml.etree.ElementTree"
    ]
