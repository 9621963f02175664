"""Six ways to ask an assistant something."""


class Unavailable(Exception):  # noqa: N818
    """There is no answer now; what the user may be told stands in it."""
