"""What is released, looked at from outside: built, and installed beside nothing else (`make packaging`)."""
