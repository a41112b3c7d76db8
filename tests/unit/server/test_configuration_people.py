# SPDX-License-Identifier: Apache-2.0
"""`[people]` of config.toml: what is read, and what is refused.

Rules: the file is the one that `init` writes, with lines that a person adds.
Not here: what people decide (`test_people.py`).
"""

from pathlib import Path

import pytest
from reader_fixture import make_site

from server import configuration
from server.configuration_keeper import (
    Person,
    people_digest,
    people_lines,
    read_countries,
    read_people,
    read_window,
)
from server.errors import UsageError
from server.layout import Layout
from wire.papers.decision import Role

KEY, OTHER = "11" * 32, "22" * 32
AMELIE = Person("amelie", bytes.fromhex(KEY), frozenset({Role.COUNSEL}))


def entry(key: str = KEY, roles: object = ("counsel",)) -> dict[str, object]:
    """Return one table of `[people]`."""
    return {"key": key, "roles": [*roles] if isinstance(roles, tuple) else roles}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Install a collector."""
    site = make_site(tmp_path_factory.mktemp("people") / "collector")
    site.store.close()
    site.keyring.close()
    return site.layout


@pytest.mark.slow
def test_people_are_read_from_the_file(layout: Layout, tmp_path: Path) -> None:
    """Lines that a person adds to config.toml name who decides."""
    lines = f'\n[people.amelie]\nkey = "{KEY}"\nroles = ["counsel"]\n'
    copy = Layout(tmp_path)
    copy.configuration.write_text(layout.configuration.read_text() + lines)
    assert configuration.read(copy).people == {"amelie": AMELIE}
    copy.configuration.write_text(copy.configuration.read_text() + "age = 3\n")
    with pytest.raises(UsageError, match="has an unknown key"):
        configuration.read(copy)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amelie": entry(), "bo": entry()},
        {"amelie": entry(key="11" * 31)},
        {"amelie": entry(key="not hex")},
        {"amelie": entry(roles=("judge",))},
        {"amelie": entry(roles=())},
        {"amelie": entry(roles="counsel")},
        {"amelie": {"key": KEY}},
        {"amelie": entry() | {"user": "root"}},
        {"Amelie": entry()},
        {"amelie": [KEY]},
        [KEY],
        {f"p{n}": entry(key=f"{n:064x}") for n in range(65)},
    ],
)
def test_what_is_not_a_person_is_refused(wrong: object) -> None:
    """A key for two, an unknown role, another key or name: config.toml is not read."""
    with pytest.raises((ValueError, TypeError)):
        read_people(wrong)


def test_every_change_is_another_digest() -> None:
    """A key, a role, a name or a person more is a change that the ledger gets."""
    base = {"amelie": entry()}
    others: list[dict[str, object]] = [
        {},
        {"amelie": entry(key=OTHER)},
        {"amelie": entry(roles=("counsel", "operator"))},
        {"bo": entry()},
        {"amelie": entry(), "bo": entry(key=OTHER)},
    ]
    digests = {people_digest(read_people(one)) for one in (base, *others)}
    assert len(digests) == 1 + len(others)
    assert [f"amelie {KEY} counsel"] == people_lines(read_people(base))


def test_countries_are_two_capital_letters() -> None:
    """Where data may go is read from `[transfers]`; anything else is refused."""
    assert read_countries({"countries": ["DE", "AT"]}) == {"DE", "AT"}
    assert read_countries({}) == frozenset()
    for wrong in ({"countries": ["de"]}, {"countries": "DE"}, {"to": []}, []):
        with pytest.raises(ValueError, match=r"^$"):
            read_countries(wrong)


def test_a_window_is_a_number_of_days() -> None:
    """How long a client is told before a transfer; anything else is refused."""
    assert read_window({"window": "45d"}) == 45 * 86_400
    assert read_window({"countries": ["DE"]}) == 0
    assert read_countries({"window": "45d"}) == frozenset()
    for wrong in ({"window": "45"}, {"window": 45}, {"window": "0d"}, []):
        with pytest.raises(ValueError, match=r"^$"):
            read_window(wrong)
