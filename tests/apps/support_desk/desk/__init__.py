"""A support desk that answers customers with the Assistants API."""
