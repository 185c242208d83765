"""TLS: encrypted for clients that trust the authority, replaced without a restart, clear where a file is wrong."""

import re
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.authority import PEM, Authority
from support.collector import RunningCollector, config_for
from support.otlp import payload_of
from support.processes import run_gemledger
from support.tokens import Issued, extensions

from gemledger_collector.config import Config, load
from gemledger_collector.errors import ConfigError
from gemledger_collector.grpc_tls import GrpcCertificates
from gemledger_collector.tls_config import TlsConfig


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority that nobody outside the test trusts."""
    return Authority(tmp_path)


def serial_of(address: tuple[str, int], authority: Authority) -> int:
    """The number of the certificate that a server shows to one who trusts the authority."""
    pem = ssl.get_server_certificate(address, ca_certs=str(authority.file))
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def test_requests_are_encrypted_and_the_certificate_is_replaced_without_a_restart(
    tmp_path: Path, authority: Authority
) -> None:
    """Who does not know the authority is not fooled; the command line takes it from SSL_CERT_FILE."""
    reader = Issued("reader", ["read"])
    files = authority.issue("server", 100)
    config = config_for(tmp_path / "x.duckdb", http={"tls": files}, extensions=extensions(reader))
    with RunningCollector(config) as running:
        assert running.url.startswith("https://127.0.0.1:")
        address = ("127.0.0.1", int(running.url.rpartition(":")[2]))
        assert serial_of(address, authority) == 100
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            running.http.get("/readyz")
        asked = ("query", "SELECT 1 AS one", "--json", "--url", running.url)
        trusting = {"SSL_CERT_FILE": str(authority.file), "GEMLEDGER_TOKEN": reader.secret}
        answer = run_gemledger(*asked, **trusting)
        assert '"one": 1' in answer.stdout, answer.stderr
        assert run_gemledger(*asked, GEMLEDGER_TOKEN=reader.secret).returncode == 1

        authority.issue("server", 101)
        running.read_again(config)
        assert serial_of(address, authority) == 101

        Path(files["cert_file"]).write_text("no certificate")
        running.read_again(config)
        assert serial_of(address, authority) == 101


def test_a_client_without_a_certificate_is_turned_away_where_one_is_wanted(
    tmp_path: Path, authority: Authority
) -> None:
    """Before a byte of HTTP."""
    tls = authority.issue("server", 100) | {"client_ca_file": str(authority.file)}
    client = authority.issue("client", 200)
    trust = ssl.create_default_context(cafile=str(authority.file))
    with RunningCollector(config_for(tmp_path / "x.duckdb", http={"tls": tls})) as running:
        with (
            pytest.raises(httpx.TransportError),
            httpx.Client(verify=trust, trust_env=False) as http,
        ):
            http.get(f"{running.url}/readyz")
        trust.load_cert_chain(client["cert_file"], client["key_file"])
        with httpx.Client(verify=trust, trust_env=False) as http:
            assert http.get(f"{running.url}/readyz").status_code == 200


def test_an_old_version_of_tls_is_refused(tmp_path: Path, authority: Authority) -> None:
    """min_version is the server's word, whatever the client can do."""
    tls: dict[str, Any] = authority.issue("server", 100) | {"min_version": 1.3}
    trust = ssl.create_default_context(cafile=str(authority.file))
    trust.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        RunningCollector(config_for(tmp_path / "x.duckdb", http={"tls": tls})) as running,
        pytest.raises(httpx.ConnectError),
        httpx.Client(verify=trust, trust_env=False) as http,
    ):
        http.get(f"{running.url}/readyz")


def test_grpc_shows_the_newest_certificate_too(authority: Authority) -> None:
    """Each handshake has what was read last."""
    files = authority.issue("server", 100)
    tls = TlsConfig.model_validate(files)
    certificates = GrpcCertificates(tls, "receivers.otlp.protocols.grpc.tls")
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_secure_port("127.0.0.1:0", certificates.credentials())
    server.start()
    try:
        assert serial_of(("127.0.0.1", port), authority) == 100
        authority.issue("server", 101)
        certificates.renew(tls)
        assert serial_of(("127.0.0.1", port), authority) == 101
    finally:
        server.stop(None).wait()


