"""Serving https, with a certificate made here or one of the user's own."""

from __future__ import annotations

import os
import socket
import ssl
import stat
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509

from sshim.dev import certificate
from sshim.errors import UsageError
from tests.dev.running import PATIENCE, Dev, Project, Start, entry, text

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ECHO = entry(
    "pair = WebSocketPair.new()\n"
    "client, server = pair.object_values()\n"
    "server.accept()\n"
    "server.addEventListener('message', create_proxy(lambda e: server.send(f'{request.url} {e.data}')))\n"
    "return Response(None, status=101, web_socket=client)",
    before="from js import WebSocketPair\nfrom pyodide.ffi import create_proxy",
)


def trusted(project: Project) -> ssl.SSLContext:
    """A client that believes nothing but the certificate in the data folder."""
    return ssl.create_default_context(cafile=str(project.home / "store" / certificate.FILE))


def get(dev: Dev, path: str = "/", host: str = "localhost") -> str:
    url = dev.url.replace("localhost", host) + path
    with urllib.request.urlopen(url, timeout=PATIENCE, context=trusted(dev.project)) as response:
        return str(response.read().decode())


def test_a_kept_certificate_is_private_and_used_again(tmp_path: Path) -> None:
    made = certificate.kept(tmp_path / "new", NOW)
    assert made.certificate == made.key
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.key.parent.stat().st_mode) == 0o700
    before = made.key.read_bytes()
    assert certificate.kept(tmp_path / "new", NOW + timedelta(days=80)) == made
    assert made.key.read_bytes() == before
    assert [path.name for path in made.key.parent.iterdir()] == [certificate.FILE]


def test_a_certificate_at_its_end_is_made_anew(tmp_path: Path) -> None:
    path = certificate.kept(tmp_path, NOW).certificate
    for later in (NOW + certificate.LIFETIME, NOW + certificate.LIFETIME - timedelta(hours=1)):
        certificate.kept(tmp_path, NOW)
        before = path.read_bytes()
        certificate.kept(tmp_path, later)
        assert path.read_bytes() != before
        assert x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc > later + timedelta(30)
        path.unlink()


@pytest.mark.parametrize("content", [b"", b"not PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_damaged_certificate_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / certificate.FILE
    path.write_bytes(content)
    path.chmod(0o600)
    certificate.kept(tmp_path, NOW).context()
    assert path.read_bytes() != content


def test_a_certificate_whose_key_others_could_read_is_made_anew(tmp_path: Path) -> None:
    path = certificate.kept(tmp_path, NOW).key
    before = path.read_bytes()
    path.chmod(0o644)
    certificate.kept(tmp_path, NOW)
    assert path.read_bytes() != before and stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_of_another_certificate_is_not_taken(tmp_path: Path) -> None:
    path = certificate.kept(tmp_path, NOW).key
    _, marker, rest = path.read_bytes().partition(b"-----BEGIN CERTIFICATE")
    mixed = certificate.make(NOW).partition(marker)[0] + marker + rest
    path.write_bytes(mixed)
    certificate.kept(tmp_path, NOW).context()
    assert path.read_bytes() != mixed


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be written"):
        certificate.kept(tmp_path / "file" / "below", NOW)


def test_files_of_the_user_come_from_flags_before_variables(tmp_path: Path) -> None:
    (tmp_path / "k.pem").write_bytes(certificate.make(NOW))
    (tmp_path / "other.pem").write_bytes(certificate.make(NOW))
    environ = {"WRANGLER_HTTPS_KEY_PATH": "other.pem", "WRANGLER_HTTPS_CERT_PATH": "other.pem"}
    by_variable = certificate.given(None, None, environ, tmp_path)
    assert by_variable.key == tmp_path / "other.pem"
    by_flag = certificate.given(Path("k.pem"), Path("k.pem"), environ, tmp_path)
    assert by_flag == certificate.Certificate(tmp_path / "k.pem", tmp_path / "k.pem")
    with pytest.raises(LookupError):
        certificate.given(None, None, {}, tmp_path)


def test_unusable_files_of_the_user_are_refused_in_the_tools_words(tmp_path: Path) -> None:
    (tmp_path / "good.pem").write_bytes(certificate.make(NOW))
    (tmp_path / "bad.pem").write_text("nothing")
    good, bad, gone = Path("good.pem"), Path("bad.pem"), Path("gone.pem")
    for key, cert, said in (
        (good, None, "Must specify both certificate path and key path to use a Custom Certificate."),
        (gone, good, f"Missing Custom Certificate Key at {tmp_path / gone}"),
        (good, gone, f"Missing Custom Certificate File at {tmp_path / gone}"),
        (good, bad, "cannot be used as certificate and key"),
        (bad, good, "cannot be used as certificate and key"),
    ):
        with pytest.raises(UsageError) as caught:
            certificate.given(key, cert, {}, tmp_path)
        assert said in caught.value.message


def test_a_key_with_a_passphrase_is_refused_instead_of_asking(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    pem = certificate.make(NOW)
    key = serialization.load_pem_private_key(pem, None)
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"word"),
        )
    )
    (tmp_path / "cert.pem").write_bytes(pem)
    with pytest.raises(UsageError) as caught:
        certificate.given(Path("key.pem"), Path("cert.pem"), {}, tmp_path)
    assert caught.value.hint is not None and "unencrypted key" in caught.value.hint


