# SPDX-License-Identifier: Apache-2.0
"""Writes the vectors, or tells which are not what it makes.

Rules: the same code gives the same files; what HPKE or zstd made is kept once made,
verified on each run and made anew only with `--new`; a vector that `wire` does not
judge as named is an error here already.
Not here: the vectors of each kind (`families_*.py`).

Run it as `python -m tests.vectors.generate [--check] [--new]`.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.vectors import (
    families_blocks,
    families_evidence,
    families_extracts,
    families_laws,
    families_names,
    families_orders,
    families_papers,
    families_plain,
    families_proofs,
    families_pseudonyms,
    families_releases,
    families_remainders,
    families_resolved,
    families_sealed,
    families_sent,
    families_trust,
)
from tests.vectors.first_opener import judge

HERE = Path(__file__).resolve().parent
_HEAD = "by tests/vectors/generate.py from docs/spec/wire.md; do not edit"
Family = list[dict[str, object]]
Keep = Callable[[str, Callable[[], bytes]], bytes]


def files(keep: Keep) -> dict[str, Family]:
    """Return all vectors by file name."""
    found: dict[str, Family] = {}
    for module in (
        families_plain,
        families_names,
        families_pseudonyms,
        families_sealed,
        families_trust,
        families_sent,
        families_blocks,
        families_papers,
        families_extracts,
        families_laws,
        families_remainders,
        families_releases,
        families_resolved,
        families_evidence,
        families_orders,
        families_proofs,
    ):
        for name, family in module.families(keep).items():
            found[name] = [_judged(vector) for vector in family]
    return found


def _judged(vector: dict[str, object]) -> dict[str, object]:
    """Add what `wire` reads; refuse a vector that it does not judge as named.

    Raises:
        SystemExit: the verdict is another.
    """
    code, content = judge(vector)
    if code != vector["expect"]:
        msg = f"{vector['name']}: named {vector['expect']}, judged {code}"
        raise SystemExit(msg)
    return vector if content is None else vector | {"content": content}


def text(family: Family) -> str:
    """Return the file of a family: one vector a line, so that diffs are short."""
    lines = ",\n".join(json.dumps(vector, ensure_ascii=True) for vector in family)
    return f'{{"generated": "{_HEAD}",\n"vectors": [\n{lines}\n]}}\n'


def read(path: Path) -> Family:
    """Return the vectors of a file."""
    family: Family = json.loads(path.read_text("ascii"))["vectors"]
    return family


def paths() -> list[Path]:
    """Return the files of vectors."""
    return sorted(HERE.glob("*.json"))


def keeper(path: Path, *, new: bool) -> tuple[Keep, dict[str, str]]:
    """Return what keeps the bytes that cannot be made twice, and its content."""
    kept: dict[str, str] = {}
    before: dict[str, str] = {}
    if path.exists() and not new:
        before = json.loads(path.read_text("ascii"))["kept"]

    def keep(name: str, make: Callable[[], bytes]) -> bytes:
        kept[name] = before[name] if name in before else make().hex()
        return bytes.fromhex(kept[name])

    return keep, kept


def wanted(*, new: bool = False) -> dict[Path, str]:
    """Return the text of each file as it should be."""
    store = HERE / "kept" / "kept.json"
    keep, kept = keeper(store, new=new)
    found = {
        HERE / f"{name}.json": text(family) for name, family in files(keep).items()
    }
    content = json.dumps(kept, indent=0)
    found[store] = f'{{"generated": "{_HEAD}",\n"kept": {content}}}\n'
    return found


def stale(found: dict[Path, str]) -> Iterator[str]:
    """Yield the name of each file that is missing, different or not ours."""
    for path, content in found.items():
        if not path.exists() or path.read_text("ascii") != content:
            yield path.name
    yield from (path.name for path in paths() if path not in found)


def main(arguments: Sequence[str]) -> int:
    """Write the files or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--new", action="store_true", help="make new sealed bytes")
    chosen = parser.parse_args(arguments)
    found = wanted(new=chosen.new)
    if chosen.check:
        names = list(stale(found))
        sys.stdout.writelines(f"{name} is stale\n" for name in names)
        return 1 if names else 0
    for path, content in found.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
