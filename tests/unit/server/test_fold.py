# SPDX-License-Identifier: Apache-2.0
"""What holds now, against a model that is a dictionary for each device."""

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reader_fixture import CATALOGUE, opened, table, with_state

from server.reader.fold import Broken, Fold, Part
from wire.body import Mode, Op, OpenTable
from wire.purposes import Purpose
from wire.values import Value

EVERY = {
    name: frozenset(column.name for column in dataset.columns)
    for name, dataset in CATALOGUE.datasets.items()
}
ANN, BOB = b"\x0a" * 16, b"\x0b" * 16
KEY, NEXT = b"\x01" * 32, b"\x02" * 32
Rows = list[dict[str, Value]]


def full(*names: str) -> OpenTable:
    """Return a whole state of services."""
    return opened(table("services", rows(names), mode=Mode.FULL))


def delta(*changes: tuple[Op, int, str, str]) -> OpenTable:
    """Return changes of services: operation, row number, name, state."""
    found: Rows = [
        {} if op is Op.REMOVE else {"name": name, "state": state}
        for op, _, name, state in changes
    ]
    told = [(op, number) for op, number, _, _ in changes]
    return opened(table("services", found, mode=Mode.DELTA, changes=told))


def added(number: int, name: str) -> OpenTable:
    """Return one service that is new and runs."""
    return delta((Op.ADD, number, name, "running"))


def gone(number: int) -> OpenTable:
    """Return the removal of one row."""
    return delta((Op.REMOVE, number, "", ""))


def rows(names: tuple[str, ...]) -> Rows:
    """Return services that run."""
    return [{"name": name, "state": "running"} for name in names]


@dataclass
class Story:
    """Parts that a reader takes, one after the other."""

    fold: Fold = field(default_factory=lambda: Fold(CATALOGUE, EVERY))
    time: int = 0

    def say(
        self,
        part: OpenTable,
        device: bytes = ANN,
        incarnation: bytes = b"\x01" * 16,
        key: bytes = KEY,
        created: int | None = None,
    ) -> "Story":
        """Take a part."""
        self.time += 1
        moment = self.time if created is None else created
        self.fold.add(Part(device, "", incarnation, key, moment, part, 10))
        return self

    def services(self) -> list[tuple[str, str, str]]:
        """Return the services that hold: device's first digit, name, state."""
        found = self.fold.tables()["services"].to_pylist()
        return sorted((r["device"][1], r["name"], r["state"]) for r in found)


def test_the_newest_full_state_wins() -> None:
    """What the last whole state does not name is not there any more."""
    story = Story().say(full("cron", "sshd")).say(full("sshd", "cups"))
    assert story.services() == [("a", "cups", "running"), ("a", "sshd", "running")]


def test_a_state_in_several_parts_is_one_state() -> None:
    """A state too large for one envelope goes on with rows that are added."""
    story = Story().say(full("cron")).say(added(1, "sshd"))
    assert [name for _, name, _ in story.services()] == ["cron", "sshd"]


def test_changes_and_removals_are_by_number() -> None:
    """A change takes the place of its row, a removal takes its row away."""
    story = Story().say(full("cron", "sshd", "cups"))
    story.say(delta((Op.CHANGE, 0, "cron", "dead"), (Op.REMOVE, 1, "", "")))
    assert story.services() == [("a", "cron", "dead"), ("a", "cups", "running")]
    assert +story.fold.skipped == Counter()
    assert story.fold.broken == set()


def test_a_number_tells_rows_of_one_key_apart() -> None:
    """Where a masked key makes rows alike, just the one that changed changes."""
    story = Story().say(full("s", "s", "s"))
    story.say(delta((Op.REMOVE, 0, "", ""), (Op.CHANGE, 2, "s", "dead")))
    assert story.services() == [("a", "s", "dead"), ("a", "s", "running")]


def test_what_was_added_can_change_and_go() -> None:
    """Numbers go on after those of the full state, over any number of changes."""
    story = Story().say(full("cron")).say(added(1, "sshd")).say(added(2, "cups"))
    story.say(delta((Op.CHANGE, 1, "sshd", "dead"), (Op.REMOVE, 2, "", "")))
    story.say(added(3, "cups"))
    assert story.services() == [
        ("a", "cron", "running"),
        ("a", "cups", "running"),
        ("a", "sshd", "dead"),
    ]
    assert story.fold.broken == set()


def test_devices_do_not_mix() -> None:
    """Each device has its own state, also where rows have the same key."""
    story = Story().say(full("cron", "sshd")).say(full("cron"), device=BOB)
    story.say(gone(0), device=BOB)
    assert story.services() == [("a", "cron", "running"), ("a", "sshd", "running")]


