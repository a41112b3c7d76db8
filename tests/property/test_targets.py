# SPDX-License-Identifier: Apache-2.0
"""Which policy a device obeys, whatever is bound where, against a model of its own.

Rules: bindings, sites and tags are drawn; the model says it as the documents do.
Not here: signing and placing (`tests/unit/server/test_rollout.py`).
"""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from server.store.interface import Spot
from server.targets import Binding, ConflictError, hundredth, obeyed

NAMES = ("a", "b", "c")
TARGETS = ("tenant", *(f"{kind}:{name}" for kind in ("site", "tag") for name in NAMES))
SPOTS = st.builds(
    Spot,
    st.sampled_from(("", *NAMES)),
    st.sets(st.sampled_from(NAMES)).map(lambda tags: tuple(sorted(tags))),
)
DEVICES = st.binary(min_size=16, max_size=16)


@st.composite
def bound(draw: st.DrawFn) -> dict[str, Binding]:
    """Return bindings of some targets; each policy has a version of its own."""
    found = {}
    for number, target in enumerate(draw(st.sets(st.sampled_from(TARGETS))), 1):
        share = draw(st.integers(0, 100))
        first = draw(st.sampled_from(("", *NAMES)))
        staged = draw(st.booleans())
        version = draw(st.sampled_from((0, 10 * number))) if staged else 10 * number
        following = 10 * number + 1 if staged else 0
        found[target] = Binding(target, version, 0, following, share, first)
    return found


def model(bindings: dict[str, Binding], device: bytes, where: Spot) -> int | None:
    """Return what the documents say: tag, else site, else tenant, else published."""
    tags = [f"tag:{tag}" for tag in where.tags if f"tag:{tag}" in bindings]
    if len(tags) > 1:
        return None
    for target in [*tags, f"site:{where.site}", "tenant"]:
        one = bindings.get(target)
        if one is None:
            continue
        drawn = b"discreet/1/stage\x00" + one.following.to_bytes(8, "big") + device
        place = int.from_bytes(hashlib.sha256(drawn).digest()[:8], "big") % 100
        early = one.first != "" and one.first in where.tags
        if one.following and (early or place < one.share):
            return one.following
        if one.version:
            return one.version
    return 0


@given(bound(), DEVICES, SPOTS)
def test_the_most_particular_binding_wins(
    bindings: dict[str, Binding], device: bytes, where: Spot
) -> None:
    """A device obeys its tag's policy, else its site's, the tenant's, the published."""
    try:
        found: int | None = obeyed(bindings, device, where)
    except ConflictError:
        found = None
    assert found == model(bindings, device, where)


@given(DEVICES, SPOTS, st.integers(1, 99), st.integers(1, 99))
def test_a_stage_that_grows_takes_nobody_out(
    device: bytes, where: Spot, share: int, more: int
) -> None:
    """Who obeys the new policy at a share obeys it at each larger one."""
    small, large = sorted((share, more))

    def at(share: int) -> int:
        return obeyed({"tenant": Binding("tenant", 3, 0, 4, share)}, device, where)

    assert at(0) == 3
    assert at(100) == 4
    assert at(small) <= at(large)


def test_a_share_is_about_its_part_of_the_devices() -> None:
    """Of 10,000 devices a share of ten has a tenth, and each version draws anew."""
    devices = [number.to_bytes(16, "big") for number in range(10_000)]
    first, second = (
        {one for one in devices if hundredth(Binding("tenant", 1, 0, number), one) < 10}
        for number in (7, 8)
    )
    assert 900 < len(first) < 1_100
    assert len(first & second) < 200
