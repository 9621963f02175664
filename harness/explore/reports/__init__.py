"""The formats explorations are reported in, one a file."""
