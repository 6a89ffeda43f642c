"""JAX on the CPU, in a Python that has it; see jax_worker.py."""

import re

from .numeric import NumPy
from .pytorch import Torch

# Statements are compiled as a whole. A view is nothing that JAX has, so those are left out.
VIEWS = ("reshape", "transpose", "slice")


class Jax(Torch):
    """The worker speaks as that of torch does."""

    name = "jax"
    script = "jax_worker.py"
    texts = {
        kind: re.sub(r"\bnp\.", "jnp.", text) for kind, text in NumPy.statements.items() if kind not in VIEWS
    }
