"""Tests of explorations and their reports."""
