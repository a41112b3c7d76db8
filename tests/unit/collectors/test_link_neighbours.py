# SPDX-License-Identifier: Apache-2.0
"""Link neighbours: what of a switch's words may leave.

Not here: what its frames say (`tests/unit/sidecar/test_neighbour_frames.py`).
"""

from agent.collectors.link_neighbours import DATASET
from agent.sidecar.neighbour_frames import COLUMNS
from wire.catalogue import Sensitivity, ValueType


def test_no_word_of_a_switch_is_taken_for_harmless() -> None:
    """A switch's names are people's: "desk of Ada" may be a port's, so none is kept."""
    words = {
        column.name: column.sensitivity
        for column in DATASET.columns
        if column.name in COLUMNS - {"protocol"} and column.type is ValueType.TEXT
    }
    assert words == {
        "chassis_id": Sensitivity.DIRECT,
        "port_id": Sensitivity.FREE_TEXT,
        "port_description": Sensitivity.FREE_TEXT,
        "system_name": Sensitivity.DIRECT,
        "system_description": Sensitivity.FREE_TEXT,
        "management_address": Sensitivity.DIRECT,
    }