def test_a_new_spool_starts_a_new_state() -> None:
    """After a reinstallation the old incarnation's state is over."""
    story = Story().say(full("cron")).say(full("sshd"), incarnation=b"\x00" * 16)
    assert [name for _, name, _ in story.services()] == ["sshd"]


def test_an_empty_state_ends_the_one_before() -> None:
    """A machine without any service has none, whatever it had before."""
    assert Story().say(full("cron")).say(full()).services() == []


def test_a_change_without_its_state_is_counted_and_not_guessed() -> None:
    """Changes whose base was not opened are not rows."""
    story = Story().say(added(1, "cron"))
    assert story.services() == []
    assert +story.fold.skipped == Counter({"change-without-its-state": 1})


def test_a_change_of_another_key_epoch_meets_no_state() -> None:
    """Each epoch starts with a whole state; changes never reach over its border."""
    story = Story().say(full("cron"))
    story.say(gone(0), key=NEXT)
    assert [name for _, name, _ in story.services()] == ["cron"]
    assert +story.fold.skipped == Counter({"change-without-its-state": 1})


def test_after_a_hole_changes_wait_for_the_next_full_state() -> None:
    """Where an envelope did not open, later changes could mix two states."""
    story = Story().say(full("cron"))
    story.fold.hole(ANN, b"\x01" * 16, KEY)
    story.say(added(1, "sshd"))
    story.fold.hole(BOB, b"\x01" * 16, KEY)
    assert story.fold.skipped["change-without-its-state"] == 1
    story.say(full("cups")).say(added(1, "sshd"))
    assert [name for _, name, _ in story.services()] == ["cups", "sshd"]
    assert story.fold.broken == set()


def test_a_hole_under_another_key_is_no_hole_here() -> None:
    """What is sealed to another key, also a destroyed one, changes no state of this."""
    story = Story().say(full("cron"))
    story.fold.hole(ANN, b"\x01" * 16, NEXT)
    assert len(story.say(added(1, "sshd")).services()) == 2


@pytest.mark.parametrize(
    ("part", "left"),
    [
        (gone(7), ["cron", "sshd"]),
        (added(3, "cups"), ["cron", "cups", "sshd"]),
        (added(1, "cups"), ["cron", "sshd"]),
        (delta((Op.CHANGE, 5, "cups", "dead")), ["cron", "cups", "sshd"]),
    ],
)
def test_a_change_that_does_not_fit_is_counted(
    part: OpenTable, left: list[str]
) -> None:
    """A number that is unknown, used or not the next one is told; no row is guessed."""
    story = Story().say(full("cron", "sshd")).say(part)
    assert [name for _, name, _ in story.services()] == left
    assert story.fold.skipped["change-of-an-unknown-row"] == 1
    assert story.fold.broken == {Broken(ANN, b"\x01" * 16, "services")}


def test_only_what_a_full_state_mends_is_broken() -> None:
    """A missing base breaks a state until the next full one; other devices are well."""
    story = Story().say(added(1, "cron")).say(full("cron"), device=BOB)
    story.services()
    assert story.fold.broken == {Broken(ANN, b"\x01" * 16, "services")}
    mended = Story().say(added(1, "cron")).say(full("sshd"))
    mended.services()
    assert mended.fold.broken == set()


def test_the_newest_incarnation_is_the_one_to_mend() -> None:
    """A device can only send what its present spool remembers."""
    story = Story().say(added(1, "cron"), incarnation=b"\x09" * 16).say(full("sshd"))
    story.services()
    assert story.fold.broken == set()
    newer = Story().say(full("sshd")).say(added(1, "cron"), incarnation=b"\x09" * 16)
    assert [name for _, name, _ in newer.services()] == ["sshd"]
    assert newer.fold.broken == {Broken(ANN, b"\x09" * 16, "services")}


def test_rows_that_share_a_key_are_all_kept() -> None:
    """A masked key makes rows alike; none of them is swallowed."""
    assert len(Story().say(full("s", "s", "s")).services()) == 3


def test_a_state_that_is_not_its_digest_is_told() -> None:
    """Rows that are not what the device digested are shown and counted."""
    whole = table("services", rows(("cron",)), mode=Mode.FULL)
    right = opened(with_state(whole, rows(("cron",))))
    wrong = opened(with_state(whole, rows(("cron", "sshd"))))
    agreed, differing = Story().say(right), Story().say(wrong)
    assert agreed.services() == differing.services()
    assert +agreed.fold.skipped == Counter()
    assert +differing.fold.skipped == Counter({"state-differs-from-its-digest": 1})
    assert agreed.fold.broken == set()
    assert differing.fold.broken == {Broken(ANN, b"\x01" * 16, "services")}


