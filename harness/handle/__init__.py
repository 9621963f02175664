"""The handle of a world: replies and faults are scripted, time is moved, and what happened is read."""
