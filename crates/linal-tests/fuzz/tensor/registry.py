"""The registry of operations: each takes operands and returns an expression with its value."""

OPERATIONS = []


def operation(weight=1.0):
    """Registers `make(g) -> Value or None`; None when the chosen operands do not fit."""

    def register(make):
        OPERATIONS.append((weight, make))
        return make

    return register