def test_a_digest_covers_all_parts_of_a_state() -> None:
    """A state in parts agrees with the digest of the whole."""
    both = rows(("cron", "sshd"))
    first = with_state(table("services", both[:1], mode=Mode.FULL), both)
    second = table("services", both[1:], mode=Mode.DELTA, changes=[(Op.ADD, 1)])
    story = Story().say(opened(first)).say(opened(with_state(second, both)))
    assert len(story.services()) == 2
    assert +story.fold.skipped == Counter()


def test_rows_without_columns_disturb_nobody() -> None:
    """A device that sends a state without any column spoils no reading."""
    bare = replace(table("services", [{}, {}], mode=Mode.FULL), state=bytes(32))
    story = Story().say(opened(bare)).say(full("cron"), device=BOB)
    assert ("b", "cron", "running") in story.services()
    assert story.fold.skipped["state-differs-from-its-digest"] == 1


def test_events_are_appended_and_states_are_not() -> None:
    """Every event of every envelope is there."""
    part = opened(table("event_logs", [{"message": "m"}, {"message": "m"}]))
    tables = Story().say(part).say(part).fold.tables()
    assert len(tables["event_logs"]) == 4


def test_every_dataset_is_a_table() -> None:
    """Tables without rows exist, with all their columns."""
    tables = Fold(CATALOGUE, EVERY).tables()
    assert tables.keys() == CATALOGUE.datasets.keys()
    assert all(len(part) == 0 and part.num_columns > 3 for part in tables.values())


def test_what_the_grant_does_not_name_is_counted_and_not_shown() -> None:
    """A dataset outside the purpose's policy stays empty, whatever was sealed."""
    fold = Fold(CATALOGUE, {"event_logs": frozenset({"message"})})
    part = opened(table("services", rows(("cron",)), Purpose.SUPPORT, Mode.FULL))
    fold.add(Part(ANN, "", b"", KEY, 1, part))
    assert len(fold.tables()["services"]) == 0
    assert +fold.skipped == Counter({"dataset-not-in-policy": 1})


def test_only_the_columns_that_are_shown_are_kept() -> None:
    """A reading that shows some columns holds no other, whatever was sealed."""
    shown = {"services": {"device", "name"}}
    fold = Fold(CATALOGUE, EVERY, shown=shown)
    for device, part in ((ANN, full("cron", "sshd")), (BOB, full("nginx"))):
        fold.add(Part(device, "", b"", KEY, 1, part, 10_000))
        fold.passed()
    fold.add(
        Part(BOB, "", b"", KEY, 1, opened(table("event_logs", [{"message": "m"}])))
    )
    tables = fold.tables()
    assert tables["services"].to_pylist() == [
        {"device": device.hex(), "name": name}
        for device, name in ((ANN, "cron"), (ANN, "sshd"), (BOB, "nginx"))
    ]
    assert tables["event_logs"].num_columns == 0
    assert fold.octets < 1_000


def test_a_state_that_was_replaced_costs_nothing_any_more() -> None:
    """The bound on memory counts what is held, not what went by."""
    story = Story().say(full("cron"))
    once = story.fold.octets
    for _ in range(50):
        story.say(full("cron"))
    assert story.fold.octets == once > 0
    story.say(added(1, "sshd"))
    assert story.fold.octets == 2 * once


NAMES = st.sampled_from("abcd")
STEP = st.one_of(
    st.tuples(st.just("full"), st.lists(NAMES, max_size=4)),
    st.tuples(st.sampled_from(list(Op)), st.integers(0, 9), NAMES),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([ANN, BOB]), STEP), max_size=16))
def test_any_story_is_a_map_for_each_device(
    steps: list[tuple[bytes, tuple[object, ...]]],
) -> None:
    """Whole states and changes in any order fold to what a map by number would hold."""
    story = Story()
    model: dict[bytes, dict[int, tuple[str, str]]] = {}
    follows: dict[bytes, int] = {}
    for device, (what, *rest) in steps:
        if what == "full":
            names = tuple(sorted(rest[0]))  # type: ignore[call-overload]  # a list
            story.say(full(*names), device)
            model[device] = {at: (name, "running") for at, name in enumerate(names)}
            follows[device] = len(names)
            continue
        place, name = rest
        held = sorted(model.get(device, {}))
        if device not in model or (what is not Op.ADD and not held):
            continue
        number = follows[device]
        if what is not Op.ADD:
            number = held[int(str(place)) % len(held)]
        story.say(delta((what, number, str(name), "dead")), device)  # type: ignore[arg-type]  # an Op
        follows[device] += what is Op.ADD
        if what is Op.REMOVE:
            del model[device][number]
        else:
            model[device][number] = (str(name), "dead")
    assert story.services() == sorted(
        (device.hex()[1], *row)
        for device, held in model.items()
        for row in held.values()
    )
    assert story.fold.broken == set()
