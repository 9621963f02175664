"""`python -m bench.unfaulted LOOP [OPTION]...`: the mock server without what every request pays for faults.

The request handler is compiled anew from its own source, without the lines that look for faults, for rate
limits and for clients that come back after a wait. So what is compared is the server as it is, and not a copy
that is forgotten when it changes.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable
from functools import partial
from typing import Any

if sys.argv[1] == "asyncio":
    sys.modules["uvloop"] = None  # type: ignore[assignment]  # importing it fails then, as if it were not there

from mockserver import answering, http
from mockserver.faulted import HEADER
from mockserver.serve import serve


class _Without(ast.NodeTransformer):
    """Leaves out the statements at hand that mention one of these names."""

    def __init__(self, *names: str) -> None:
        self._names = set(names)
        self.left_out = 0

    def _keep(self, node: ast.stmt, mentioned: ast.expr) -> ast.AST | None:
        names = {inner.id for inner in ast.walk(mentioned) if isinstance(inner, ast.Name)}
        names |= {inner.attr for inner in ast.walk(mentioned) if isinstance(inner, ast.Attribute)}
        if names & self._names:
            self.left_out += 1
            return None
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        """Whole, by what is asked."""
        return self._keep(node, node.test)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        """By what is set."""
        return self._keep(node, node.targets[0])

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """By what is called."""
        return self._keep(node, node.value.func if isinstance(node.value, ast.Call) else node.value)


def without(function: Callable[..., Any], *names: str) -> Any:
    """The same function without the statements that ask for, or set, one of these names."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    cut = _Without(*names)
    cut.visit(tree)
    if cut.left_out < len(names):
        raise RuntimeError(f"{function.__qualname__} does not look for faults where it did: {names}")
    made: dict[str, Any] = {}
    exec(compile(tree, inspect.getfile(function), "exec"), vars(sys.modules[function.__module__]), made)
    return made[function.__name__]


http.Api._answer = without(http.Api._answer, "acting", "HEADER", "returns")  # type: ignore[method-assign]
answering._checked = without(answering._checked, "ready")
# What asks for rate limits stands before it.
http.answer = partial(answering._answer, ready=answering._go_on)  # type: ignore[attr-defined]
http._READ.discard(HEADER)

serve(["--port", "0", *sys.argv[2:]], prog_name="python -m bench.unfaulted")
