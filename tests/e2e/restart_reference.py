"""Restarts the reference server as somebody's own command would: `python restart_reference.py PORT FOLDER [options]`.

The server that the folder knows of is killed; a new one is started on the port, with its data in the folder, and left
behind. Its process id is in `FOLDER/pid`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path


def main() -> None:
    port, folder, *options = sys.argv[1:]
    kept = Path(folder) / "pid"
    end(kept)
    command = [sys.executable, "-m", "reference_server", "--port", port, "--data", folder, *options]
    with (Path(folder) / "log").open("a", encoding="utf-8") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, start_new_session=True, text=True)
    kept.write_text(str(server.pid), encoding="utf-8")
    assert server.stdout is not None
    print(server.stdout.readline())  # noqa: T201 - "listening on ...": what the harness must keep off its own output


def end(kept: Path) -> None:
    """Kill the server whose process id is kept there, if there is one."""
    if kept.exists():
        with suppress(ProcessLookupError):
            os.kill(int(kept.read_text(encoding="utf-8")), signal.SIGKILL)


if __name__ == "__main__":
    main()
