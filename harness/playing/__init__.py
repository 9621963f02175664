"""Scenarios at work: steps played through the real SDK, what came held against what was expected."""
