"""The parts of the page that shows an exploration to people."""
