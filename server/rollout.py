# SPDX-License-Identifier: Apache-2.0
"""Binds policies to tenant, sites and tags, in stages, and says what each device obeys.

Rules: each change is a newly signed version, a way back too; what is bound takes no
more than what is published; a placement is signed for each device, with a serial that
only goes up, so nobody else says what a device obeys; the ledger has each change first;
what a change follows from is read where nobody else can change it until it is kept.
Not here: which of several a device obeys (`server/targets.py`), what takes more
(`server/within.py`), what a device checks (`wire/placement.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from server import within
from server.errors import UsageError
from server.ledger import SqliteLedger
from server.publishing import POLICY_DAYS, Publisher
from server.store.interface import Device, DeviceState, Spot, Store
from server.store.placements import Count, HeldPlacement
from server.targets import ALL, Binding, ConflictError, candidates, obeyed
from wire import signed
from wire.placement import PUBLISHED, Placement, sign_placement
from wire.policy import Policy, PolicyStatement
from wire.policy_check import DAY
from wire.signed import SignedKind


class Rollout:
    """Which policies are bound in one installation, and which device obeys which."""

    def __init__(
        self, publisher: Publisher, store: Store, ledger: SqliteLedger
    ) -> None:
        """Take what is open."""
        self._publisher = publisher
        self._store = store
        self._ledger = ledger

    @property
    def bindings(self) -> Mapping[str, Binding]:
        """Return which policies are bound, by target."""
        return self._publisher.statements.bindings(self._publisher.tenant)

    def versions(self) -> dict[int, PolicyStatement]:
        """Return all policies that were signed, by version."""
        return {one.version: one for one in self._publisher.policies()}

    def bind(self, target: str, policy: Policy, now: int, by: str) -> Binding:
        """Have all devices of a target obey a policy.

        Args:
            target: as `server.targets.target` returns it.
            policy: compiled.
            now: seconds since the epoch.
            by: the person who does it.

        Raises:
            UsageError: it takes more than the published one, or tags conflict.
        """
        with self._publisher.statements.publishing():
            held = self._free(target)
            version = self._signed(target, policy, now, by)
            before = held.version if held else 0
            binding = Binding(target, version, before)
            self._keep(binding, "bound", now, by)
        self._hand_out(now, by)
        return binding

    def stage(self, binding: Binding, policy: Policy, now: int, by: str) -> Binding:
        """Have some devices of a target obey a policy, and the others go on.

        Args:
            binding: target, share and first; where the target has no policy yet, its
                other devices go on with what is bound less particularly.
            policy: compiled.
            now: seconds since the epoch.
            by: the person who does it.

        Raises:
            UsageError: as `bind`, or a stage is under way.
        """
        with self._publisher.statements.publishing():
            held = self._free(binding.target) or Binding(binding.target, 0)
            following = self._signed(binding.target, policy, now, by)
            staged = replace(
                held, following=following, share=binding.share, first=binding.first
            )
            self._keep(staged, "staged", now, by)
        self._hand_out(now, by)
        return staged

    def advance(self, target: str, share: int, now: int, by: str) -> Binding:
        """Give the staged policy to more devices of a target, or to all.

        Raises:
            UsageError: nothing is staged, or more have it already.
        """
        with self._publisher.statements.publishing():
            held = self._staged(target)
            if share <= held.share:
                msg = f"{held.share} of a hundred have it already: name a larger share"
                raise UsageError(msg)
            after = replace(held, share=share)
            if share == ALL:
                after = Binding(target, held.following, held.version)
            self._keep(after, "advanced", now, by)
        self._hand_out(now, by)
        return after

    def rollback(self, target: str, now: int, by: str) -> Binding:
        """Have all devices of a target obey what they obeyed before, signed anew.

        Raises:
            UsageError: there is nothing to go back to.
        """
        with self._publisher.statements.publishing():
            held = self._bound(target)
            if held.following and not held.version:
                after = Binding(target, 0)
                self._take_away(held, now, by)
            else:
                after = self._before(held, now, by)
                self._keep(after, "rolled-back", now, by)
        self._hand_out(now, by)
        return after

    def unbind(self, target: str, now: int, by: str) -> None:
        """Have the devices of a target obey what is bound elsewhere, or published.

        Raises:
            UsageError: nothing is bound there.
        """
        with self._publisher.statements.publishing():
            self._take_away(self._bound(target), now, by)
        self._hand_out(now, by)

    def resign(self, now: int, by: str) -> None:
        """Sign what is bound anew, by another key of the policy role; publishing."""
        versions = self.versions()
        for held in self.bindings.values():
            anew = [
                self._signed(held.target, versions[number].policy, now, by)
                if number
                else 0
                for number in (held.version, held.following)
            ]
            after = replace(held, version=anew[0], following=anew[1])
            self._keep(after, "signed-anew", now, by)

    def in_force(self) -> list[Policy]:
        """Return the policies that are bound or staged."""
        bindings = self.bindings
        versions = self.versions() if bindings else {}
        return [
            versions[number].policy
            for held in bindings.values()
            for number in (held.version, held.following)
            if number
        ]

    def classes(self) -> Policy:
        """Return the published policy with every class that a device seals to."""
        return within.with_classes(self._publisher.policy().policy, self.in_force())

    def require_roof(self, policy: Policy) -> None:
        """Refuse to publish a policy under which something is bound that takes more.

        Raises:
            UsageError: a policy that is bound takes more.
        """
        for bound in self.in_force():
            within.require(policy, bound)

    def require_agreement(self, spots: Iterable[Spot]) -> None:
        """Refuse places at which two tags would bind a policy each.

        Raises:
            ConflictError: two of the tags of one place do.
        """
        bindings = self.bindings
        for where in dict.fromkeys(spots):
            candidates(bindings, where)

    def settle(self, now: int) -> int:
        """Sign a placement for each device whose policy is another; returns how many.

        A device whose tags conflict keeps what it has; a new one obeys nothing. Nobody
        else binds or settles meanwhile, lest what is older be signed last; where all
        is as it is to be, nothing is written.
        """
        if self._publisher.policy().target is None:
            return 0
        with self._publisher.statements.publishing():
            held = {one.device: one for one in self._placements()}
            moved = [
                (name, version, held[name].serial if name in held else 0)
                for name, version in self.wanted().items()
                if version and (name not in held or held[name].version != version)
            ]
            if moved:
                self._sign(moved, now)
        return len(moved)

    def wanted(self) -> dict[bytes, int]:
        """Return which version each device is to obey; 0 where its tags conflict."""
        bindings, roof = self.bindings, self._publisher.policy().version
        found = {}
        for device in self._devices():
            try:
                number = obeyed(bindings, device.device, device.spot) or roof
            except ConflictError:
                number = 0
            found[device.device] = number
        return found

    def counts(self) -> dict[int, Count]:
        """Return of each version how many devices obey it, and were heard since."""
        return self._store.placements.counts(self._publisher.tenant)

    def _sign(
        self,
        moved: Sequence[tuple[bytes, int, int]],
        now: int,
    ) -> None:
        """Sign placements: of a device, a version, by the serial before."""
        tenant, key = self._publisher.tenant, self._publisher.policy_key()
        every = self._publisher.statements.every(tenant, SignedKind.POLICY)
        digests = {}
        for number in {version for _, version, _ in moved}:
            octets = every[number - 1]
            payload = signed.read(octets, SignedKind.POLICY).payload
            digests[number] = signed.digest(payload)
            self._store.placements.hold_policy(tenant, number, octets)
        placements = []
        for device, version, before in moved:
            serial = max(now, before + 1)
            named = Placement(tenant, device, serial, digests[version])
            octets = sign_placement(named, key)
            placements.append(HeldPlacement(device, version, serial, now, octets))
        self._store.placements.hold(tenant, placements)

    def _signed(self, target: str, policy: Policy, now: int, by: str) -> int:
        """Sign a policy for a target; the published one is for placed devices then."""
        roof = self._publisher.policy()
        within.require(roof.policy, policy, self.in_force())
        if roof.target is None:
            end = roof.not_after
            self._publisher.publish_policy(roof.policy, now, end, by, PUBLISHED)
        end = now + POLICY_DAYS * DAY
        return self._publisher.publish_policy(policy, now, end, by, target).version

    def _before(self, held: Binding, now: int, by: str) -> Binding:
        """Return the binding that follows one that is taken back; its policy signed.

        Raises:
            UsageError: there is nothing to go back to.
        """
        back = held.version if held.following else held.before
        if not back:
            msg = (
                f"{held.target} has had no other policy yet: bind one, or unbind "
                "this one"
            )
            raise UsageError(msg)
        version = self._signed(held.target, self.versions()[back].policy, now, by)
        return Binding(held.target, version, held.before if held.following else 0)

    def _take_away(self, held: Binding, now: int, by: str) -> None:
        after = replace(held, following=0, share=0, first="")
        self._line(after, "unbound", now, by)
        self._publisher.statements.unbind(self._publisher.tenant, held.target)

    def _keep(self, binding: Binding, change: str, now: int, by: str) -> None:
        self._line(binding, change, now, by)
        self._publisher.statements.bind(self._publisher.tenant, binding)

    def _line(self, binding: Binding, change: str, now: int, by: str) -> None:
        self._ledger.add(
            "policy-bound",
            {
                "by": by,
                "change": change,
                "target": binding.target,
                "version": binding.version,
                "following": binding.following,
                "share": binding.share,
                "first": binding.first,
            },
            now,
        )

    def _hand_out(self, now: int, by: str) -> None:
        with self._publisher.statements.publishing():
            self._publisher.publish_keys(self.classes(), now, by)
        self._publisher.hand_out()
        self.settle(now)

    def _devices(self) -> list[Device]:
        every = self._store.devices(self._publisher.tenant)
        return [one for one in every if one.state is DeviceState.ACTIVE]

    def _placements(self) -> Sequence[HeldPlacement]:
        return self._store.placements.every(self._publisher.tenant)

    def _bound(self, target: str) -> Binding:
        held = self.bindings.get(target)
        if held is None:
            msg = f"no policy is bound to {target}: policy status shows what is"
            raise UsageError(msg)
        return held

    def _staged(self, target: str) -> Binding:
        held = self._bound(target)
        if not held.following:
            msg = f"no policy is staged for {target}: policy stage begins one"
            raise UsageError(msg)
        return held

    def _free(self, target: str) -> Binding | None:
        """Return what is bound to a target to which something is to be bound.

        Raises:
            UsageError: a stage is under way, or tags of a device would conflict.
        """
        bindings = self.bindings
        held = bindings.get(target)
        if held is not None and held.following:
            msg = f"a stage of {target} is under way: advance it or roll it back first"
            raise UsageError(msg)
        after = {**bindings, target: Binding(target, 0)}
        for where in {device.spot for device in self._devices()}:
            candidates(after, where)
        return held
