"""Failures on demand: what a fault is, how it is written, where it is armed, and the catalogue of all."""
