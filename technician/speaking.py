# SPDX-License-Identifier: Apache-2.0
"""What the pages say, in the language of who reads them.

Rules: a page has no text of its own; a language lacks nothing that another has.
Not here: the pages (`page.py`), sentences of the catalogue and of refusals
(`policies/saying.py`).
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from policies.saying import LANGUAGES, Speech, speech_of


@cache
def speeches() -> Mapping[str, Speech]:
    """Return all languages, by their two letters."""
    folder = files("technician").joinpath("words")
    return {one: speech_of(folder, one) for one in LANGUAGES}
