# SPDX-License-Identifier: Apache-2.0
"""Improvement data of several installations ends as sums that point at nobody.

Rules: installations, devices, keys, sockets and keepers are real; rows are minted.
Not here: cells and attacks (`test_anonymise_cells.py`, `test_anonymise_attacks.py`).
"""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from keeper_fixture import Machine, running_keeper
from reader_fixture import CATALOGUE, Site, table

from policies import preset
from server import configuration
from server.__main__ import main
from server.anonymise.contributions import Question, contributions
from server.authority import open_authority
from server.configuration_aggregates import Asked
from server.errors import DeniedError, LimitError, UsageError
from server.install import init
from server.keeper import lending
from server.keeper.aggregating import released
from server.keeper.desk import Desk
from server.keeper.process import opened
from server.keeper.rights import marking
from server.keeper.rounds import aggregates as round_of_aggregates
from server.keyring import KeyKind, open_keyring
from server.reader.subjects import Subject
from server.register import rights
from server.register.rights import OBJECTIONS, RESTRICTIONS, Held
from server.store.sqlite import open_store
from wire.policy_source import compile_policy
from wire.purposes import Purpose

pytestmark = pytest.mark.slow
DAY = 86_400
AGO = 40 * DAY
"""A period for improvement is over in 34 days."""
IMPROVEMENT = Purpose.IMPROVEMENT


