"""`python -m harness` and the commands `harness` and `after202`: the command line."""

INTERRUPTED = 130


def main() -> None:
    """Run the command line; Ctrl-C while it is still being imported ends it as quietly as later."""
    try:
        from harness.cli import main as command_line  # inside, for most of the start is spent here

        command_line()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


if __name__ == "__main__":
    main()
