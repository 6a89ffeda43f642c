"""Random tensor expressions, whose values are compared with those of NumPy and SciPy."""
