"""The faults, a file for each family. Every module here is found by itself."""
