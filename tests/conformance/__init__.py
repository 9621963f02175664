"""Conformance: the SDKs' own suites, the description, and generated requests against the mock."""
