"""What `harness export` does: what other tools need to know, printed."""

from __future__ import annotations

import json
import sys

from harness.contract.editing import language_schema


def export_schema() -> int:
    """`harness export schema`; returns the exit status."""
    sys.stdout.write(schema_text())
    return 0


def schema_text() -> str:
    """The JSON Schema of the contract language, as the file has it that lies beside the bundled contracts."""
    return json.dumps(language_schema(), indent=1, ensure_ascii=False) + "\n"
