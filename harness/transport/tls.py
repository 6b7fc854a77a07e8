"""TLS: always verified."""

from __future__ import annotations

import os
import ssl
from functools import cache

import certifi


@cache
def verified_context() -> ssl.SSLContext:
    """The context for every https and wss connection.

    It trusts the certificates of `SSL_CERT_FILE` or `SSL_CERT_DIR` where they are set, else those of certifi.
    """
    if os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context()
    return ssl.create_default_context(cafile=certifi.where())
