"""Random queries, whose answers are compared with those of other engines and with each other."""
