# SPDX-License-Identifier: Apache-2.0
"""Nothing that the collector keeps is without an answer to why it is here.

Rules: what there is is found in a real installation and in the schema of PostgreSQL,
and not in a list; each table and each place has the kind by which it is explained, or
the reason why it tells of nobody.
Not here: until when each kind is kept (`tests/unit/server/test_own_records.py`, data of
devices `test_explaining.py`).
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from keeper_fixture import Room

from server.access.register import open_people
from server.authority import open_authority
from server.layout import Layout
from server.own_records import KINDS
from server.store.postgres import schema

OF_DEVICES = {"sealed", "announced", "extracted", "entry"}
"""What `discreet-server why DEVICE` tells of."""
ONE_PAPER = "one signed paper for all devices, replaced by the next"
KEYS = "keys and what locks them: their data says until when, and a key has no words"
NUMBERS = "numbers of a day or a release, of which no machine or person can be told"
INSTALLATION = "of the installation itself, and of nobody"
STORE: Mapping[str, str] = {
    "anchors": ONE_PAPER,
    "blocks": "sealed",
    "bundles": ONE_PAPER,
    "calls": "order",
    "chains": "entry",
    "devices": "entry",
    "ended": "ids of keys that ended, so that what comes late is not taken",
    "envelopes": "sealed",
    "extracts": "extracted",
    "gaps": "entry",
    "lost": "entry",
    "orders": "order",
    "placements": "entry",
    "policies": "signed policies, each for all whom it is bound to",
    "pseudonyms": "entry",
    "refusals": "counts of an hour, for a week, of which no machine can be told",
    "refused": "entry",
    "remainders": "sealed",
    "resyncs": "entry",
    "revocations": ONE_PAPER,
    "spent": "entry",
    "tokens": "token",
    "usage": "entry",
}
POSTGRES: Mapping[str, str] = {
    **{name: STORE[name] for name in STORE if name != "spent"},
    "envelopes_unplanned": "sealed",
    "epochs": "days by which the tables are divided",
    "places": "entry",
    "worn": "names of tables that are to be written anew",
}
REGISTER: Mapping[str, str] = {
    "aggregates": NUMBERS,
    "annotations": "right",
    "cases": "case",
    "certificates": "certificate",
    "channel_authorities": "recipient",
    "clock": INSTALLATION,
    "contract": "the day on which a contract ends, one row",
    "decisions": "case",
    "ended_early": "counts of a day",
    "endpoint_counts": NUMBERS,
    "erased": "erasure",
    "erasures": "erasure",
    "exports": "export",
    "extensions": "case",
    "findings": "finding",
    "grants": "grant",
    "holds": "hold",
    "incident_parts": "incident",
    "incident_told": "incident",
    "incident_touched": "incident",
    "incidents": "incident",
    "jobs": "what the keeper is doing now, until it is done",
    "notices": "notice",
    "objections": "right",
    "packages": "evidence",
    "people": "one digest of who may decide",
    "privacy_budget": NUMBERS,
    "pushed_sources": "grant",
    "recipients": "recipient",
    "release_sources": "release",
    "releases": "release",
    "resolutions": "release",
    "restrictions": "right",
    "reviews": "case",
    "searched": "erasure",
    "siem": "one address and one number",
    "stand_ins": "recipient",
    "stopped": "ids of keys that wait for two people",
    "tickets": "ticket",
}
TABLES: Mapping[str, Mapping[str, str]] = {
    "access/people.sqlite": {
        "ended": "digests of keys and accounts that may never come back",
        **dict.fromkeys(
            (
                *("held", "invitations", "keys", "links", "passkeys", "people"),
                *("preferences", "sessions"),
            ),
            "person",
        ),
    },
    "authority/statements.sqlite": {
        "bindings": "what is bound to tenant, sites and tags",
        "statements": "what the operator signed, for all",
    },
    "keeper/alerts.sqlite": {
        "alerts": "alert",
        "channels": "addresses of channels, as config.toml has them",
        "looks": "alert",
        "messages": "message",
        "watch": INSTALLATION,
    },
    "keeper/keeper.sqlite": REGISTER,
    "keyring/keyring.sqlite": dict.fromkeys(
        (
            *("backups", "cases", "epochs", "master", "pseudonyms", "scopes"),
            *("secrets", "tombstones"),
        ),
        KEYS,
    ),
    "ledger/ledger.sqlite": dict.fromkeys(("entries", "head", "tree"), "ledger"),
    "store/store.sqlite": STORE,
}
PLACES: Mapping[str, str] = {
    "access": "person",
    "alerts.toml": INSTALLATION,
    "authority": KEYS,
    "config.toml": INSTALLATION,
    "console": "visits",
    "evidence": "evidence",
    "exports": "export",
    "gate": KEYS,
    "keeper": "case",
    "keyring": KEYS,
    "ledger": "ledger",
    "offline": KEYS,
    "outbox": "notice",
    "releases": "release",
    "run": "sockets and locks, and nothing in them",
    "store": "sealed",
    "update-keys": KEYS,
    "updates": "releases of the agent, for everybody",
}
_REASON_WORDS = 3


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Layout]:
    """Install a collector whose every database is there."""
    room = Room(tmp_path)
    open_people(room.site.layout.people).close()
    with open_authority(room.site.layout) as authority:
        policy = authority.policy().policy
        authority.rollout().bind("tenant", policy, room.site.now, "amelie")
    with room.keeper():
        yield room.site.layout
    room.close()


@pytest.mark.slow
def test_each_table_of_each_file_is_answered_for(found: Layout) -> None:
    """A table that a release adds has a kind, or a reason, or this names it."""
    there = {}
    for path in found.directory.rglob("*.sqlite"):
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
                " AND name NOT LIKE 'sqlite_%'"
            )
            there[str(path.relative_to(found.directory))] = {name for (name,) in rows}
    assert there == {file: set(tables) for file, tables in TABLES.items()}


def test_each_table_of_postgresql_is_answered_for() -> None:
    """A store on PostgreSQL keeps nothing more."""
    text = " ".join(map(str, vars(schema).values()))
    names = set(re.findall(r"CREATE TABLE (\w+) ?\(", text))
    assert names - set(POSTGRES) == set()
    assert set(POSTGRES) - names <= {"envelopes_unplanned"}


def test_each_place_is_answered_for(tmp_path: Path) -> None:
    """So does each file and directory that an installation has."""
    layout = Layout(tmp_path)
    paths = {
        getattr(layout, name)
        for name, one in vars(Layout).items()
        if isinstance(one, property)
    }
    first = {path.relative_to(tmp_path).parts[0] for path in paths}
    assert first <= set(PLACES)
    assert set(PLACES) - first <= {"updates"}


def test_each_answer_is_a_kind_or_a_reason() -> None:
    """Every kind tells of something that there is, and a reason is a sentence."""
    told = {*PLACES.values(), *POSTGRES.values()}
    told |= {one for tables in TABLES.values() for one in tables.values()}
    kinds = {one for one in told if len(one.split()) < _REASON_WORDS}
    assert kinds == {*KINDS, *OF_DEVICES} - {"announced"}
