"""What the default responder makes up: words of a message, values that satisfy a schema, fitting tools."""
