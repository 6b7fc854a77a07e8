"""TLS: always verified."""

from __future__ import annotations

import os
import ssl
from functools import cache
from typing import TYPE_CHECKING

import certifi

from harness.errors import HarnessError

if TYPE_CHECKING:
    from pathlib import Path


@cache
def verified_context(ca: Path | None = None) -> ssl.SSLContext:
    """The context for every https and wss connection.

    It trusts the certificates of the PEM file `ca` if there is one, else those of `SSL_CERT_FILE` or `SSL_CERT_DIR`
    where they are set, else those of certifi.

    Raises:
        HarnessError: `ca` cannot be read, or has no certificate.
    """
    if ca is not None:
        return _trusting(ca)
    if os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context()
    return ssl.create_default_context(cafile=certifi.where())


def _trusting(ca: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca))
    except ssl.SSLError as error:  # which is an OSError too
        pem = "it must be PEM, from -----BEGIN CERTIFICATE----- on"
        raise HarnessError(f"ca: {ca} holds no certificate that can be used; {pem}") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise HarnessError(f"ca: {ca} cannot be read: {getattr(error, 'strerror', None) or error}") from error
