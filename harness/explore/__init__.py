"""Exploring: a passing test again, once for each fault at each of its calls, and what came of it."""
