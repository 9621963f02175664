"""Clients that break a rule and clients that keep it, each through the real SDK."""