def problem(tmp_path: Path, tls: dict[str, str]) -> str:
    """What is said of a file with this section."""
    listed = "\n".join(f"          {key}: '{value}'" for key, value in tls.items())
    path = tmp_path / "otel-config.yaml"
    path.write_text(f"receivers:\n  otlp:\n    protocols:\n      http:\n        tls:\n{listed}\n")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    where = rf"{re.escape(str(path))}:\d+: receivers\.otlp\.protocols\.http\."
    return re.sub(f"^{where}", "", str(caught.value))


def test_a_wrong_file_is_told_before_anything_starts(tmp_path: Path, authority: Authority) -> None:
    """By setting, file and what is wrong with it."""
    good, other = authority.issue("server", 100), authority.issue("other", 101)
    missing = problem(tmp_path, good | {"cert_file": "/nowhere.pem"})
    assert missing.startswith("tls.cert_file: /nowhere.pem cannot be read (No such file")
    swapped = problem(tmp_path, good | {"key_file": other["key_file"]})
    assert swapped.startswith(f"tls.key_file: {other['key_file']} is not the key of")
    both = problem(tmp_path, good | {"key_file": good["cert_file"]})
    assert "are no certificate and key in PEM without a pass phrase" in both
    lacking = problem(tmp_path, {"cert_file": good["cert_file"]})
    assert lacking == "tls.key_file: missing; give it a value"
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    client = problem(tmp_path, good | {"client_ca_file": str(empty)})
    assert client.startswith(f"tls.client_ca_file: {empty} holds no certificate in PEM")


def test_an_encrypted_key_is_an_error_and_not_a_question(
    tmp_path: Path, authority: Authority
) -> None:
    """A service has no terminal to be asked at."""
    good = authority.issue("server", 100)
    loaded = serialization.load_pem_private_key(Path(good["key_file"]).read_bytes(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    secret = serialization.BestAvailableEncryption(b"word")
    Path(good["key_file"]).write_bytes(
        loaded.private_bytes(PEM, serialization.PrivateFormat.PKCS8, secret)
    )
    assert "without a pass phrase" in problem(tmp_path, good)


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_another_address_needs_tokens(tmp_path: Path, protocol: str) -> None:
    """check-config says so, too."""
    path = tmp_path / "otel-config.yaml"
    text = f"receivers: {{otlp: {{protocols: {{{protocol}: {{endpoint: '0.0.0.0:0'}}}}}}}}\n"
    path.write_text(text)
    with pytest.raises(
        ConfigError, match=rf"protocols.{protocol}.endpoint '0.0.0.0' is not a loopback"
    ):
        load(path, {})
    token = Issued("a", ["read"]).entry
    api = f"extensions: {{api: {{tokens: [{{name: a, hash: '{token['hash']}', scopes: [read]}}]}}}}"
    path.write_text(text + api)
    assert isinstance(load(path, {}), Config)


def test_spans_come_encrypted_over_grpc(tmp_path: Path, authority: Authority) -> None:
    """From whoever trusts the authority; in the clear nothing is taken."""
    tls = authority.issue("collector", 7)
    config = config_for(tmp_path / "x.duckdb", grpc={"enabled": True, "tls": tls})
    trusted = grpc.ssl_channel_credentials(authority.file.read_bytes())
    method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    with RunningCollector(config) as collector:
        assert collector.grpc_address is not None
        with grpc.secure_channel(collector.grpc_address, trusted) as channel:
            export: Any = channel.unary_unary(method)
            assert export(payload_of(1), timeout=20) == b""
        with grpc.insecure_channel(collector.grpc_address) as channel:
            plain: Any = channel.unary_unary(method)
            with pytest.raises(grpc.RpcError):
                plain(payload_of(2), timeout=20)
        assert collector.select("select count(*) from calls") == [[1]]
