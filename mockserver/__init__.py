"""A local server that speaks the OpenAI Assistants API v2."""

from importlib.metadata import version

__version__ = version("assistants-mock")
