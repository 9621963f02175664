"""The pytest plugin beside the pytests, plugins and SDKs of its users, each set in an environment of its own.

`run` is the runner (`make test-matrix`), `environments` says what stands in each, `suite/` is what they run:
tests as users of the plugin write them. `bare` is the wheel in an environment with next to nothing.
"""
