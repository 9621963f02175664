"""What came of scenarios, written for people and programs: one file per format.

A format is a function from the report's document (`document.py`) to text, made known by `@report`.
"""
