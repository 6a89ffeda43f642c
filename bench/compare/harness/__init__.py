"""The comparison of linal with its peers; see run.py."""
