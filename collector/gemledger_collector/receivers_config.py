"""``receivers`` of the configuration file: where spans come in, and how much at once."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from gemledger_collector.alerts_config import Strict
from gemledger_collector.sizes import Bytes


def parse_endpoint(written: object) -> str:
    """``HOST:PORT`` with a port from 0 (any free one) to 65535. Raises ValueError."""
    match = re.fullmatch(r"(\S+):(\d{1,5})", written) if isinstance(written, str) else None
    if match is None or int(match[2]) > 65535:
        raise ValueError("write HOST:PORT, such as 127.0.0.1:4318")
    return match[0]


Endpoint = Annotated[str, BeforeValidator(parse_endpoint)]


class HttpProtocol(Strict):
    """OTLP over HTTP, and every other route of the collector."""

    endpoint: Endpoint = "127.0.0.1:4318"
    max_request_bytes: Annotated[Bytes, Field(ge=1024)] = 8 * 2**20
    max_decompressed_bytes: Annotated[Bytes, Field(ge=1024)] = 64 * 2**20

    @property
    def host(self) -> str:
        """The address to listen on, without brackets."""
        return self.endpoint.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 takes any free one."""
        return int(self.endpoint.rpartition(":")[2])


class GrpcProtocol(Strict):
    """OTLP over gRPC. Accepted, and not served yet."""

    endpoint: Endpoint = "127.0.0.1:4317"


class Protocols(Strict):
    """What the OTLP receiver speaks."""

    http: HttpProtocol = HttpProtocol()
    grpc: GrpcProtocol = GrpcProtocol()


class OtlpReceiver(Strict):
    """Where spans come in. ``queue_bytes`` bounds what waits for the writer; beyond it senders get 503."""

    protocols: Protocols = Protocols()
    queue_bytes: Annotated[Bytes, Field(ge=2**20)] = 64 * 2**20
    group_bytes: Annotated[Bytes, Field(ge=2**16)] = 8 * 2**20


class Receivers(Strict):
    """``receivers``."""

    otlp: OtlpReceiver = OtlpReceiver()
