"""The certificate that `--local-protocol https` serves with: one of the user's own, or one signed by itself
that is made once, kept in the data folder, and made anew when its time is over.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from sshim.errors import UsageError

if TYPE_CHECKING:
    import ssl

FILE = "dev-certificate.pem"
"""Name of the kept one in the data folder: key and certificate, readable by the owner only."""

LIFETIME = timedelta(days=90)
SPARE = timedelta(days=1)
"""One that ends sooner than this is replaced: it would end while it serves."""

_ADDRESSES = ("127.0.0.1", "::1")
_NAMES = ("localhost", "*.localhost")


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files that hold certificate and key; they may be one."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """What a server speaks TLS with. Raises OSError or ValueError for unusable files."""
        import ssl

        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # An encrypted key would ask for its passphrase in every process: it counts as unusable.
        made.load_cert_chain(self.certificate, self.key, lambda: "")
        made.set_alpn_protocols(["http/1.1"])
        return made


def given(key: Path | None, certificate: Path | None, environ: Mapping[str, str], cwd: Path) -> Certificate:
    """The files named by `--https-key-path` and `--https-cert-path`, else by wrangler's variables for them.

    Raises LookupError when neither is named, `UsageError` when one is missing; texts are wrangler's.
    """
    key = _path(key, environ.get("WRANGLER_HTTPS_KEY_PATH"), cwd)
    certificate = _path(certificate, environ.get("WRANGLER_HTTPS_CERT_PATH"), cwd)
    if key is None and certificate is None:
        raise LookupError
    if key is None or certificate is None:
        raise UsageError(
            "Must specify both certificate path and key path to use a Custom Certificate.",
            hint="--https-key-path KEY.pem --https-cert-path CERTIFICATE.pem",
        )
    if not key.is_file():
        raise UsageError(f"Missing Custom Certificate Key at {key}")
    if not certificate.is_file():
        raise UsageError(f"Missing Custom Certificate File at {certificate}")
    found = Certificate(certificate, key)
    _check(found)
    return found


def _path(flag: Path | None, variable: str | None, cwd: Path) -> Path | None:
    if flag is None and not variable:
        return None
    return cwd / (flag or Path(variable or ""))


def _check(found: Certificate) -> None:
    """Raises `UsageError` for files that TLS cannot be spoken with."""
    try:
        found.context()
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise UsageError(
            f"{found.certificate} and {found.key} cannot be used as certificate and key: {reason}",
            hint="give an unencrypted key and the certificate made for it, both in PEM form",
        ) from None


def kept(folder: Path, now: datetime) -> Certificate:
    """The self-signed one of the data folder `folder`, made at the first use. Raises `UsageError` when it
    cannot be written."""
    path = folder / FILE
    if not _is_good(path, now):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(path, make(now))
        except OSError as error:
            raise UsageError(
                f"the certificate {path} cannot be written: {error.strerror or error}",
                hint="--https-key-path KEY.pem --https-cert-path CERTIFICATE.pem",
            ) from None
    return Certificate(path, path)


def _is_good(path: Path, now: datetime) -> bool:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            return False  # somebody else may have read the key
        pem = path.read_bytes()
        found = x509.load_pem_x509_certificate(pem)
        same = load_pem_private_key(pem, None).public_key() == found.public_key()
    except (OSError, ValueError, TypeError):
        return False
    return same and found.not_valid_before_utc <= now and now + SPARE < found.not_valid_after_utc


def make(now: datetime) -> bytes:
    """A new key and its self-signed certificate for the names of this machine, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sshim dev on this machine")])
    names: list[x509.GeneralName] = [x509.DNSName(each) for each in _NAMES]
    names += [x509.IPAddress(ip_address(each)) for each in _ADDRESSES]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A minute back: the clock of a browser in a virtual machine may be behind.
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        # Not an authority: who comes to trust it trusts it for these names alone.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem + certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes) -> None:
    """Put a private file in place at once, so that another program never finds half of it."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
