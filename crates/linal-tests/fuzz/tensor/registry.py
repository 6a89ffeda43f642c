"""The operations that are tried: each takes operands and gives an expression with its value."""

OPERATIONS = []


def operation(weight=1.0):
    """Registers `make(g) -> Value or None`; None where the operands that were picked do not suit."""

    def register(make):
        OPERATIONS.append((weight, make))
        return make

    return register
