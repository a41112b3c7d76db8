# SPDX-License-Identifier: Apache-2.0
"""Policies that are bound: what each device is given, verifies and obeys.

Rules: a real installation; a device takes what the gate would hand it, and checks it as
an agent does; the time is passed in.
Not here: which of several it is (`tests/property/test_targets.py`), two real agents
(`tests/e2e/test_two_sites.py`).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from authority_acts import NOW, enrol, policy

from server.authority import Authority, open_authority
from server.errors import UsageError
from server.gate.answering import bundle_of
from server.key_files import read_signing_key
from server.layout import Layout
from server.ledger import SqliteLedger
from server.roots import Role
from server.store.interface import Spot
from server.store.sqlite import open_store
from server.targets import Binding
from wire.errors import IdentityError, RollbackError
from wire.policy import Policy
from wire.token import parse_token
from wire.trust import BUNDLE, Trusted, check_bundle, first_root, root_digest


def less(name: str = "less", purposes: int = 1) -> Policy:
    """Return the standard policy with its first purposes alone."""
    whole = policy("standard")
    return replace(whole, name=name, purposes=whole.purposes[:purposes])


class Machine:
    """A device that takes what the gate hands it."""

    def __init__(self, layout: Layout, authority: Authority, spot: Spot) -> None:
        """Enrol with a token for a site and tags."""
        token = parse_token(authority.issue_token(3_600, 1, NOW, "amelie", spot))
        self.device, _ = enrol(layout, authority, token.secret)
        self.layout, self.tenant = layout, authority.tenant
        octets = (layout.gate / "roots" / "0001.cbor").read_bytes()
        self.root = first_root(octets, root_digest(authority.root()))
        self.held: Trusted | None = None

    def offered(self) -> bytes:
        """Return the bundle that the gate has for it."""
        store = open_store(self.layout.store)
        try:
            bundle = bundle_of(store, self.tenant, self.device)
        finally:
            store.close()
        assert bundle is not None
        return bundle

    def takes(self, octets: bytes) -> Trusted:
        """Check a bundle as its agent does, and keep it."""
        self.held = check_bundle(octets, self.root, self.held, NOW, self.device)
        return self.held

    def obeys(self) -> tuple[str, str | None]:
        """Poll; return name and target of the policy that it obeys."""
        stated = self.takes(self.offered()).policy
        return stated.policy.name, stated.target


PEOPLE = 4
BERLIN, BONN, PILOT = Spot("berlin"), Spot("bonn"), Spot("berlin", ("pilot",))


def test_without_bindings_all_is_as_before(
    layout: Layout, authority: Authority
) -> None:
    """Devices obey the published policy, and no placement is made for any."""
    machine = Machine(layout, authority, BERLIN)
    assert authority.rollout().settle(NOW) == 0
    assert BUNDLE.decode(machine.offered()).placement is None
    assert machine.obeys() == ("standard", None)


def test_a_site_and_a_tag_obey_their_own(layout: Layout, authority: Authority) -> None:
    """What is bound to a tag goes before the site's, and that before the tenant's."""
    machines = [Machine(layout, authority, spot) for spot in (BERLIN, BONN, PILOT)]
    rollout = authority.rollout()
    rollout.bind("tenant", less("small", 3), NOW, "amelie")
    rollout.bind("site:berlin", less("smaller", 2), NOW, "amelie")
    rollout.bind("tag:pilot", less("smallest", 1), NOW, "amelie")
    assert [machine.obeys() for machine in machines] == [
        ("smaller", "site:berlin"),
        ("small", "tenant"),
        ("smallest", "tag:pilot"),
    ]
    for target in ("tag:pilot", "site:berlin", "tenant"):
        rollout.unbind(target, NOW, "amelie")
    assert {machine.obeys() for machine in machines} == {("standard", "published")}


def test_a_device_that_is_new_obeys_nothing_before_it_is_placed(
    layout: Layout, authority: Authority
) -> None:
    """Between enrolment and placement a device has no policy: it collects nothing."""
    authority.rollout().bind("site:berlin", less(), NOW, "amelie")
    machine = Machine(layout, authority, BERLIN)
    with pytest.raises(IdentityError, match="no placement yet"):
        machine.obeys()
    authority.ensure_epochs(NOW)
    assert machine.obeys() == ("less", "site:berlin")


def test_a_captured_gate_can_give_no_other_policy(
    layout: Layout, authority: Authority
) -> None:
    """A device refuses another's bundle, the published one, and its own of before."""
    berlin, bonn = (Machine(layout, authority, spot) for spot in (BERLIN, BONN))
    everybody = berlin.offered()
    berlin.obeys()
    rollout = authority.rollout()
    rollout.bind("site:berlin", less("wide", 3), NOW, "amelie")
    wide = berlin.offered()
    assert berlin.obeys() == ("wide", "site:berlin")
    rollout.bind("site:berlin", less("narrow"), NOW, "amelie")
    assert berlin.obeys() == ("narrow", "site:berlin")
    own, others = BUNDLE.decode(berlin.offered()), BUNDLE.decode(bonn.offered())
    mixed = replace(own, policy=others.policy)
    for octets in (bonn.offered(), BUNDLE.encode(mixed)):
        with pytest.raises(IdentityError, match="another device"):
            check_bundle(octets, berlin.root, None, NOW, berlin.device)
    for octets in (everybody, wide, BUNDLE.encode(replace(own, placement=None))):
        with pytest.raises(RollbackError):
            berlin.takes(octets)
    assert berlin.obeys() == ("narrow", "site:berlin")


