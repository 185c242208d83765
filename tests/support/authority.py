"""An authority of the tests' own, and certificates for 127.0.0.1 that it signs."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


@dataclass
class Authority:
    """Signs certificates for 127.0.0.1 into a folder."""

    folder: Path

    def __post_init__(self) -> None:
        """Make its own certificate."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        self.file = self.folder / "authority.pem"
        self.file.write_bytes(self._signed(self._name, self._key, 1, authority=True))

    def issue(self, name: str, serial: int) -> dict[str, str]:
        """Write NAME.pem and NAME.key; the settings that name them."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        chain, secret = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        chain.write_bytes(self._signed(subject, key, serial, authority=False))
        plain = serialization.NoEncryption()
        secret.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain))
        return {"cert_file": str(chain), "key_file": str(secret)}

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, serial: int, *, authority: bool
    ) -> bytes:
        now = dt.datetime.now(dt.UTC)
        day = dt.timedelta(days=1)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        certificate = (
            x509.CertificateBuilder(
                self._name, subject, key.public_key(), serial, now - day, now + day
            )
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return certificate.public_bytes(PEM)
