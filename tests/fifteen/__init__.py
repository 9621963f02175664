"""The fifteen documented errors, each met by a client as people wrote them and by one that survives."""
