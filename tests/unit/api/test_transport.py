"""Proxies, certificates, and connections that never come about."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from scripted_api import KEY, START, Serving, Step, answer, query, reply, row

from polytop.api.client import Client
from polytop.api.errors import ApiError, ConnectionFailed, ProxyFailed, TlsFailed
from polytop.api.limits import Timeouts
from polytop.api.query import Query
from polytop.api.transport import proxy_for, safe_origin, tls_context
from polytop.model.answer import Answer
from polytop.model.problem import Kind
from polytop.model.secret import Secret
from polytop.model.target import Filters, Target

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
BUNDLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def failure(base_url: str, timeouts: Timeouts | None = None) -> ApiError:
    asked = query(base_url)
    async with Client(asked.target, Secret(KEY), timeouts=timeouts) as client:
        with pytest.raises(ApiError) as caught:
            await client.fetch(asked)
    assert caught.value.__context__ is None
    return caught.value


URL = "https://api.uk-1.platform.polyai.app"


@pytest.mark.parametrize(
    ("environ", "url", "expected"),
    [
        ({}, URL, None),
        ({"HTTPS_PROXY": "http://p:3128"}, URL, "http://p:3128"),
        ({"https_proxy": "p:3128"}, URL, "http://p:3128"),
        ({"ALL_PROXY": "https://p"}, URL, "https://p"),
        ({"HTTP_PROXY": "http://p"}, URL, None),
        ({"HTTPS_PROXY": "http://p"}, "https://127.0.0.1:8443", None),
        ({"HTTP_PROXY": "http://p"}, "http://localhost:8080", None),
        ({"HTTPS_PROXY": "http://p"}, "https://[::1]:8443", None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, URL, None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "a, *"}, URL, None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "polyai.app"}, URL, None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": ".polyai.app"}, URL, None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "x,*.polyai.app"}, URL, None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "ai.app"}, URL, "http://p"),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}, "https://10.1.2.3", None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}, "https://11.1.2.3", "http://p"),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "[fd00::1]"}, "https://[fd00::1]", None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "fd00::/8"}, "https://[fd00::9]:8443", None),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "[::1],::1,[x"}, URL, "http://p"),
    ],
)
def test_which_proxy(
    environ: dict[str, str], url: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == expected


@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://u:pass@p",
        "http://",
        "http://[x",
        "http://p:x",
        "http://p:3128\r",
        "http://]",
        "http://u:pass@p\x01q",
        "http://p\x7f:1",
        "http://p:99999",
        "http://\udcff",
        "http://u:pass@[::1",
        "\t",
        "p\x1b[31m:1",
        "http://u:pass\n@p",
    ],
)
async def test_a_proxy_that_cannot_be_used(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    found = await failure("https://api.example")
    assert isinstance(found, ProxyFailed)
    assert "HTTPS_PROXY" in found.problem.advice
    assert "pass" not in str(found)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("kind", ["pipe", "device", "missing", "text"])
def test_certificates_that_cannot_be_read_are_named_at_once(
    name: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "certificates"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "text":
        path.write_text("none")
    with pytest.raises(TlsFailed, match=name):
        tls_context({name: str(path)})


def test_a_url_is_shown_without_its_password() -> None:
    assert safe_origin("http://user:pass@p:3128/x?y") == "http://p:3128"
    assert safe_origin("http://[fd00::1]:1") == "http://[fd00::1]:1"
    assert safe_origin("http://user:pass@[fd00") == "(not a URL)"


async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    await reader.read(100)
    writer.write(b"this is no TLS")


@pytest.mark.parametrize(
    ("step", "error", "words"),
    [
        (reply(status=407), ProxyFailed, "user and password"),
        (reply(status=503), ProxyFailed, "NO_PROXY"),
        (no_tls, TlsFailed, "base URL"),
    ],
)
async def test_an_https_request_goes_through_the_proxy(
    serving: Serving,
    monkeypatch: pytest.MonkeyPatch,
    step: Step,
    error: type[ApiError],
    words: str,
) -> None:
    server = await serving(step)
    monkeypatch.setenv("HTTPS_PROXY", server.url.replace("//", "//user:pass@"))
    found = await failure("https://api.example")
    assert server.lines == ["CONNECT api.example:443 HTTP/1.1"]
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz" in server.heads[0]
    assert KEY.encode() not in server.heads[0]
    assert type(found) is error
    assert found.problem.kind is Kind.OFFLINE
    assert words in found.problem.advice
    assert "pass@" not in str(found)


async def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch, closed: int) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:pass@127.0.0.1:{closed}")
    found = await failure("https://api.example")
    assert f"the proxy http://127.0.0.1:{closed}: connection refused" in found.problem.summary


async def test_loopback_never_goes_through_a_proxy(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, closed: int
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{closed}")
    server = await serving(reply(answer(row(0, 1))))
    asked = query(server.url)
    async with Client(asked.target, Secret(KEY)) as client:
        assert isinstance(await client.fetch(asked), Answer)


async def test_passwords_of_netrc_are_not_sent(
    serving: Serving, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server = await serving(reply(answer()))
    asked = query(server.url)
    async with Client(asked.target, Secret(KEY)) as client:
        await client.fetch(asked)
    assert b"authorization" not in server.heads[0].lower()


@pytest.fixture
async def closed() -> int:
    """A port of loopback on which nothing listens."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def test_a_refused_connection(closed: int) -> None:
    found = await failure(f"http://127.0.0.1:{closed}")
    assert type(found) is ConnectionFailed
    assert found.problem.kind is Kind.OFFLINE
    assert "127.0.0.1: connection refused" in found.problem.summary


