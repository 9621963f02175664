"""Scenario files: their format, their mistakes, their schema."""