def test_https_is_served_reloaded_and_stood_in_for(project: Project, start: Start) -> None:
    project.entry.write_text(entry("return Response(request.url)"))
    dev = start("--local-protocol", "https").ready()
    assert dev.url.startswith("https://localhost:")
    assert get(dev, "/a?b") == f"{dev.url}/a?b"
    assert get(dev, "/", host="127.0.0.1") == dev.url.replace("localhost", "127.0.0.1") + "/"
    key = project.home / "store" / certificate.FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    project.entry.write_text(text("two"))
    dev.until("reloaded")
    assert get(dev) == "two"
    assert dev.stop() == 0


def test_the_configuration_asks_for_https_too_and_errors_are_shown_over_it(
    project: Project, start: Start
) -> None:
    with project.config.open("a") as file:
        file.write('[dev]\nlocal_protocol = "https"\n')
    project.entry.write_text("import nothing_of_that_name\n")
    dev = start()
    dev.until("waiting for a change")
    project.entry.write_text(text("mended"))
    dev.ready()
    assert get(dev) == "mended"


async def test_a_websocket_is_upgraded_over_https(project: Project, start: Start) -> None:
    project.entry.write_text(ECHO)
    dev = start("--local-protocol", "https").ready()
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(dev.url + "/ws", ssl=trusted(project)) as ws:
            await ws.send_str("hello")
            assert await ws.receive_str(timeout=PATIENCE) == f"{dev.url}/ws hello"


def test_plain_http_and_distrust_on_the_port_are_no_news(project: Project, start: Start) -> None:
    dev = start("--local-protocol", "https").ready()
    port = int(dev.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" not in plain.recv(100)
    with pytest.raises(ssl.SSLError):
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as raw:
            ssl.create_default_context().wrap_socket(raw, server_hostname="localhost")
    assert get(dev) == "one"
    assert "Error" not in dev.out + dev.err


def test_https_in_one_process(project: Project, start: Start) -> None:
    dev = start("--local-protocol", "https", "--no-reload").ready()
    assert get(dev) == "one"


def test_a_custom_certificate_is_served(project: Project, start: Start) -> None:
    own = project.folder / "own.pem"
    own.write_bytes(certificate.make(datetime.now(UTC)))
    os.chmod(own, 0o600)
    dev = start("--local-protocol", "https", "--https-key-path", "own.pem", "--https-cert-path", "own.pem")
    dev.ready()
    context = ssl.create_default_context(cafile=str(own))
    with urllib.request.urlopen(dev.url, timeout=PATIENCE, context=context) as response:
        assert response.read() == b"one"
    assert not (project.home / "store" / certificate.FILE).exists()


def test_half_of_a_custom_certificate_is_a_usage_error(project: Project, start: Start) -> None:
    dev = start("--local-protocol", "https", "--https-key-path", "own.pem")
    assert dev.wait() == 2
    assert "Must specify both certificate path and key path" in dev.err
    assert "Traceback" not in dev.err


def test_a_trigger_reaches_a_worker_behind_https(project: Project, start: Start) -> None:
    project.entry.write_text(
        "from workers import WorkerEntrypoint\nclass Default(WorkerEntrypoint):\n"
        "    async def scheduled(self, controller, env, ctx):\n        print('at', controller.cron)\n"
    )
    dev = start("--local-protocol", "https").ready()
    assert project.sshim("trigger", "scheduled", "--url", dev.url, "--cron", "1 2 3 4 5") == "ok\n"
    dev.until("at 1 2 3 4 5")
