"""Benchmarks of the desk: what is measured and against which floor stands in ``README.md``."""
