"""A server with TLS: the right authority and the right name pass, and nothing else does."""

from __future__ import annotations

import datetime
import ipaddress
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sshim.errors import StoreUnavailable
from sshim.store.postgres_connection import Connection
from sshim.store.postgres_url import read_url
from tests.postgres.cluster import Cluster, server_user
from tests.postgres.fixtures import require_server
from tests.postgres.load import opened, options_at

pytestmark = pytest.mark.postgres
NOW = datetime.datetime.now(datetime.UTC)


class Authority:
    """A certificate authority of our own."""

    def __init__(self, folder: Path) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.file = folder / "authority.pem"
        made = self._sign(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None))
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def certify(self, folder: Path, names: list[x509.GeneralName], *, days: int = 1) -> None:
        """Writes `server.crt` and `server.key` for a server of these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        made = self._sign(subject, key, x509.SubjectAlternativeName(names), days=days)
        (folder / "server.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (folder / "server.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        (folder / "server.key").chmod(0o600)

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extension: x509.ExtensionType,
        *,
        days: int = 1,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=2))
            .not_valid_after(NOW + datetime.timedelta(days=days))
            .add_extension(extension, critical=False)
        )
        return builder.sign(self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def secure() -> Iterator[Cluster]:
    """A server that talks TLS as soon as it has a certificate."""
    require_server()
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="sshim-pg-")))
    try:
        cluster.create()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(cluster.root, ignore_errors=True)


def certified(cluster: Cluster, authority: Authority, *names: x509.GeneralName, days: int = 1) -> None:
    authority.certify(cluster.root, list(names), days=days)
    if user := server_user():
        for name in ("server.crt", "server.key"):
            shutil.chown(cluster.root / name, user)
    cluster.stop()
    cluster.start(
        ssl="on",
        ssl_cert_file=str(cluster.root / "server.crt"),
        ssl_key_file=str(cluster.root / "server.key"),
    )


def url_of(cluster: Cluster, root: object = "system", *, host: str = "127.0.0.1") -> str:
    return cluster.url().replace("127.0.0.1", host) + (
        f"?sslmode=verify-full&sslrootcert={quote(str(root), safe='')}"
    )


HERE = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


def test_a_server_of_the_named_authority_is_used_over_tls(
    secure: Cluster, authority: Authority, tmp_path: Path
) -> None:
    certified(secure, authority, HERE)
    url = url_of(secure, authority.file)
    plane = opened(options_at(url, tmp_path), create=True)
    assert plane.create_store("main").name == "main"
    plane.close()
    connection = Connection(read_url(url))
    assert connection.query(
        "SELECT ssl, version LIKE 'TLSv1._' FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    ) == [(True, True)]
    connection.close()


@pytest.mark.parametrize(
    ("names", "days", "root", "says"),
    [
        ([HERE], 1, "system", "of an authority that is not trusted"),
        ([x509.DNSName("elsewhere.example")], 1, "ours", "for another host"),
        ([HERE], -1, "ours", "has expired"),
        ([HERE], 1, "missing", "file of certificate authorities"),
    ],
    ids=["another authority", "another host", "expired", "no such file"],
)
def test_a_server_that_cannot_be_sure_to_be_the_one_is_refused(
    secure: Cluster, authority: Authority, names: list[x509.GeneralName], days: int, root: str, says: str
) -> None:
    certified(secure, authority, *names, days=days)
    root = {"ours": str(authority.file), "missing": f"{authority.file}.none"}.get(root, root)
    with pytest.raises(StoreUnavailable) as refused:
        Connection(read_url(url_of(secure, root)))
    assert says in str(refused.value) and refused.value.hint
    assert "\n" not in refused.value.message and os.fspath(secure.root) not in str(refused.value)
