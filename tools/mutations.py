# SPDX-License-Identifier: Apache-2.0
"""Small wrong changes of a module's source, one at a time.

Rules: a change is made in the syntax tree, so that it always compiles; what is data
(examples, patterns, texts, sets of words) and what only types see stays as it is.
Not here: running tests on them (`mutants.py`).
"""

import ast
import copy
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import count, islice

EXAMPLES = frozenset({"NAME", "CLASS", "HITS", "MISSES", "WORST", "__all__"})
"""Names whose values are examples, not rules."""

_SHOWN = 60
"""Letters of a change that are told."""
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}


@dataclass(frozen=True)
class Mutation:
    """One change.

    Attributes:
        line: where it is.
        what: what became what.
        tree: the whole module with it.
    """

    line: int
    what: str
    tree: ast.Module


def how_many(source: str) -> int:
    """Return how many changes a module has.

    Args:
        source: of the module.
    """
    return sum(1 for node in _live(ast.parse(source)) for _ in _changes(node))


def mutations(source: str, wanted: Container[int]) -> Iterator[Mutation]:
    """Yield changes of a module, in the order of its text.

    Args:
        source: of the module.
        wanted: numbers of the changes, from 0: each takes a copy of the tree.
    """
    tree = ast.parse(source)
    numbers = count()
    for at, node in enumerate(_live(tree)):
        for kind, (before, after) in enumerate(_changes(node)):
            if next(numbers) not in wanted:
                continue
            changed = copy.deepcopy(tree)
            place = next(islice(_live(changed), at, None))
            _, new = list(_changes(place))[kind]
            _Put(place, new).visit(changed)
            line = getattr(node, "lineno", 0)
            yield Mutation(
                line,
                f"{_shown(before)} -> {_shown(after)}",
                ast.fix_missing_locations(changed),
            )


def _live(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that decide something."""
    types = getattr(tree, "annotation", None), getattr(tree, "returns", None)
    for child in ast.iter_child_nodes(tree):
        if child in types or _is_inert(child):
            continue
        yield child
        yield from _live(child)


def _is_inert(node: ast.AST) -> bool:
    """Tell whether a node is a text, an example or a type."""
    if isinstance(node, ast.Import | ast.ImportFrom | ast.arguments | ast.JoinedStr):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assign):
        return any(
            isinstance(name, ast.Name)
            and (name.id in EXAMPLES or name.id == name.id.title().replace("_", ""))
            for name in node.targets
        )
    return False


def _changes(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST | None]]:
    """Yield (what stands there, what to put there); None takes a statement away."""
    if isinstance(node, ast.Compare):
        other = _COMPARISONS[type(node.ops[0])]
        yield node, ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.BoolOp):
        other_word = ast.And if isinstance(node.op, ast.Or) else ast.Or
        yield node, ast.BoolOp(other_word(), node.values)
        yield node, node.values[0]
        yield node, node.values[-1]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        yield node, ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Slice):
        if node.lower is not None:
            yield node, ast.Slice(None, node.upper, node.step)
        if node.upper is not None:
            yield node, ast.Slice(node.lower, None, node.step)
    else:
        yield from _statements(node)


def _constants(node: ast.Constant) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node.value, bool):
        yield node, ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield node, ast.Constant(node.value + 1)


def _statements(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST | None]]:
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        for value in (True, False):
            if not (value and isinstance(node, ast.While)):
                changed = copy.copy(node)
                changed.test = ast.Constant(value)
                yield node, changed
    elif isinstance(node, ast.Return) and node.value is not None:
        given = node.value
        kept = given.elts if isinstance(given, ast.Tuple) else [given]
        if kept and not isinstance(given, ast.Constant):
            yield node, ast.Return(ast.Tuple([], ast.Load()))
    elif isinstance(node, ast.Expr | ast.AugAssign | ast.Raise):
        yield node, None
    elif isinstance(node, ast.Continue):
        yield node, ast.Break()
    elif isinstance(node, ast.Break):
        yield node, ast.Continue()


def _shown(node: ast.AST | None) -> str:
    if node is None:
        return "nothing"
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    first = text.partition("\n")[0]
    return first if len(first) < _SHOWN else f"{first[: _SHOWN - 3]}..."


class _Put(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, place: ast.AST, new: ast.AST | None) -> None:
        self._place = place
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace the node, or look below it."""
        if node is self._place:
            return ast.Pass() if self._new is None else self._new
        return self.generic_visit(node)
