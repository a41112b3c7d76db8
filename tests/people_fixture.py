# SPDX-License-Identifier: Apache-2.0
"""People who decide: their keys, their lines in config.toml, what they sign.

Rules: signatures are real; a person's key comes from the name.
Not here: the installation (`reader_fixture.py`).
"""

from collections.abc import Mapping
from dataclasses import replace

from server.configuration_keeper import People, Person
from server.layout import Layout
from tests.vectors import world
from wire.papers.decision import Act, Decision, Role, sign_decision
from wire.papers.matter import MATTER, Matter, matter_digest

EVERYTHING = frozenset(Role)
"""Somebody with every role shows best what a role alone does not allow."""


def people(**roles: frozenset[Role]) -> People:
    """Return people by name, with their roles."""
    return {
        name: Person(name, world.signing(name).public, held)
        for name, held in roles.items()
    }


def said(
    matter: Matter, name: str, act: Act, role: Role, now: int, /, **changes: object
) -> bytes:
    """Return what a person signs about a matter, with changes."""
    digest = matter_digest(MATTER.encode(matter))
    whole = Decision(
        matter.tenant, matter.case, act, name, role, digest, now, "because"
    )
    changed = replace(whole, **changes)  # type: ignore[arg-type]  # names of its fields
    return sign_decision(changed, world.signing(name))


def write_people(layout: Layout, roles: Mapping[str, frozenset[Role]]) -> None:
    """Add people to an installation's config.toml."""
    lines = [
        line
        for name, held in roles.items()
        for line in (
            "",
            f"[people.{name}]",
            f'key = "{world.signing(name).public.hex()}"',
            f"roles = {sorted(role.value for role in held)}",
        )
    ]
    with layout.configuration.open("a") as file:
        file.write("\n".join([*lines, ""]))