def site(directory: Path, jobs: str = 'aggregate = "robot"\n') -> Site:
    """Install a collector of long ago, with four laptops and four servers."""
    then = int(time.time()) - AGO
    where = "https://127.0.0.1:8443"
    layout = init(directory, "Test", where, [], preset("full"), then)
    text = layout.configuration.read_text()
    layout.configuration.write_text(text.replace("[jobs]\n", f"[jobs]\n{jobs}"))
    tenant = configuration.read(layout).tenant
    store, keyring = open_store(layout.store), open_keyring(layout)
    found = Site(layout, tenant, then, store, keyring)
    for kind in ("laptop", "server") * 4:
        row = {"host.type": kind, "device.model.name": "SecretModel"}
        speaker = found.enrol("SecretLabel")
        found.say(speaker, [table("devices", [row], IMPROVEMENT)], IMPROVEMENT)
    return found


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[list[Site]]:
    """Install three collectors, each of its own tenant."""
    found = [site(tmp_path / f"collector{at}") for at in range(3)]
    yield found
    for one in found:
        one.store.close()
        one.keyring.close()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Install a collector for what is refused before anything is opened."""
    found = site(tmp_path_factory.mktemp("alone") / "collector")
    yield found
    found.store.close()
    found.keyring.close()


def to_all(sites: list[Site], **other: object) -> Asked:
    """Return a question to all of them."""
    beside = tuple(one.layout.directory for one in sites[1:])
    asked = Asked("devices", ("host.type",), beside=beside)
    return replace(asked, **other)  # type: ignore[arg-type]  # the test's own names


@contextmanager
def first_keeper(sites: list[Site]) -> Iterator[tuple[Desk, int]]:
    """Open the first keeper here, and let the others run as processes."""
    with ExitStack() as stack:
        for one in sites[1:]:
            stack.enter_context(running_keeper(one))
        now = int(time.time())
        machine = Machine(now)
        yield stack.enter_context(opened(sites[0].layout, machine.sources)), now


def acts(one: Site) -> list[str]:
    """Return what the ledger has of the job."""
    return [act.act for act in one.acts() if act.act.startswith("aggregate")]


def test_three_tenants_give_a_release(sites: list[Site]) -> None:
    """Devices are counted over tenants, in tens, and nothing else of them is there."""
    with first_keeper(sites) as (desk, now):
        found = released(desk, to_all(sites), None, now)
    rows = found["rows"]
    assert isinstance(rows, list)
    assert [row[0] for row in rows] == [None, "laptop", "server"]
    assert {row[1] for row in rows} <= {10, 20, 30}
    assert (found["suppressed"], found["tenants"], found["least"]) == (0, 3, 10)
    assert found["columns"] == [["host.type", "VARCHAR"], ["devices", "BIGINT"]]
    text = json.dumps(found)
    assert "Secret" not in text
    assert not [one for one in sites if one.tenant.hex() in text]
    assert [acts(one) for one in sites] == [
        ["aggregate-begun", "aggregated"],
        ["aggregate-begun"],
        ["aggregate-begun"],
    ]
    (line,) = [act for act in sites[0].acts() if act.act == "aggregated"]
    assert line.body is not None
    assert line.body["owner"] == "robot"


def test_a_period_is_released_once(sites: list[Site]) -> None:
    """The same question has the same answer, and another has none."""
    with first_keeper(sites) as (desk, now):
        first = released(desk, to_all(sites), None, now)
        again = released(desk, to_all(sites), None, now)
        with pytest.raises(DeniedError, match="released to another question"):
            released(desk, to_all(sites, by=("host.arch",)), None, now)
    assert again == first


def test_a_tenant_is_lent_once(sites: list[Site]) -> None:
    """What one installation counted, no other counts with other columns."""
    with first_keeper(sites) as (desk, now):
        released(desk, to_all(sites), None, now)
        period = (0, now)
        with pytest.raises(DeniedError, match="released to another question"):
            lending.lent(desk, to_all(sites), period, b"another tenant!!", now)


def test_two_tenants_are_suppressed(sites: list[Site]) -> None:
    """With fewer than three tenants there is a sentence, and nothing is opened."""
    with (
        first_keeper(sites[:2]) as (desk, now),
        pytest.raises(LimitError, match="every cell is suppressed"),
    ):
        released(desk, to_all(sites[:2]), None, now)
    assert [acts(one) for one in sites[:2]] == [[], []]


def test_a_tenant_that_opted_out_takes_no_part(sites: list[Site]) -> None:
    """A tenant whose policy gives improvement nothing is not opened, nor counted.

    Nothing is spent or given of the others then: they may be asked again.
    """
    now = int(time.time())
    with open_authority(sites[2].layout) as authority:
        policy = compile_policy(preset("minimal"), CATALOGUE, "minimal")
        authority.publish(policy, now, "me")
    with (
        first_keeper(sites) as (desk, now),
        pytest.raises(LimitError, match="every cell is suppressed"),
    ):
        released(desk, to_all(sites), None, now)
    assert [acts(one) for one in sites] == [[], [], []]


def test_a_copy_of_an_installation_counts_once(
    sites: list[Site], tmp_path: Path
) -> None:
    """The same tenant under another directory makes no third tenant."""
    second = sites[1].layout.directory
    copy = tmp_path / "copy"
    copy.symlink_to(second)
    asked = to_all(sites[:2], beside=(second, copy))
    with (
        first_keeper(sites[:2]) as (desk, now),
        pytest.raises(LimitError, match="every cell is suppressed"),
    ):
        released(desk, asked, None, now)


def test_a_tenant_without_an_owner_of_the_job_is_refused(tmp_path: Path) -> None:
    """Where config.toml names no owner, nothing for improvement is ever opened."""
    one = site(tmp_path / "collector", jobs="")
    with (
        first_keeper([one]) as (desk, now),
        pytest.raises(UsageError, match="nobody owns the job"),
    ):
        released(desk, to_all([one]), None, now)


def test_devices_of_people_who_object_are_left_out(sites: list[Site]) -> None:
    """A device in the register's objections contributes nothing."""
    first, now = sites[0], int(time.time())
    with opened(first.layout, Machine(now).sources) as desk:
        devices = [one.device for one in first.store.devices(first.tenant)]
        with desk.register.transaction() as connection:
            for device in devices[:3]:
                rights.add(connection, OBJECTIONS, Held(device, now, device))
    keys = [first.key(IMPROVEMENT).id]
    skipped: Counter[str] = Counter()
    question = Question("devices", ("host.type",))
    with lending.opened(first.layout.directory, keys, now) as source:
        rows = list(contributions(source, question, CATALOGUE, bytes, skipped))
    assert (len(rows), dict(skipped)) == (5, {})


