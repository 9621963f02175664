"""Benchmarks anyone can run: `make bench`. One file per benchmark in `measures/`, one table at the end."""
