"""Runs files of sqllogictest that other engines keep, and says why records fail."""
