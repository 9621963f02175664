"""Where two targets answer the same scenarios differently."""
