"""Load and soak: servers that are killed, crowds, long threads, many worlds, long hours.

`python -m tests.soak` runs them all and prints one table. A law that is broken is marked, and ends in exit
code 1.
"""
