"""Reference values by family of functions."""
