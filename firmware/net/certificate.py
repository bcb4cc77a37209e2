"""X.509 certificates: made for ourselves, or brought by the owner; read, and told in words."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = timedelta(days=825)
"""As long as browsers and phones accept."""
EARLY = timedelta(days=30)
"""So long before its end a certificate of ours is made anew."""
_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey


class CertificateError(ValueError):
    """It can't be used: one line, with what to do."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says. ``names`` are DNS names and addresses."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime
    key: str
    fingerprint: str
    """SHA-256, in pairs of hexadecimal digits."""

    def fits(self, names: Iterable[str], now: datetime) -> bool:
        """Is it good for exactly these names, now and for a while?"""
        return set(self.names) == set(map(canonical, names)) and self.begins <= now < self.ends - EARLY


def canonical(name: str) -> str:
    """A name, or an address in its shortest form."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.lower()


def self_signed(names: list[str], now: datetime, key: bytes | None = None) -> bytes:
    """A P-256 key (or the one of ``key``, so that who trusts it still does) and its certificate for these names and
    addresses, as PEM; the first name is the subject's."""
    private = ec.generate_private_key(ec.SECP256R1()) if key is None else _key(key)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    builder = (
        x509.CertificateBuilder(subject, subject, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(server, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    certificate = builder.sign(private, hashes.SHA256())
    return _pem(private) + certificate.public_bytes(serialization.Encoding.PEM)


def own(chain: bytes, key: bytes) -> bytes:
    """The owner's certificate with its chain and its key, as one PEM; CertificateError when they can't be used."""
    try:
        certificates = x509.load_pem_x509_certificates(chain)
    except ValueError:
        raise CertificateError("the certificate is no PEM file: convert it with 'openssl x509 -outform PEM'") from None
    private = _key(key)
    if private.public_key() != certificates[0].public_key():
        raise CertificateError(
            "the key does not belong to the first certificate of the file: put the printer's own one first"
        )
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < 2048:
        raise CertificateError(f"an RSA key of {private.key_size} bits is too short: make one of 2048 or P-256")
    return _pem(private) + b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def read(pem: bytes) -> Certificate:
    """What the first certificate of a PEM file says; CertificateError when there is none."""
    try:
        certificate = x509.load_pem_x509_certificates(pem)[0]
        names = _names(certificate)
    except ValueError as error:
        raise CertificateError(f"there is no certificate: {error}") from None
    digest = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(
        certificate.subject.rfc4514_string(),
        certificate.issuer.rfc4514_string(),
        tuple(names),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        _kind(certificate),
        digest,
    )


def described(certificate: Certificate, now: datetime) -> list[tuple[str, str]]:
    """A certificate in words."""
    left = (certificate.ends - now).days
    end = f"{certificate.ends:%Y-%m-%d} (in {left} days)" if left >= 0 else f"{certificate.ends:%Y-%m-%d} (over)"
    return [
        ("subject", certificate.subject),
        ("issuer", "itself" if certificate.issuer == certificate.subject else certificate.issuer),
        ("names", ", ".join(certificate.names) or "none"),
        ("begins", f"{certificate.begins:%Y-%m-%d}"),
        ("ends", end),
        ("key", certificate.key),
        ("SHA-256", certificate.fingerprint),
    ]


def _key(pem: bytes) -> _Key:
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise CertificateError("the key has a passphrase: take it off with 'openssl pkey -in KEY -out PLAIN'") from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError("the key is no PEM file: convert it with 'openssl pkey -outform PEM'") from None
    if not isinstance(key, _Key):
        raise CertificateError("the key is of a kind that TLS can't use: make one of P-256 or RSA")
    return key


def _pem(key: _Key) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return [name.lower() for name in found.get_values_for_type(x509.DNSName)] + addresses


def _kind(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    return type(key).__name__.strip("_").removesuffix("PublicKey")


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)
