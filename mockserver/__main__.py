"""`python -m mockserver` is `assistants-mock serve`; with a command it is `assistants-mock`."""

import sys

from mockserver.serve import main, serve

if sys.argv[1:] and not sys.argv[1].startswith("-"):
    main(prog_name="python -m mockserver")
else:
    serve(prog_name="python -m mockserver")
