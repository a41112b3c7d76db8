# SPDX-License-Identifier: Apache-2.0
"""What ships with the product: the preset policies and the catalogue.

Rules: files are read when asked for, from a folder or a zip alike.
Not here: compiling them (`wire/policy_source.py`), making the catalogue
(`tools/gen.py`).
"""

from importlib.resources import files

from wire.catalogue import Catalogue
from wire.catalogue_file import parse_catalogue
from wire.errors import PolicyError

PRESETS = ("minimal", "standard", "full")
"""From least to most."""


def preset(name: str) -> bytes:
    """Return the TOML of a preset.

    Raises:
        PolicyError: there is none of that name.
    """
    if name not in PRESETS:
        msg = f"no such preset; use one of {', '.join(PRESETS)}"
        raise PolicyError(msg)
    return files(__name__).joinpath(f"{name}.toml").read_bytes()


def catalogue() -> Catalogue:
    """Return the shipped catalogue: all that this release can collect.

    Raises:
        CatalogueError: the shipped file is damaged.
    """
    return parse_catalogue(files(__name__).joinpath("catalogue.json").read_bytes())


def alert_rules() -> bytes:
    """Return the TOML of the rules of alerts that ship."""
    return files(__name__).joinpath("alerts.toml").read_bytes()
