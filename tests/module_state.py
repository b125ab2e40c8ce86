"""Finds what a module keeps and changes between calls, in its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

# Methods that change what they are called on.
CHANGES = frozenset(
    "__setitem__ acquire add append appendleft clear discard extend extendleft fill insert "
    "intersection_update move_to_end pop popitem popleft put remove reverse setdefault "
    "shuffle sort subtract symmetric_difference_update update".split()
)
# Classes whose objects are there to be changed.
STATEFUL = frozenset(
    "BoundedSemaphore Condition Event Lock Queue RLock Random RandomState Semaphore SimpleQueue "
    "WeakKeyDictionary WeakSet WeakValueDictionary count cycle default_rng iter local open".split()
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def state(text: str, package: str = "muoquark") -> list[str]:
    """Return the faults of a module's text, each as ``line: what``.

    ``global``; locks, counters, random generators and the like at the top of a module or a class;
    changes of a name of this or another module of the package, or of a class by its methods; a
    cache without bound of a function with arguments.
    """
    tree = ast.parse(text)
    own = bound(tree)
    for node in ast.walk(tree):  # also inside of functions
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package:
            own |= {alias.asname or alias.name for alias in node.names}
    found = [*changed(tree, own, frozenset()), *kept(tree)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            found.append((node.lineno, f"global {', '.join(node.names)}"))
        if isinstance(node, FUNCTIONS[:2]):
            found += [(node.lineno, f"cache of {node.name} without bound") for _ in unbounded(node)]
    return [f"{line}: {what}" for line, what in sorted(set(found))]


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one that are not in a function of their own; the functions, too."""
    todo = [*ast.iter_child_nodes(node)]
    while todo:
        child = todo.pop()
        yield child
        if not isinstance(child, FUNCTIONS):
            todo += ast.iter_child_nodes(child)


def bound(node: ast.AST) -> set[str]:
    """Names that a module or a function binds; a class inside binds its own, but who cares."""
    names = set()
    for child in inside(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            names.add(child.id)
        elif isinstance(child, (*FUNCTIONS[:2], ast.ClassDef)):
            names.add(child.name)
        elif isinstance(child, ast.arg):
            names.add(child.arg)
        elif isinstance(child, ast.ExceptHandler) and child.name:
            names.add(child.name)
    return names


def base(node: ast.AST) -> str | None:
    """The name that ``name.a[b].c`` begins with; None for a bare name or something else."""
    first = node
    while isinstance(first, ast.Subscript | ast.Attribute):
        first = first.value
    return first.id if isinstance(first, ast.Name) and first is not node else None


def targets(node: ast.AST) -> Iterator[ast.AST]:
    """What a statement writes to."""
    if isinstance(node, ast.Assign | ast.Delete):
        for target in node.targets:
            yield from target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For):
        yield node.target


def changed(node: ast.AST, own: set[str], shadow: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Changes of names in `own` that no function between hides."""
    for child in inside(node):
        if isinstance(child, FUNCTIONS):
            yield from changed(child, own, shadow | (bound(child) - declared(child)))
        written = [base(target) for target in targets(child)]
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
            written += [base(child.func)] if child.func.attr in CHANGES else []
        for name in written:
            if (name in own and name not in shadow) or (name == "cls" and name in shadow):
                yield child.lineno, f"changes {name}"


def declared(node: ast.AST) -> set[str]:
    """Names that a function declares to be global."""
    return {name for child in inside(node) if isinstance(child, ast.Global) for name in child.names}


def kept(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Objects of stateful classes made at the top of a module or of a class."""
    for child in inside(node):
        if isinstance(child, ast.Assign | ast.AnnAssign) and isinstance(child.value, ast.Call):
            function = child.value.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            name = function.id if isinstance(function, ast.Name) else name
            if name in STATEFUL:
                yield child.lineno, f"keeps a {name}"


def unbounded(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Decorators that keep a result for every argument there ever was."""
    arguments = node.args
    if not (arguments.args or arguments.posonlyargs or arguments.kwonlyargs
            or arguments.vararg or arguments.kwarg):  # fmt: skip
        return
    for decorator in node.decorator_list:
        text = ast.unparse(decorator)
        if (
            text in ("cache", "functools.cache")
            or "maxsize=None" in text
            or text.endswith("(None)")
        ):
            yield decorator
