# SPDX-License-Identifier: Apache-2.0
"""The compose file for three boxes: all that it names is real.

Rules: the file as it ships, against the product's own commands, users and places.
Not here: containers, which need a daemon; the image (`tests/packaging/test_image.py`).
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from server import __main__ as program
from server.apart.places import MASTER, PLACES
from server.commands import ready
from server.users import User

FILE = Path(__file__).parents[3] / "packaging" / "compose.yaml"
RECIPE = FILE.with_name("Containerfile")
HOME = "/var/lib/discreet-server"
PARTS = {"gate", "office", "keeper", "reader", "console"}


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """Return what the file says."""
    return dict(yaml.safe_load(FILE.read_text()))


def volumes(service: dict[str, Any]) -> dict[str, str]:
    """Return where a service's volumes are, and what is there."""
    return {one.split(":")[1]: one.split(":")[0] for one in service["volumes"]}


def test_every_command_is_one_of_the_program(told: dict[str, Any]) -> None:
    """Each service's words, and how its health is asked, are parsed by the program."""
    modules = program._modules()
    parser = program._parser(modules, os.environ)
    for name in (*PARTS, "divide"):
        service = told["services"][name]
        options = parser.parse_args(service["command"])
        assert options.command == ("apart" if name == "divide" else name)
        if name in PARTS:
            asked = service["healthcheck"]["test"]
            assert asked[:2] == ["CMD", "/usr/bin/discreet-server"]
            assert parser.parse_args(asked[2:]).part == name
    assert set(ready.PARTS) == PARTS


def test_every_user_is_the_process_own(told: dict[str, Any]) -> None:
    """Each service runs as the user that the process demands, without rights."""
    users = {user.name.lower(): user.value for user in User}
    for name in PARTS:
        service = told["services"][name]
        assert service["user"] == users[name]
        assert (service["cap_drop"], service["read_only"]) == (["ALL"], True)
        assert "cap_add" not in service
    assert told["services"]["divide"]["user"] == "root"


def test_every_box_has_its_own(told: dict[str, Any]) -> None:
    """Keys are on no box but one, and who needs none is handed none."""
    profiles = {name: service["profiles"] for name, service in told["services"].items()}
    assert profiles == {
        "gate": ["gates"],
        "database": ["database"],
        "divide": ["set-up"],
        "office": ["keys"],
        "keeper": ["keys"],
        "reader": ["keys"],
        "console": ["keys"],
    }
    master = {
        name
        for name, service in told["services"].items()
        if f"{HOME}-master" in volumes(service)
    }
    granted = {
        user.name.lower()
        for place in PLACES
        if place.name == MASTER
        for user in place.here
    }
    assert master == granted | {"office", "divide"}
    gate = volumes(told["services"]["gate"])
    assert {place for place in gate if place.startswith(HOME)} == {f"{HOME}/gate"}


def test_every_volume_and_secret_is_declared(told: dict[str, Any]) -> None:
    """What is mounted is declared, is used, and has a place in the image."""
    named = set[str]()
    recipe = RECIPE.read_text()
    for name, service in told["services"].items():
        for place, source in volumes(service).items():
            if source.startswith("./"):
                continue
            named.add(source)
            if name in PARTS:
                made = place.removesuffix("/gate")
                assert re.search(rf"{re.escape(made)}(\s|$)", recipe), place
    assert named == set(told["volumes"])
    secrets = {one for s in told["services"].values() for one in s.get("secrets", [])}
    assert secrets == set(told["secrets"])


def test_every_port_is_where_it_listens(told: dict[str, Any]) -> None:
    """The gate's port is the one it is told; who answers locally has none."""
    ports = {name: s.get("ports", []) for name, s in told["services"].items()}
    gate = told["services"]["gate"]["command"]
    assert ports["gate"] == ["8443:" + gate[gate.index("--port") + 1]]
    assert ports["console"] == ["8444:8444"]
    assert [ports[one] for one in ("office", "keeper", "reader", "divide")] == [[]] * 4
