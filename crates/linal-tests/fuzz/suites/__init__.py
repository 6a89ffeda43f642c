"""Runs sqllogictest files of other engines, and classifies the failures."""
