"""The certificates of a running collector, HTTP's and gRPC's, replaced together."""

from typing import TYPE_CHECKING

from gemledger_collector.receivers_config import Protocols
from gemledger_collector.tls import load_certificate, server_context
from gemledger_collector.tls_config import TlsConfig

if TYPE_CHECKING:
    from gemledger_collector.grpc_tls import GrpcCertificates

HTTP = "receivers.otlp.protocols.http.tls"
GRPC = "receivers.otlp.protocols.grpc.tls"


class Certificates:
    """What the configuration asks for; None where a protocol is not encrypted. Raises ConfigError."""

    def __init__(self, protocols: Protocols) -> None:
        http, grpc = _configured(protocols)
        self.http = None if http is None else server_context(http, HTTP)
        self.grpc = None if grpc is None else _for_grpc(grpc)

    @staticmethod
    def check(protocols: Protocols) -> None:
        """Raises ConfigError where ``renew`` would."""
        Certificates(protocols)

    def renew(self, protocols: Protocols) -> None:
        """Serve the next connections with what the files hold now. Raises ConfigError."""
        http, grpc = _configured(protocols)
        if self.http is not None and http is not None:
            load_certificate(self.http, http, HTTP)
        if self.grpc is not None and grpc is not None:
            self.grpc.renew(grpc)


def _configured(protocols: Protocols) -> tuple[TlsConfig | None, TlsConfig | None]:
    return protocols.http.tls, protocols.grpc.tls if protocols.grpc.enabled else None


def _for_grpc(tls: TlsConfig) -> "GrpcCertificates":
    from gemledger_collector.grpc_tls import GrpcCertificates  # noqa: PLC0415 - 60 ms that few need

    return GrpcCertificates(tls, GRPC)
