"""One file per API resource; each registers its operations by decorator."""
