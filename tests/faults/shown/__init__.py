"""What a client sees of each fault, a file for each chapter of the catalogue."""
