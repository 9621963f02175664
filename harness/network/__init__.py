"""Requests to the real API: kept from leaving, or brought to the mock."""
