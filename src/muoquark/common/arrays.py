"""Arrays of numpy or of JAX: the one place that says how a function serves both.

* A function that is given arrays alone takes from them which library they are of:
  ``xp = namespace(x)``.  The matching and the tensors of the Warsaw basis do.
* A function that may also be given numbers, lists or constants of numpy, from which nothing can
  be told, takes the library as its *last* argument, ``xp=np``, and is called with ``jax.numpy``
  where its results are to be traced.  Internal functions may leave the default out, so that none
  forgets to hand it on (``tests/test_package.py`` checks both).
* Shapes are written in the types (``Complex[Any, "3 3"]``, jaxtyping): the element type, then one
  word for each axis, a number or a name.  The test run checks them at every call of the numeric
  rooms (``tests/conftest.py``); outside of it they cost nothing.
* Results are those of double precision.  JAX computes with half of the digits unless told
  otherwise: whoever compiles or calls a JAX program does so within :func:`double_precision`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from jaxtyping import Complex, Float, Inexact, Num

__all__ = [
    "Array",
    "ComplexMatrix3",
    "Components",
    "Matrix3",
    "Scalar",
    "Tensor4",
    "double_precision",
    "namespace",
]

#: An array of numpy or JAX, or a number that takes part in its arithmetic.
Array = Any

#: A matrix in flavour space.  Real ones are among them, such as the unit matrix.
Matrix3 = Inexact[Any, "3 3"]
#: A matrix of couplings: complex also where its entries happen to be real.
ComplexMatrix3 = Complex[Any, "3 3"]
#: The tensor C[p, r, s, t] of a four-fermion operator.
Tensor4 = Inexact[Any, "3 3 3 3"]
#: Real numbers, one for each component that a list of names gives.
Components = Float[Any, " components"]

if TYPE_CHECKING:
    #: A number, of Python or as an array without axes.
    Scalar = Any
else:
    Scalar = int | float | complex | Num[Any, ""]


def namespace(*arrays: Array) -> Any:
    """Return the library of arrays: ``jax.numpy`` if one is of JAX or traced, else ``numpy``.

    Examples
    --------
    >>> import numpy as np
    >>> namespace(np.eye(2), 1.0) is np
    True
    """
    if any(type(x).__module__.split(".")[0] in ("jax", "jaxlib") for x in arrays):
        import jax.numpy

        return jax.numpy
    import numpy

    return numpy


def double_precision() -> AbstractContextManager[Any]:
    """Return a context in which JAX computes with 64 bits, and which leaves no trace behind."""
    import jax

    switch: AbstractContextManager[Any] = jax.enable_x64(True)
    return switch
