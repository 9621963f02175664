"""Tests of experiments that somebody has written."""