def test_restricted_devices_are_left_out(sites: list[Site]) -> None:
    """While a device is restricted nothing is made of its rows either."""
    first, now, case = sites[0], int(time.time()), bytes(15) + b"\x07"
    with opened(first.layout, Machine(now).sources) as desk:
        device = first.store.devices(first.tenant)[4].device
        desk.keyring.cases.add(desk.tenant, KeyKind.CASE, case, now)
        marking.place(desk, RESTRICTIONS, case, Subject("device", device.hex()), now)
    keys, question = [first.key(IMPROVEMENT).id], Question("devices", ("host.type",))
    with lending.opened(first.layout.directory, keys, now) as source:
        rows = list(contributions(source, question, CATALOGUE, bytes, Counter()))
    assert (len(first.store.devices(first.tenant)), len(rows)) == (8, 7)


def test_a_period_that_is_not_over_is_not_counted(alone: Site) -> None:
    """What still grows is not released: a second look would show what came."""
    then = alone.now
    with (
        opened(alone.layout, Machine(then).sources) as desk,
        pytest.raises(UsageError, match="no such period is over"),
    ):
        released(desk, to_all([alone]), None, then)


def test_the_budget_is_spent_before_and_refused_when_exhausted(
    sites: list[Site],
) -> None:
    """Four of epsilon a year are paid, each before its release, and no more."""
    with first_keeper(sites) as (desk, now):
        found = released(desk, to_all(sites, epsilon=3_000_000), None, now)
        assert found["epsilon"] == "3"
        more = to_all(
            sites, dataset="batteries", by=("cycle_count",), epsilon=2_000_000
        )
        with pytest.raises(LimitError, match=r"has 1 left of 4 a year"):
            released(desk, more, None, now)


def test_the_job_counts_before_the_key_dies(sites: list[Site]) -> None:
    """In the last two days of a key the job makes what config.toml asks, once."""
    path = sites[0].layout.configuration
    beside = [str(one.layout.directory) for one in sites[1:]]
    with path.open("a") as file:
        file.write(
            '\n[aggregate.kinds]\ndataset = "devices"\nby = ["host.type"]\n'
            f"with = {json.dumps(beside)}\n"
        )
    with first_keeper(sites) as (desk, now):
        round_of_aggregates.turn(desk, now)
        before = acts(sites[0])
        desk.keyring.lower(sites[0].key(IMPROVEMENT).id, now + DAY)
        round_of_aggregates.turn(desk, now)
        round_of_aggregates.turn(desk, now)
    assert before == []
    assert acts(sites[0]) == ["aggregate-begun", "aggregated"]


def test_a_person_gets_a_file(
    sites: list[Site], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command writes cells in a format, and tells how attacks on them fared."""
    out = tmp_path / "kinds.csv"
    more = [text for one in sites[1:] for text in ("--with", str(one.layout.directory))]
    arguments = ["--directory", str(sites[0].layout.directory), "anonymise"]
    arguments += ["--dataset", "devices", "--by", "host.type", *more, "-o", str(out)]
    with first_keeper(sites[1:]), running_keeper(sites[0]), running_keeper(sites[1]):
        code = main(arguments)
    lines = out.read_text().splitlines()
    assert (code, lines[0], len(lines)) == (0, "host.type,devices", 4)
    told = capsys.readouterr().err
    assert "3 tenants: 3 cells are shown, 0 suppressed" in told
    assert "attack inference: succeeds for" in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"dataset": "nothing"},
        {"by": ("device.manufacturer", "device.manufacturer")},
        {"by": ("host.type", "host.arch", "bios_ver", "bios_date")},
        {"by": ("system.uptime",)},
        {"measure": "bios_ver"},
    ],
)
def test_a_question_without_an_answer_is_refused(
    alone: Site, wrong: dict[str, object]
) -> None:
    """What the policy does not name, or cannot be measured, is refused at once."""
    now = int(time.time())
    with (
        opened(alone.layout, Machine(now).sources) as desk,
        pytest.raises(UsageError),
    ):
        released(desk, to_all([alone], **wrong), None, now)
