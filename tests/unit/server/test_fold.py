# SPDX-License-Identifier: Apache-2.0
"""What holds now, against a model that is a dictionary for each device."""

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from reader_fixture import CATALOGUE, opened, table, with_state

from server.reader.fold import Fold, Part
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


def delta(*changes: tuple[Op, str, str]) -> OpenTable:
    """Return changes of services."""
    found: Rows = [{"name": name, "state": state} for _, name, state in changes]
    ops = tuple(op for op, _, _ in changes)
    return opened(table("services", found, mode=Mode.DELTA, ops=ops))


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
    story = Story().say(full("cron")).say(delta((Op.ADD, "sshd", "running")))
    assert [name for _, name, _ in story.services()] == ["cron", "sshd"]


def test_changes_and_removals_are_by_key() -> None:
    """A change replaces the row of its key, a removal takes it away."""
    story = Story().say(full("cron", "sshd", "cups"))
    story.say(delta((Op.CHANGE, "cron", "dead"), (Op.REMOVE, "sshd", "")))
    assert story.services() == [("a", "cron", "dead"), ("a", "cups", "running")]
    assert +story.fold.skipped == Counter()


def test_devices_do_not_mix() -> None:
    """Each device has its own state, also where rows have the same key."""
    story = Story().say(full("cron", "sshd")).say(full("cron"), device=BOB)
    story.say(delta((Op.REMOVE, "cron", "")), device=BOB)
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
    story = Story().say(delta((Op.ADD, "cron", "running")))
    assert story.services() == []
    assert +story.fold.skipped == Counter({"change-without-its-state": 1})


def test_a_change_of_another_key_epoch_meets_no_state() -> None:
    """Each epoch starts with a whole state; changes never reach over its border."""
    story = Story().say(full("cron"))
    story.say(delta((Op.REMOVE, "cron", "")), key=NEXT)
    assert [name for _, name, _ in story.services()] == ["cron"]
    assert +story.fold.skipped == Counter({"change-without-its-state": 1})


def test_after_a_hole_changes_wait_for_the_next_full_state() -> None:
    """Where an envelope did not open, later changes could mix two states."""
    story = Story().say(full("cron"))
    story.fold.hole(ANN, b"\x01" * 16)
    story.say(delta((Op.ADD, "sshd", "running")))
    story.fold.hole(BOB, b"\x01" * 16)
    assert story.fold.skipped["change-without-its-state"] == 1
    story.say(full("cups")).say(delta((Op.ADD, "sshd", "running")))
    assert [name for _, name, _ in story.services()] == ["cups", "sshd"]


def test_a_change_of_a_row_that_is_not_there_is_counted() -> None:
    """A removal of nothing takes nothing, and is told."""
    story = Story().say(full("cron")).say(delta((Op.REMOVE, "sshd", "")))
    assert [name for _, name, _ in story.services()] == ["cron"]
    assert story.fold.skipped["change-of-an-unknown-row"] == 1


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


def test_a_digest_covers_all_parts_of_a_state() -> None:
    """A state in parts agrees with the digest of the whole."""
    both = rows(("cron", "sshd"))
    first = with_state(table("services", both[:1], mode=Mode.FULL), both)
    second = table("services", both[1:], mode=Mode.DELTA, ops=(Op.ADD,))
    story = Story().say(opened(first)).say(opened(with_state(second, both)))
    assert len(story.services()) == 2
    assert +story.fold.skipped == Counter()


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


def test_a_state_that_was_replaced_costs_nothing_any_more() -> None:
    """The bound on memory counts what is held, not what went by."""
    story = Story().say(full("cron"))
    once = story.fold.octets
    for _ in range(50):
        story.say(full("cron"))
    assert story.fold.octets == once > 0
    story.say(delta((Op.ADD, "sshd", "running")))
    assert story.fold.octets == 2 * once


NAMES = st.sampled_from("abcd")
STEP = st.one_of(
    st.tuples(st.just("full"), st.sets(NAMES)),
    st.tuples(st.sampled_from(list(Op)), NAMES, st.sampled_from(["up", "down"])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([ANN, BOB]), STEP), max_size=12))
def test_any_story_is_a_list_for_each_device(
    steps: list[tuple[bytes, tuple[object, ...]]],
) -> None:
    """Whole states and changes in any order fold to what a plain list would hold."""
    story = Story()
    model: dict[bytes, list[tuple[str, str]]] = {}
    for device, (what, *rest) in steps:
        if what == "full":
            names = tuple(sorted(rest[0]))  # type: ignore[call-overload]  # a set
            story.say(full(*names), device)
            model[device] = [(name, "running") for name in names]
            continue
        name, state = map(str, rest)
        story.say(delta((what, name, state)), device)  # type: ignore[arg-type]  # an Op
        held = model.get(device, [])
        same = [at for at, row in enumerate(held) if row[0] == name]
        if what is not Op.ADD and same:
            del held[same[-1]]
        if what is not Op.REMOVE:
            held.append((name, state))
    assert story.services() == sorted(
        (device.hex()[1], *row) for device, held in model.items() for row in held
    )
