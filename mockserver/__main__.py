"""`python -m mockserver` is `assistants-mock serve`; with a command it is `assistants-mock`."""

import sys

from mockserver.serve import main, serve

if sys.argv[1:] and sys.argv[1] in main.commands:
    main(prog_name="python -m mockserver")
else:
    serve(prog_name="python -m mockserver")
