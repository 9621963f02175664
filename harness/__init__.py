"""Tools for tests that talk to a mock server or to a real endpoint."""