async def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = await failure("https://nowhere.invalid")
    assert type(found) is ConnectionFailed
    assert "DNS lookup failed" in found.problem.summary
    assert "name service" in found.problem.advice


async def test_a_connection_that_is_dropped(serving: Serving) -> None:
    async def drop(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await serving(drop)
    found = await failure(server.url)
    assert type(found) is ConnectionFailed
    assert "dropped" in found.problem.summary
    assert server.connections == 1


async def test_no_connection_in_time() -> None:
    def hang(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("", request=request)

    asked = query("https://api.example")
    async with Client(asked.target, Secret(KEY), transport=httpx.MockTransport(hang)) as client:
        with pytest.raises(ApiError, match=r"No connection to api\.example within 5 s"):
            await client.fetch(asked)


@pytest.mark.parametrize("name", BUNDLES)
def test_certificates_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    bad = tmp_path / "bundle.pem"
    bad.write_text("nothing")
    if name != "SSL_CERT_DIR":
        with pytest.raises(TlsFailed, match=name):
            tls_context({name: str(bad)})
        with pytest.raises(TlsFailed, match=f"{name} .*No such file"):
            tls_context({name: str(tmp_path / "none.pem")})
    else:
        context = tls_context({name: str(tmp_path)})
        assert context.verify_mode is ssl.CERT_REQUIRED
        # Those of the system are not trusted beside it.
        assert context.cert_store_stats()["x509_ca"] == 0


def test_the_systems_own_certificates_verify() -> None:
    context = tls_context({})
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.get_ca_certs() or ssl.get_default_verify_paths().capath


def test_certifi_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    nowhere = ssl.get_default_verify_paths()._replace(capath=None)
    monkeypatch.setattr(ssl, "create_default_context", lambda **_: bare)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
    assert len(tls_context({}).get_ca_certs()) > 50


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate of this test")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    ask = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    ask += " -subj /CN=x -addext subjectAltName=DNS:localhost"
    subprocess.run(
        [openssl, *ask.split(), "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.mark.parametrize(
    ("name", "host", "words"),
    [
        ("SSL_CERT_FILE", "localhost", None),
        ("REQUESTS_CA_BUNDLE", "localhost", None),
        ("CURL_CA_BUNDLE", "localhost", None),
        (None, "localhost", "self-signed certificate"),
        ("SSL_CERT_FILE", "127.0.0.1", "not valid for '127.0.0.1'"),
    ],
)
async def test_whom_the_certificates_of_the_environment_trust(
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    name: str | None,
    host: str,
    words: str | None,
) -> None:
    for bundle in BUNDLES:
        monkeypatch.delenv(bundle, raising=False)
    if name is not None:
        monkeypatch.setenv(name, str(certificate[0]))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply(answer(row(0, 1))))
        await writer.drain()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        base_url = f"https://{host}:{server.sockets[0].getsockname()[1]}"
        if words is None:
            target = Target("ws-a", "PROJECT-p", base_url)
            async with Client(target, Secret(KEY)) as client:
                found = await client.fetch(Query(target, Filters(), START, START + 300))
            assert isinstance(found, Answer)
        else:
            failed = await failure(base_url)
            assert type(failed) is TlsFailed
            assert words in failed.problem.summary
            assert "SSL_CERT_FILE" in failed.problem.advice
