"""Certificates for HTTP and gRPC: loaded at the start, and again when the configuration is read again."""

import ssl
from pathlib import Path
from typing import NoReturn

from gemledger_collector.errors import ConfigError
from gemledger_collector.tls_config import TlsConfig

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def server_context(tls: TlsConfig, setting: str) -> ssl.SSLContext:
    """What encrypts an HTTP server. ``setting`` is where it is configured. Raises ConfigError, which names the file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[tls.min_version]
    context.set_alpn_protocols(["http/1.1"])
    load_certificate(context, tls, setting)
    if tls.client_ca_file is not None:
        _require_file(tls.client_ca_file, f"{setting}.client_ca_file")
        try:
            context.load_verify_locations(tls.client_ca_file)
        except ssl.SSLError:
            _complain(
                f"{setting}.client_ca_file", tls.client_ca_file, "holds no certificate in PEM"
            )
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def load_certificate(context: ssl.SSLContext, tls: TlsConfig, setting: str) -> None:
    """Let the next connections be served with what the files hold now. Raises ConfigError."""
    _require_file(tls.cert_file, f"{setting}.cert_file")
    _require_file(tls.key_file, f"{setting}.key_file")
    try:
        # An empty pass phrase: an encrypted key must be an error here, not a question on a terminal.
        context.load_cert_chain(tls.cert_file, tls.key_file, password=lambda: b"")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            _complain(f"{setting}.key_file", tls.key_file, f"is not the key of {tls.cert_file}")
        _complain(
            setting,
            f"{tls.cert_file}, {tls.key_file}",
            "are no certificate and key in PEM without a pass phrase",
        )


def read(tls: TlsConfig, setting: str) -> tuple[bytes, bytes, bytes | None]:
    """Certificate chain, private key and the clients' authority, checked, as gRPC takes them. Raises ConfigError."""
    server_context(tls, setting)
    authority = None if tls.client_ca_file is None else Path(tls.client_ca_file).read_bytes()
    return Path(tls.cert_file).read_bytes(), Path(tls.key_file).read_bytes(), authority


def _require_file(path: str, setting: str) -> None:
    try:
        with Path(path).open("rb"):
            return
    except OSError as error:
        _complain(setting, path, f"cannot be read ({error.strerror})")


def _complain(setting: str, path: str, problem: str) -> NoReturn:
    raise ConfigError(f"{setting}: {path} {problem}; give the file that your authority issued")
