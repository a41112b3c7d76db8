# SPDX-License-Identifier: Apache-2.0
"""What the resident agent loads.

Rules: a fresh interpreter imports the command that a service runs, nothing else.
Not here: what it costs (`make bench`).
"""

import pytest

from bench.agent import forbidden, loaded


@pytest.mark.slow
def test_the_resident_agent_loads_no_heavy_library() -> None:
    """No scapy, no asyncio, no web library, no reader or redactor of the child's."""
    modules = loaded()
    assert "agent.resident" in modules
    assert forbidden(modules) == []
    child_only = {"psutil", "re2", "ahocorasick_rs", "netifaces", "agent.pipeline"}
    assert child_only.isdisjoint(modules)


def test_the_check_can_fail() -> None:
    """A forbidden library is found by its name and by a part of it."""
    assert forbidden(["asyncio", "scapy.all", "agent.x", "asyncio_not"]) == [
        "asyncio",
        "scapy.all",
    ]
