"""`python -m reference_server`."""

import sys

if __name__ == "__main__":
    # Inside, so that the processes of the workshop, which import this module again, do not load a server with it.
    try:
        from reference_server.cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # before there is a server that could be told to end
        sys.exit(130)
