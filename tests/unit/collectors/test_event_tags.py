# SPDX-License-Identifier: Apache-2.0
"""Under whose name an event is logged: `logger` writes under that of its user.

Rules: the standard policy, the whole way from a log to what would leave.
Not here: how texts are scrubbed (`tests/unit/redaction`).
"""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.catalogue import declared
from agent.host.interface import KernelFacts
from agent.host.linux import LinuxHost
from agent.plan import make_plan
from agent.preview import preview
from policies import preset
from tests.host_fixture import write_tree
from wire.catalogue import System
from wire.policy_source import compile_policy

NOW = 1_763_950_000
LOG = (
    b"2025-11-24T02:00:00+00:00 pc1 ada: hello\n"
    b"2025-11-24T02:00:00+00:00 pc1 /home/ada/backup.sh: hello\n"
    b"2025-11-24T02:00:01+00:00 pc1 smartd[7]: ok\n"
)


@pytest.mark.parametrize("name", ["event_counts", "event_logs"])
def test_a_person_is_no_program(tmp_path: Path, name: str) -> None:
    """An event that was logged under a user's name leaves without that name."""
    passwd = b"ada:x:1000:1000::/home/ada:/bin/sh\n"
    files = {"/etc/passwd": passwd, "/var/log/syslog": LOG, "/etc/group": b""}
    write_tree(tmp_path, {**files, "/etc/machine-id": b"0" * 32})
    kernel = KernelFacts("Linux", "pc1", "6.1", "", "x86_64")
    host = LinuxHost(str(tmp_path), facts={"kernel": kernel, "interfaces": ()})
    policy = compile_policy(preset("standard"), declared(), "standard")
    plan = make_plan(policy, declared(), System.LINUX)
    only = tuple(
        replace(item, events=None)
        for item in plan.datasets
        if item.dataset.name == name
    )
    assert len(only) == 1
    found = [
        cell.redacted
        for section in preview(replace(plan, datasets=only), host, NOW, most=9)
        for row in section.rows
        for cell in row
        if cell.column == "service.name"
    ]
    assert "smartd" in found
    assert not any("ada" in str(value) for value in found)
