"""``receivers`` of the configuration file: where spans come in, how much at once, and how slowly."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from gemledger_collector.config_values import Duration, Strict
from gemledger_collector.sizes import Bytes
from gemledger_collector.tls_config import TlsConfig


def parse_endpoint(written: object) -> str:
    """``HOST:PORT`` with a port from 0 (any free one) to 65535. Raises ValueError."""
    match = re.fullmatch(r"(\S+):(\d{1,5})", written) if isinstance(written, str) else None
    if match is None or int(match[2]) > 65535:
        raise ValueError("write HOST:PORT, such as 127.0.0.1:4318")
    return match[0]


Endpoint = Annotated[str, BeforeValidator(parse_endpoint)]


Patience = Annotated[Duration, Field(gt=timedelta(0))]


class Listening(Strict):
    """A protocol that is spoken at an address."""

    endpoint: Endpoint
    tls: TlsConfig | None = None

    @property
    def host(self) -> str:
        """The address to listen on, without brackets."""
        return self.endpoint.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 takes any free one."""
        return int(self.endpoint.rpartition(":")[2])


class HttpProtocol(Listening):
    """OTLP over HTTP, and every other route of the collector."""

    endpoint: Endpoint = "127.0.0.1:4318"
    max_request_bytes: Annotated[Bytes, Field(ge=1024)] = 8 * 2**20
    max_decompressed_bytes: Annotated[Bytes, Field(ge=1024)] = 64 * 2**20
    max_json_bytes: Annotated[Bytes, Field(ge=1024)] = 16 * 2**20
    header_timeout: Patience = timedelta(seconds=10)
    body_timeout: Patience = timedelta(seconds=30)
    idle_timeout: Patience = timedelta(seconds=75)
    max_connections: Annotated[int, Field(ge=1)] = 1024


class GrpcProtocol(Listening):
    """OTLP over gRPC. A message is measured both as it comes and decompressed."""

    enabled: bool = True
    endpoint: Endpoint = "127.0.0.1:4317"
    max_message_bytes: Annotated[Bytes, Field(ge=1024)] = 32 * 2**20
    idle_timeout: Patience = timedelta(minutes=5)


class Protocols(Strict):
    """What the OTLP receiver speaks."""

    http: HttpProtocol = HttpProtocol()
    grpc: GrpcProtocol = GrpcProtocol()

    @property
    def served(self) -> Mapping[str, Listening]:
        """Those that are spoken, by name."""
        return {"http": self.http} | ({"grpc": self.grpc} if self.grpc.enabled else {})


class OtlpReceiver(Strict):
    """Where spans come in. ``queue_bytes`` bounds what waits for the writer; beyond it senders get 503."""

    protocols: Protocols = Protocols()
    queue_bytes: Annotated[Bytes, Field(ge=2**20)] = 64 * 2**20
    group_bytes: Annotated[Bytes, Field(ge=2**16)] = 8 * 2**20


class Receivers(Strict):
    """``receivers``."""

    otlp: OtlpReceiver = OtlpReceiver()
