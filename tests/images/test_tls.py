from __future__ import annotations

import datetime as dt
import http.server
import pathlib
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.images.container import Container

_YEARS = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
_GET = (
    "import sys, urllib.error, urllib.request\n"
    "try: print(urllib.request.urlopen(sys.argv[1], timeout=10).status)\n"
    "except urllib.error.URLError as error: print(type(error.reason).__name__)\n"
)


@dataclass(frozen=True, slots=True)
class Server:
    """A server on loopback, and the authority that signed its certificate."""

    url: str
    authority: pathlib.Path


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers 204."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def certificate(
    name: str, key: ec.EllipticCurvePrivateKey, *, issuer: str, signer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    """Sign a certificate; an authority's where the issuer is the subject."""
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_YEARS[0])
        .not_valid_after(_YEARS[1])
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=name == issuer, crl_sign=name == issuer, encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(signer, hashes.SHA256())
    )  # fmt: skip


@pytest.fixture
def server(tmp_path: pathlib.Path) -> Iterator[Server]:
    """An HTTPS server with a certificate of a private authority."""
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    authority, chain = tmp_path / "authority.pem", tmp_path / "server.pem"
    authority.write_bytes(certificate("authority", root, issuer="authority", signer=root).public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(private + certificate("server", key, issuer="authority", signer=root).public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield Server(f"https://localhost:{listening.server_port}/", authority)
        finally:
            listening.shutdown()
            thread.join()


def get(container: Container, server: Server, *, authority: bool) -> str:
    """What a request ends in: the status or the error's class."""
    place = "/tmp/authority.pem"  # noqa: S108 - in the container.
    done = container.run(
        "/usr/bin/python3.13", "-I", "-c", _GET, server.url,
        binds={place: server.authority} if authority else {},
        environment={"SSL_CERT_FILE": place} if authority else {},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_an_unknown_authority_is_refused(container: Container, server: Server) -> None:
    """The image trusts its own authorities alone."""
    assert get(container, server, authority=False) == "SSLCertVerificationError"


def test_an_authority_that_is_given_is_trusted(container: Container, server: Server) -> None:
    """With the authority in SSL_CERT_FILE the same request succeeds."""
    assert get(container, server, authority=True) == "204"


def test_the_bundle_is_found_by_itself(container: Container) -> None:
    """OpenSSL finds the authorities of Debian without any variable."""
    assert int(container.python("import ssl; print(len(ssl.create_default_context().get_ca_certs()))")) > 100
