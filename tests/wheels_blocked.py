# SPDX-License-Identifier: Apache-2.0
"""A plugin of pytest: some libraries are not there, as where no wheel of them is.

Rules: loaded before any code of ours (`-p wheels_blocked`), so that whoever asks for a
library finds what a system without it has.
Not here: which tests are run so (`tests/contract/test_stand_in_engines.py`).
"""

import os
import sys

BLOCKED = "DISCREET_BLOCKED"
"""Names of libraries, with commas between them."""

for name in filter(None, os.environ.get(BLOCKED, "").split(",")):
    sys.modules[name] = None  # type: ignore[assignment]  # "is not there"
