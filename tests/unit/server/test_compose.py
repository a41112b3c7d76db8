# SPDX-License-Identifier: Apache-2.0
"""The compose file for three boxes: all that it names is real.

Rules: the file as it ships, against the product's own commands, users and places.
Not here: containers, which need a daemon; the image (`tests/packaging/test_image.py`).
"""

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from server import __main__ as program
from server.apart.places import MASTER, PLACES
from server.commands import ready
from server.users import User

FILE = Path(__file__).parents[3] / "packaging" / "compose.yaml"
PAGE = FILE.parents[1] / "docs" / "operations.md"
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


def where(told: dict[str, Any]) -> str:
    """Return the directory that the gate is told of, beside whose volume it is."""
    program_, option, place = told["services"]["gate"]["entrypoint"]
    assert (program_, option) == ("/usr/bin/discreet-server", "--directory")
    return str(place)


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
            asks = parser.parse_args(asked[2:])
            assert asks.part == name
            if name == "gate":
                assert str(asks.directory) == where(told)
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
    assert not {place for place in gate if place.startswith(HOME)}
    assert gate[f"{where(told)}/gate"] == "gate"


def made_places() -> dict[PurePosixPath, tuple[int, str]]:
    """Return the directories that the image's recipe makes: mode and owner of each."""
    lines = RECIPE.read_text().replace("\\\n", " ")
    found = {}
    for words in re.findall(r"install -d ([^&\n]+)", lines):
        options, *_ = re.split(r"(?=/)", words, maxsplit=1)
        mode = re.search(r"-m (\d+)", options)
        owner = re.search(r"-o (\S+)", options)
        assert mode is not None
        for place in re.findall(r"/\S+", words):
            found[PurePosixPath(place)] = (
                int(mode[1], 8),
                owner[1] if owner else "root",
            )
    return found


def test_every_user_reaches_its_volumes(told: dict[str, Any]) -> None:
    """As the image makes them: its own directories, and each on the way is passed.

    The collector's two are shared by what `divide` gives: only the office owns them.
    """
    made = made_places()
    shared = {PurePosixPath(HOME), PurePosixPath(f"{HOME}-master")}
    for name in PARTS:
        service = told["services"][name]
        for place, source in volumes(service).items():
            if source.startswith("./"):
                continue
            path = PurePosixPath(place)
            wanted = User.OFFICE.value if path in shared else service["user"]
            assert made[path] == (0o700, wanted), place
            for above in path.parents:
                mode, owner = made.get(above, (0o755, "root"))
                assert mode & 0o001 or owner == service["user"], (name, above)


def test_every_step_starts_nothing_else() -> None:
    """A step of the page runs one container, and none on which it depends."""
    steps = re.findall(r"docker compose run (.+)", PAGE.read_text())
    assert len(steps) >= len(("password", "init", "divide", "gate"))
    assert [one for one in steps if "--no-deps" not in one] == []
    before = PAGE.read_text().partition("--no-deps divide")[0]
    assert before.rstrip().splitlines()[-2].strip() == (
        "docker compose --profile keys stop"
    )


def test_every_volume_and_secret_is_declared(told: dict[str, Any]) -> None:
    """What is mounted is declared, and what is declared is used."""
    named = set[str]()
    for service in told["services"].values():
        for source in volumes(service).values():
            if not source.startswith("./"):
                named.add(source)
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
