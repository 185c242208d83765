"""Credentials for the gRPC server, whose certificate can be replaced while it runs."""

import grpc

from gemledger_collector.tls import read
from gemledger_collector.tls_config import TlsConfig


class GrpcCertificates:
    """The certificate in use. ``setting`` is where it is configured. Raises ConfigError."""

    def __init__(self, tls: TlsConfig, setting: str) -> None:
        self._setting = setting
        self._requires_client = tls.client_ca_file is not None
        self._current = self._read(tls)

    def credentials(self) -> grpc.ServerCredentials:
        """What ``server.add_secure_port`` takes: every handshake has the newest certificate."""
        return grpc.dynamic_ssl_server_credentials(
            self._current,
            lambda: self._current,
            require_client_authentication=self._requires_client,
        )

    def renew(self, tls: TlsConfig) -> None:
        """Let the next connections be served with what the files hold now. Raises ConfigError."""
        self._current = self._read(tls)

    def _read(self, tls: TlsConfig) -> grpc.ServerCertificateConfiguration:
        chain, key, authority = read(tls, self._setting)
        return grpc.ssl_server_certificate_configuration([(key, chain)], authority)
