"""Senders of export requests over keep-alive connections, as cheap as they can be: they share the machine's cores."""

import asyncio
from collections.abc import Iterator, Sequence

import grpc
import grpc.aio

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


async def send_http(port: int, requests: Sequence[bytes], connections: int) -> int:
    """Send gzipped requests over HTTP; how many answers were not 200."""
    waiting = iter(requests)
    return sum(await asyncio.gather(*(_connection(port, waiting) for _ in range(connections))))


async def _connection(port: int, waiting: Iterator[bytes]) -> int:
    """One sender: the next request when the last is answered; 503 is sent again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    failures = 0
    for body in waiting:
        head = (
            f"POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\n"
            f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        status = 503
        while status == 503:
            writer.write(head)
            writer.write(body)
            answer = await reader.readuntil(b"\r\n\r\n")
            status = int(answer.split(b" ", 2)[1])
            length = next(
                int(line.split(b":")[1])
                for line in answer.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
        failures += status != 200
    writer.close()
    return failures


async def send_grpc(port: int, requests: Sequence[bytes], connections: int) -> int:
    """Send over gRPC, one channel a connection; compressed by gRPC itself, within the time measured."""
    waiting = iter(requests)
    return sum(await asyncio.gather(*(_channel(port, waiting) for _ in range(connections))))


async def _channel(port: int, waiting: Iterator[bytes]) -> int:
    options = [("grpc.use_local_subchannel_pool", 1)]  # else all channels share one connection
    failures = 0
    async with grpc.aio.insecure_channel(
        f"127.0.0.1:{port}", options=options, compression=grpc.Compression.Gzip
    ) as channel:
        export: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(_EXPORT)
        for body in waiting:
            while True:
                try:
                    await export(body)
                except grpc.aio.AioRpcError as error:
                    if error.code() == grpc.StatusCode.UNAVAILABLE:
                        continue
                    failures += 1
                break
    return failures
