"""Commands that the harness adds to `assistants-mock`; each is imported only when it is called."""
