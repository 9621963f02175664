"""Experiments that somebody has written: tests, faults, seeds, and what may come of them."""
