"""The pytest plugin: what tests ask for, the worlds they get, and scenario files as tests."""
