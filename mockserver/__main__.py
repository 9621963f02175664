"""`python -m mockserver` is `assistants-mock serve`."""

from mockserver.serve import serve

serve(prog_name="python -m mockserver")