def test_stages_go_forwards_and_back(layout: Layout, authority: Authority) -> None:
    """First a tag, then a share, then all; a way back is a version of its own."""
    pilot, plain = (Machine(layout, authority, spot) for spot in (PILOT, BERLIN))
    rollout = authority.rollout()
    rollout.bind("site:berlin", less("old", 2), NOW, "amelie")
    wanted = Binding("site:berlin", 0, share=0, first="pilot")
    rollout.stage(wanted, less("new"), NOW, "amelie")
    assert (pilot.obeys()[0], plain.obeys()[0]) == ("new", "old")
    before = pilot.held
    rollout.rollback("site:berlin", NOW, "amelie")
    assert (pilot.obeys()[0], plain.obeys()[0]) == ("old", "old")
    assert before is not None
    assert pilot.held is not None
    assert pilot.held.policy.version > before.policy.version
    rollout.stage(replace(wanted, share=1), less("new"), NOW, "amelie")
    rollout.advance("site:berlin", 100, NOW, "amelie")
    assert (pilot.obeys()[0], plain.obeys()[0]) == ("new", "new")
    rollout.rollback("site:berlin", NOW, "amelie")
    assert (pilot.obeys()[0], plain.obeys()[0]) == ("old", "old")
    lines = [
        one.body["change"]
        for one in SqliteLedger(layout.ledger).entries()
        if one.act == "policy-bound"
    ]
    assert lines == [
        *("bound", "staged", "rolled-back", "staged", "advanced", "rolled-back"),
    ]


def test_a_first_stage_leaves_the_others_where_they_are(
    layout: Layout, authority: Authority
) -> None:
    """Staging for a target without a policy changes nothing for its other devices."""
    pilot, plain = (Machine(layout, authority, spot) for spot in (PILOT, BERLIN))
    rollout = authority.rollout()
    rollout.bind("tenant", less("small", 2), NOW, "amelie")
    wanted = Binding("site:berlin", 0, first="pilot")
    rollout.stage(wanted, less("new"), NOW, "amelie")
    assert (pilot.obeys()[0], plain.obeys()[0]) == ("new", "small")
    rollout.rollback("site:berlin", NOW, "amelie")
    assert (pilot.obeys()[0], plain.obeys()[0]) == ("small", "small")
    assert set(rollout.bindings) == {"tenant"}


@pytest.mark.slow
def test_of_two_who_stage_at_once_one_is_told(
    layout: Layout, authority: Authority
) -> None:
    """Neither stage is lost, and each device has what was kept."""
    machine = Machine(layout, authority, BERLIN)
    wanted, together = Binding("site:berlin", 0, share=100), Barrier(PEOPLE)

    def stages(name: str) -> str:
        with open_authority(layout) as own:
            together.wait()
            try:
                own.rollout().stage(wanted, less(name), NOW, name)
            except UsageError as error:
                return str(error)
            return name

    with ThreadPoolExecutor(PEOPLE) as people:
        done = list(people.map(stages, "abcd"))
    (name,) = [one for one in done if "is under way" not in one]
    assert machine.obeys() == (name, "site:berlin")


def test_what_was_cut_short_is_made_up_for(
    layout: Layout, authority: Authority
) -> None:
    """After a crash between an act and its placements the next round signs them."""
    machine = Machine(layout, authority, BONN)
    authority.rollout().bind("site:berlin", less(), NOW, "amelie")
    assert machine.obeys() == ("standard", "published")
    store = open_store(layout.store)
    try:
        store.place(authority.tenant, {machine.device: BERLIN})
        authority.ensure_epochs(NOW)
        assert machine.obeys() == ("less", "site:berlin")
        before = store.placements.every(authority.tenant)
        authority.ensure_epochs(NOW + 60)
        assert store.placements.every(authority.tenant) == before
    finally:
        store.close()


