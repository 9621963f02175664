"""What a step of a scenario can do: one file per verb."""
