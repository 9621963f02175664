"""What must hold on the server after a program has met a fault, one file a check."""
