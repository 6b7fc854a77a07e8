"""`python -m reference_server`."""

import sys

if __name__ == "__main__":
    # Inside, so that the processes of the workshop, which import this module again, do not load a server with it.
    from reference_server.cli import main

    sys.exit(main())
