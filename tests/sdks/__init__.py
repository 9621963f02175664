"""The project against the real SDKs, each in an environment of its own, over a socket.

`run` is the runner (`make test-sdks`), `environments` sets the SDKs up, `program.py` and `program.mjs` are
what each of them runs. The Python checks also run in the test suite, with its own SDK: `tests/test_sdk.py`.
"""
