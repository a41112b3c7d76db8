# SPDX-License-Identifier: Apache-2.0
"""The clock that deletion goes by: what machines do to their time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from keeper_fixture import Machine

from server.register.database import Register

DAY = 86_400
YEARS = 3_650 * DAY
START = 20_000 * DAY


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """Make an empty register."""
    made = Register.create(tmp_path / "keeper" / "keeper.sqlite")
    yield made
    made.close()


@pytest.fixture
def machine() -> Machine:
    """Return a machine whose clock is right."""
    return Machine(START)


def test_the_first_look_takes_the_systems_word(
    register: Register, machine: Machine
) -> None:
    """Who has never looked has nothing else to go by."""
    assert machine.clock(register).now() == START


def test_time_that_goes_by_is_believed(register: Register, machine: Machine) -> None:
    """Ninety days within one boot, asleep or not, are ninety days."""
    clock = machine.clock(register)
    clock.now()
    machine.passes(90 * DAY)
    assert (clock.now(), clock.behind()) == (START + 90 * DAY, 0)


def test_a_clock_set_forward_moves_nothing(
    register: Register, machine: Machine
) -> None:
    """Ten years that nobody lived through delete nothing, and are told."""
    clock = machine.clock(register)
    clock.now()
    machine.system += YEARS
    machine.passes(60)
    assert (clock.now(), clock.behind()) == (START + 60, YEARS)


def test_a_clock_set_back_deletes_late_and_then_as_before(
    register: Register, machine: Machine
) -> None:
    """What is set back is late as long as it is so, and no longer."""
    clock = machine.clock(register)
    clock.now()
    machine.system -= YEARS
    machine.passes(DAY)
    assert clock.now() == START - YEARS + DAY
    machine.system += YEARS
    assert (clock.now(), clock.behind()) == (START + DAY, 0)


def test_time_off_is_not_believed(register: Register, machine: Machine) -> None:
    """A machine that was off for a day is a day late, for another keeper too."""
    machine.clock(register).now()
    machine.passes(60)
    machine.clock(register).now()
    machine.is_off(DAY, "second")
    clock = machine.clock(register)
    assert (clock.now(), clock.behind()) == (START + 60, DAY)
    machine.passes(60)
    assert clock.now() == START + 120


def test_time_between_two_keepers_of_one_boot_is_believed(
    register: Register, machine: Machine
) -> None:
    """A keeper that was killed loses nothing of the time."""
    machine.clock(register).now()
    machine.passes(3 * DAY)
    assert machine.clock(register).now() == START + 3 * DAY


def test_a_machine_restored_while_it_runs_believes_nothing_twice(
    register: Register, machine: Machine
) -> None:
    """Where seconds since the boot go back, as in a snapshot, nothing is added."""
    clock = machine.clock(register)
    clock.now()
    machine.passes(DAY)
    clock.now()
    machine.since_boot -= DAY // 2
    assert clock.now() == START + DAY


def test_a_time_that_people_vouch_for_is_believed(
    register: Register, machine: Machine
) -> None:
    """After a long time off the clock goes on from what people say."""
    machine.clock(register).now()
    machine.is_off(7 * DAY, "second")
    clock = machine.clock(register)
    clock.believe(START + 7 * DAY)
    assert (clock.now(), clock.behind()) == (START + 7 * DAY, 0)


def test_nobody_can_vouch_for_a_time_to_come(
    register: Register, machine: Machine
) -> None:
    """What is beyond the system's clock now does not count when that moves."""
    clock = machine.clock(register)
    clock.believe(START + YEARS)
    machine.system += YEARS
    assert clock.now() == START


def test_nobody_can_vouch_for_an_earlier_time(
    register: Register, machine: Machine
) -> None:
    """Deletion is not put off by that door."""
    clock = machine.clock(register)
    clock.now()
    clock.believe(START - YEARS)
    assert clock.now() == START
