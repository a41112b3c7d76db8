# SPDX-License-Identifier: Apache-2.0
"""Tests that a package of the agent says its kind, as the agent reads it."""

from pathlib import Path

import pytest

from agent.updates import handover
from tools.packages.layout import Tree
from tools.packages.packaged import NAME, packaged
from tools.packages.products import PROCESSORS, product
from tools.packages.runtime import SITE

MADE = 1_790_000_000


@pytest.mark.parametrize(
    ("sort", "said"), [("deb", "deb amd64"), ("rpm", "rpm x86_64"), ("tarball", None)]
)
def test_a_package_says_its_kind(tmp_path: Path, sort: str, said: str | None) -> None:
    """While it is written the tree says the kind, as old as all else, and not after."""
    agent, processor = product("agent"), PROCESSORS["amd64"]
    code = tmp_path / agent.prefix.lstrip("/") / SITE / "agent"
    code.mkdir(parents=True)
    with packaged(Tree(agent, processor, tmp_path, (), MADE, 0), sort):
        assert handover.packaged(code / NAME) == said
        assert said is None or code.stat().st_mtime == MADE
    assert list(code.iterdir()) == []


def test_a_collector_says_nothing(tmp_path: Path) -> None:
    """A package without the agent's code has nothing that is updated by itself."""
    server, processor = product("server"), PROCESSORS["amd64"]
    with packaged(Tree(server, processor, tmp_path, (), MADE, 0), "deb"):
        assert list(tmp_path.rglob(NAME)) == []
