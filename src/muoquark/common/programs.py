"""How functions become programs: what JAX's compiler is told.

A likelihood is thousands of small operations.  The newer of XLA's two ways to make loops of them,
and the last of LLVM's optimisations, take more than half of the time to compile, and half of the
memory, and make values and gradients no faster (docs/benchmarks.md): most of the work is copying
rows and multiplying matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from muoquark.common import kept

__all__ = ["compiled", "traced"]

QUICK = {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": 1}
# Eigen shares a matrix product among as many threads as there are cores and adds up the parts.
ONE_THREAD = {"xla_cpu_multi_thread_eigen": False}


def compiled(
    function: Callable[..., Any], *, lasting: bool = False, one_thread: bool = False
) -> Any:
    """Return a function as ``jax.jit`` does; it is compiled when it is called first.

    Parameters
    ----------
    lasting
        Whether it will run for so long that the compiler should take its time.
    one_thread
        Whether the last bits must not depend on the number of cores.

    Examples
    --------
    >>> float(compiled(lambda x: x + 1)(1.0))
    2.0
    """
    import jax

    options = {**({} if lasting else _known()), **(ONE_THREAD if one_thread else {})}
    return jax.jit(function, compiler_options=options)


def traced(function: Callable[..., Any], shapes: Sequence[Any], key: str) -> Callable[..., Any]:
    """Return a function as JAX sees it, from the cache folder if another process traced it.

    Parameters
    ----------
    function
        Of arrays, which are all that it depends on beside the key.
    shapes
        Of its arguments, ``jax.ShapeDtypeStruct`` each.
    key
        What the function depends on, beside the code (:func:`muoquark.common.kept.code`).
    """
    import jax
    import numpy as np
    from jax import export

    libraries = jax.__version__, version("jaxlib"), np.__version__, jax.default_backend()
    key = "\n".join([key, *map(str, shapes), *libraries, kept.code()])
    stored = kept.find(key)
    # What cannot be stored, or read (without the library flatbuffers), is traced by whoever calls.
    try:
        if stored is None:
            made = export.export(jax.jit(function))(*shapes)
            stored = bytes(made.serialize())
            kept.keep(key, stored)
        found: Callable[..., Any] = export.deserialize(bytearray(stored)).call
    except (ImportError, NotImplementedError, ValueError):
        return function
    return found


@lru_cache(maxsize=1)
def _known() -> dict[str, Any]:
    """Return those of :data:`QUICK` that this version of XLA has: it refuses others."""
    return {name: value for name, value in QUICK.items() if _is_known(name, value)}


def _is_known(name: str, value: Any) -> bool:
    import jax

    try:
        jax.jit(lambda x: x, compiler_options={name: value})(0.0)
    except jax.errors.JaxRuntimeError:
        return False
    return True