def test_tags_that_conflict_are_an_error(layout: Layout, authority: Authority) -> None:
    """Two tags of a device that bind a policy each are refused by each act."""
    machine = Machine(layout, authority, Spot("", ("pilot", "servers")))
    rollout = authority.rollout()
    rollout.bind("tag:pilot", less(), NOW, "amelie")
    with pytest.raises(UsageError, match="pilot and servers of one device"):
        rollout.bind("tag:servers", less(), NOW, "amelie")
    assert set(rollout.bindings) == {"tag:pilot"}
    ledger = SqliteLedger(layout.ledger)
    assert [one.act for one in ledger.entries()][-1] != "policy-published"
    placing, (device,) = authority.placing(), authority.devices()
    placing.place([(device, Spot("", ("pilot",)))], NOW, "amelie")
    rollout.bind("tag:servers", less(), NOW, "amelie")
    with pytest.raises(UsageError, match="take one from the device"):
        placing.place([(device, Spot("", ("pilot", "servers")))], NOW, "amelie")
    with pytest.raises(UsageError, match="unbind one"):
        authority.issue_token(60, 1, NOW, "amelie", Spot("", ("pilot", "servers")))
    assert machine.obeys() == ("less", "tag:pilot")


def test_a_device_whose_tags_conflict_obeys_nothing(
    layout: Layout, authority: Authority
) -> None:
    """A token from before the bindings may bring a conflict: nothing is guessed."""
    both = Spot("", ("pilot", "servers"))
    token = parse_token(authority.issue_token(3_600, 1, NOW, "amelie", both))
    rollout = authority.rollout()
    rollout.bind("tag:pilot", less("one"), NOW, "amelie")
    rollout.bind("tag:servers", less("two"), NOW, "amelie")
    machine = Machine(layout, authority, Spot())
    machine.device, _ = enrol(layout, authority, token.secret)
    authority.ensure_epochs(NOW)
    assert rollout.wanted()[machine.device] == 0
    with pytest.raises(IdentityError, match="no placement yet"):
        machine.obeys()
    device = next(one for one in authority.devices() if one.spot == both)
    authority.placing().place([(device, Spot("", ("servers",)))], NOW, "amelie")
    assert machine.obeys() == ("two", "tag:servers")


def test_who_moves_to_another_site_obeys_its_policy(
    layout: Layout, authority: Authority
) -> None:
    """A device that is put elsewhere obeys what is bound there, older or newer."""
    machine = Machine(layout, authority, BONN)
    rollout = authority.rollout()
    rollout.bind("site:berlin", less("first"), NOW, "amelie")
    rollout.bind("site:bonn", less("second"), NOW, "amelie")
    assert machine.obeys() == ("second", "site:bonn")
    (device,) = authority.devices()
    authority.placing().place([(device, BERLIN)], NOW, "amelie")
    assert machine.obeys() == ("first", "site:berlin")


def test_what_is_bound_takes_no_more_than_what_is_published(
    authority: Authority,
) -> None:
    """More columns, other readers and another age are refused, at either end."""
    rollout = authority.rollout()
    whole = policy("standard")
    (rules,) = less().purposes
    for wrong, said in (
        (policy("full"), "takes more than the published one"),
        (replace(rules, readers=rules.readers[:1]), "who reads and who receives"),
        (
            replace(
                rules,
                retention=tuple(
                    replace(one, maximum_age=86_400) for one in rules.retention
                ),
            ),
            "for different times",
        ),
    ):
        bad = wrong if isinstance(wrong, Policy) else replace(whole, purposes=(wrong,))
        with pytest.raises(UsageError, match=said):
            rollout.bind("tenant", bad, NOW, "amelie")
    assert rollout.bindings == {}
    assert authority.policy().target is None
    rollout.bind("tenant", less(), NOW, "amelie")
    with pytest.raises(UsageError, match="takes more than the published one"):
        authority.publish(policy("minimal"), NOW, "amelie")
    assert authority.policy().policy.name == "standard"


def test_counts_say_who_obeys_what(layout: Layout, authority: Authority) -> None:
    """Of each version it is known how many devices have it, and were heard since."""
    for spot in (BERLIN, BERLIN, BONN):
        Machine(layout, authority, spot)
    rollout = authority.rollout()
    bound = rollout.bind("site:berlin", less(), NOW + 1, "amelie")
    roof = authority.policy().version
    counts = rollout.counts()
    assert {number: one.placed for number, one in counts.items()} == {
        bound.version: 2,
        roof: 1,
    }
    assert {one.heard for one in counts.values()} == {0}


def test_another_policy_key_signs_all_anew(
    layout: Layout, authority: Authority
) -> None:
    """After the policy's key is replaced each device has its policy by the new one."""
    machine = Machine(layout, authority, BERLIN)
    authority.rollout().bind("site:berlin", less(), NOW, "amelie")
    assert machine.obeys() == ("less", "site:berlin")
    key = read_signing_key(layout.offline / "root.key")
    authority.renew_root(key, [Role.POLICY], NOW, "amelie")
    assert machine.obeys() == ("less", "site:berlin")
