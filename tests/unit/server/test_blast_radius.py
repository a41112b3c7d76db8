# SPDX-License-Identifier: Apache-2.0
"""A key that is lost exposes its own epoch, and the incident query says all of it.

Rules: every key of a real store of two tenants is lost once.
Not here: the figures themselves (`tests/blast_radius.py`, which prints them).
"""

from pathlib import Path

import pytest
from blast_radius import figures, losses

pytestmark = pytest.mark.slow


def test_a_lost_key_exposes_its_own_epoch_alone(tmp_path: Path) -> None:
    """Each of 36 keys opens all of its tenant, purpose, class and epoch, no more."""
    found, envelopes = losses(tmp_path)
    assert len({one.place for one in found}) == 36
    assert [one.place for one in found if one.opened != one.own] == []
    assert {len(one.opened) for one in found} == {3}
    assert figures(found, envelopes).startswith(
        "36 keys, each tried on 108 envelopes: 108 open with the key of their own "
        "tenant, purpose, class and epoch, 0 do not, 0 open with another"
    )


def test_the_incident_query_names_what_a_lost_key_exposes(tmp_path: Path) -> None:
    """Of each lost key the query names every device that it exposes, and no other."""
    found, _ = losses(tmp_path)
    assert [one.place for one in found if not one.told] == []
