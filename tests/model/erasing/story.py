# SPDX-License-Identifier: Apache-2.0
"""What a machine tells over some days, drawn by a number, with people on it.

Rules: a row is somebody's as long as its name says so, and may become another's; a
machine that never had a person tells the same without the rows while they were theirs;
what is told is numbered as an agent numbers it.
Not here: erasing and comparing (`play.py`).
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from tests.reader_fixture import CATALOGUE, table, with_state
from wire.body import Mode, Op, Table
from wire.values import Value

PEOPLE = ("ann", "bob", "cy", "dee")
COLUMNS = ("name", "state")
SERVICES = CATALOGUE.datasets["services"]
Row = dict[str, Value]


@dataclass(frozen=True)
class Step:
    """One pass of a machine.

    Attributes:
        rows: of each row of the state whose it is now, and what it says.
        events: whose each is, and what it says.
        whole: whether the whole state is told, and not its changes.
        key: which epoch's key.
        erased: who is erased behind it.
        folded: whether the fold job runs behind it.
    """

    rows: tuple[tuple[int, str, str], ...]
    events: tuple[tuple[str, str], ...] = ()
    whole: bool = False
    key: int = 0
    erased: str = ""
    folded: bool = False


def story(number: int) -> list[Step]:
    """Draw a story: who is erased does nothing on the machine any more.

    What was told of them before may be removed or become another's later, by number.
    """
    dice = random.Random(number)  # noqa: S311 - stories, no secrets
    present, gone, steps = [*PEOPLE], [PEOPLE[0]], list[Step]()
    if dice.random() < 0.5:
        gone.append(PEOPLE[1])
    rows: dict[int, tuple[str, str]] = {}
    following = key = 0
    away = set[str]()
    for at in range(dice.randint(3, 10)):
        whole = at == 0 or dice.random() < 0.15
        if at and dice.random() < 0.1:
            key, whole = 1 - key, True
        for row in [*rows]:
            fate = dice.random()
            if fate < 0.15 or (whole and rows[row][0] in away):
                del rows[row]
            elif fate < 0.35 and present:
                rows[row] = dice.choice(present), f"s{at}.{row}"
        for _ in range(dice.randint(0, 4)):
            rows[following] = dice.choice(present), f"s{at}.{following}"
            following += 1
        events = tuple(
            (dice.choice(present), f"m{at}.{one}") for one in range(dice.randint(0, 3))
        )
        erased = ""
        if gone and dice.random() < 0.25:
            erased = gone.pop(0)
            present.remove(erased)
            away.add(erased)
        told = tuple((row, *rows[row]) for row in sorted(rows))
        folded = dice.random() < 0.1
        steps.append(Step(told, events, whole, key, erased, folded))
    if gone:
        steps[-1] = replace(steps[-1], erased=steps[-1].erased or gone[0])
    return steps


@dataclass
class Machine:
    """What a machine has told of its state so far.

    Attributes:
        without: who never was on it.
        numbers: of each row the number that it has now.
        told: of each row what was told.
        following: the number that the next added row takes.
    """

    without: Collection[str] = ()
    numbers: dict[int, int] = field(default_factory=dict)
    told: dict[int, Row] = field(default_factory=dict)
    following: int = 0

    def tables(self, step: Step) -> list[Table]:
        """Return what one pass tells; a table without rows is not told."""
        rows = {
            row: {"name": name, "state": state}
            for row, name, state in step.rows
            if name not in self.without
        }
        part = self._full(rows) if step.whole else self._delta(rows)
        events: list[Row] = [
            {"message": f"{who} {text}"}
            for who, text in step.events
            if who not in self.without
        ]
        self.told = rows
        found = [] if part is None else [_stated(part, [*rows.values()])]
        return [*found, *([table("event_logs", events)] if events else [])]

    def _full(self, rows: dict[int, Row]) -> Table:
        self.numbers = {row: number for number, row in enumerate(rows)}
        self.following = len(rows)
        return table("services", [*rows.values()], mode=Mode.FULL)

    def _delta(self, rows: dict[int, Row]) -> Table | None:
        left, stays = self.told.keys() - rows.keys(), self.told.keys() & rows.keys()
        changes: list[tuple[Op, int, Row]] = [
            *((Op.REMOVE, self.numbers.pop(row), {}) for row in left),
            *(
                (Op.CHANGE, self.numbers[row], rows[row])
                for row in stays
                if self.told[row] != rows[row]
            ),
        ]
        changes.sort(key=lambda change: change[1])
        for row in sorted(rows.keys() - self.told.keys()):
            self.numbers[row] = self.following
            changes.append((Op.ADD, self.following, rows[row]))
            self.following += 1
        if not changes:
            return None
        told = [(op, number) for op, number, _ in changes]
        return table(
            "services", [row for *_, row in changes], mode=Mode.DELTA, changes=told
        )


def _stated(part: Table, rows: Sequence[Row]) -> Table:
    """Return a table of all columns with the digest of the whole state."""
    columns = tuple(one for one in SERVICES.columns if one.name in COLUMNS)
    return with_state(replace(part, columns=columns), rows)
