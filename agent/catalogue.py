# SPDX-License-Identifier: Apache-2.0
"""All that is declared: what passes read, and what only an order reads.

Rules: one catalogue for the policy, the plan and the generated pages.
Not here: the declarations (`agent/collectors`, `agent/diagnostics`).
"""

from functools import cache

from agent.collectors import collectors
from agent.diagnostics import sources
from wire.catalogue import Catalogue, build


@cache
def declared() -> Catalogue:
    """Return the catalogue of all declared datasets.

    Raises:
        CatalogueError: a declaration breaks a rule.
    """
    read = [item.dataset for item in collectors().values()]
    return build([*read, *(item.dataset for item in sources().values())])
