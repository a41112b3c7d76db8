# SPDX-License-Identifier: Apache-2.0
"""What the gate's shares and turns keep, whatever is asked in whatever order.

Rules: random histories against a list of what is held, kept by the test.
Not here: single bounds against literal numbers (`tests/unit/server`).
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from server.gate.pace import Pace
from server.gate.shares import Bounds, Shares, Stay
from server.gate.turns import Key, Turns
from server.problems import Problem, Refusal

BOUNDS = Bounds(
    requests=6,
    octets=100,
    device_requests=2,
    device_octets=60,
    saved=5,
    rate=0.5,
    octets_saved=150,
    octets_rate=7,
    tenant_seconds=20,
)
KEYS = [
    (bytes([tenant]), bytes([device])) for tenant in range(3) for device in range(4)
]
Step = tuple[str, int, int]
"""What is done, by or to which, and how much."""
steps = st.lists(
    st.tuples(
        st.sampled_from(["enter", "reach", "leave", "wait"]),
        st.integers(0, 11),
        st.integers(0, 70),
    ),
    max_size=60,
)


@dataclass
class Story:
    """The shares, and beside them what was granted."""

    shares: Shares = field(default_factory=lambda: Shares(BOUNDS))
    held: list[tuple[Key, Stay, int]] = field(default_factory=list)
    granted: dict[Key, list[tuple[float, int | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    heard: dict[bytes, float] = field(default_factory=dict)
    now: float = 0.0

    def play(self, step: Step) -> Problem | None:
        """Do one step; returns why it was refused."""
        act, which, much = step
        try:
            getattr(self, act)(which, much)
        except Refusal as refusal:
            return refusal.problem
        return None

    def enter(self, which: int, _: int) -> None:
        """Begin a request."""
        key = KEYS[which]
        self.heard[key[0]] = self.now
        stay = self.shares.enter(*key, self.now)
        self.held.append((key, stay, 0))
        self.granted[key].append((self.now, None))

    def reach(self, which: int, much: int) -> None:
        """Let a request grow."""
        if not self.held:
            return
        place = which % len(self.held)
        key, stay, octets = self.held[place]
        stay.reach(much)
        self.held[place] = (key, stay, max(octets, much))
        self.granted[key].append((self.now, max(0, much - octets)))

    def leave(self, which: int, _: int) -> None:
        """End a request."""
        if self.held:
            _, stay, _ = self.held.pop(which % len(self.held))
            with stay:
                pass

    def wait(self, _: int, much: int) -> None:
        """Let time pass."""
        self.now += much / 4


@given(steps)
def test_no_history_breaks_a_bound(history: list[Step]) -> None:
    """What is held never exceeds a bound, and what was given back is free again."""
    story = Story()
    for step in history:
        story.play(step)
        devices, octets = Counter[Key](), Counter[Key]()
        for key, _, much in story.held:
            devices[key] += 1
            octets[key] += much
        assert (len(story.shares), story.shares.octets) == (
            len(story.held),
            sum(octets.values()),
        )
        assert len(story.held) <= 6
        assert sum(octets.values()) <= 100
        assert max(devices.values(), default=0) <= 2
        assert max(octets.values(), default=0) <= 60


@given(steps)
def test_no_device_is_faster_than_its_pace(history: list[Step]) -> None:
    """Over any stretch a device gets its burst, its rate, and one overdraft at most."""
    story = Story()
    for step in history:
        story.play(step)
    for granted in story.granted.values():
        for start in range(len(granted)):
            began = granted[start][0]
            for end in range(start, len(granted)):
                passed = granted[end][0] - began
                part = granted[start : end + 1]
                begun = sum(octets is None for _, octets in part)
                assert begun <= 5 + 0.5 * passed
                # what was begun before the debt may still grow to 60
                assert sum(octets or 0 for _, octets in part) <= 150 + 7 * passed + 60


@given(steps, st.integers(0, 11))
def test_whoever_is_alone_is_served(history: list[Step], which: int) -> None:
    """Once everybody has gone and time has passed, any device gets all it may."""
    story = Story()
    for step in history:
        story.play(step)
    while story.held:
        story.leave(0, 0)
    story.now += 1_000
    stay = story.shares.enter(*KEYS[which], story.now)
    stay.reach(60)
    assert story.shares.octets == 60


@given(steps)
def test_a_tenant_below_its_half_is_not_refused_by_its_own(
    history: list[Step],
) -> None:
    """Overloaded means: the gate is full, or this tenant has half beside another."""
    story = Story()
    for step in history:
        act, which, _ = step
        total = len(story.held)
        mine = sum(key[0] == KEYS[which][0] for key, _, _ in story.held)
        others = [
            at
            for tenant, at in story.heard.items()
            if tenant != KEYS[which][0] and story.now - at <= 20
        ]
        if story.play(step) is Problem.OVERLOADED and act == "enter":
            assert total == 6 or (mine >= 3 and others)


@dataclass
class Room:
    """What one take may hold."""

    left: int

    def fits(self, _: Key, item: tuple[Key, int, int]) -> bool:
        """Tell whether an item fits what is left."""
        if item[1] > self.left:
            return False
        self.left -= item[1]
        return True


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.integers(1, 9)), max_size=80))
def test_turns_keep_each_devices_order(items: list[tuple[Key, int]]) -> None:
    """All that was queued comes out once, and each device's in its order."""
    turns: Turns[tuple[Key, int, int]] = Turns()
    for number, (key, size) in enumerate(items):
        turns.add(key, (key, size, number))
    came: list[tuple[Key, int, int]] = []
    while len(turns):
        came += turns.take(Room(20).fits)
    for key in KEYS:
        mine = [number for owner, _, number in came if owner == key]
        assert mine == sorted(mine)
    assert len(came) == len(items)


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b"]), st.floats(0, 3)), max_size=80))
def test_delayed_acts_keep_the_pace(acts: list[tuple[bytes, float]]) -> None:
    """Done when told to be, of any key no more than its burst and rate come."""
    pace, now = Pace(2.0, 3), 0.0
    done: dict[bytes, list[float]] = defaultdict(list)
    for key, passed in acts:
        now += passed
        done[key].append(now + pace.delay(key, now))
    for times in done.values():
        assert times == sorted(times)
        for start, began in enumerate(times):
            for count, ended in enumerate(times[start:], 1):
                assert count <= 3 + 2 * (ended - began) + 1e-6
