"""``tls`` of a protocol, in the OpenTelemetry Collector's own key names."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from gemledger_collector.config_values import Strict

File = Annotated[str, Field(min_length=1)]


def _as_text(written: object) -> object:
    """YAML reads 1.2 as a number."""
    return str(written) if isinstance(written, float) else written


class TlsConfig(Strict):
    """A server's certificate and key in PEM; with ``client_ca_file`` clients must show a certificate, too."""

    cert_file: File
    key_file: File
    client_ca_file: File | None = None
    min_version: Annotated[Literal["1.2", "1.3"], BeforeValidator(_as_text)] = "1.2"
