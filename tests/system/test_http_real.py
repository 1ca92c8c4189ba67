"""Against servers of others: TLS, mutual TLS, pinned keys and HTTP/2 with nginx, a proxy with tinyproxy, OAuth2 with oidc-provider."""

import json
import os
import re
import subprocess
import sys
import urllib.request

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from lib.real_servers import Certificates, Nginx, Oidc, Tinyproxy, free_port, install_oidc  # noqa: E402
from lib.rig import Rig, wait_until  # noqa: E402

SECRET = "secret-of-the-test"

CONNECTOR = """
connector: that
title: A real server
enabled: yes
base_url: {base}
{auth}
{tls}
manners: {{rate: 0, parallel: 1, attempts: 1}}
streams:
  - name: so
    schedule: {{every: 1 d}}
    request: {{path: {path}}}
    {paging}
    format: {{kind: json, records: ".rows[]", fields: {{value: .value}}}}
    mapping:
      unit: {{const: nt-so-y-te}}
      period: {{today: yes}}
      metrics: [{{metric: t.so, value: value, whole: yes}}]
"""

BODY = json.dumps({"rows": [{"value": n} for n in range(50)]})


@pytest.fixture(scope="module")
def certificates():
    c = Certificates()
    yield c
    c.remove()


@pytest.fixture(scope="module")
def nginx(certificates):
    n = Nginx(certificates, BODY)
    yield n
    n.stop()


class Place:
    def __init__(self):
        self.rigs = []

    def fetch(self, base, main="", auth="", tls="", path="/so.json", paging="", words=()):
        rig = Rig("host=/nowhere dbname=none", None, names=(), main=main)
        self.rigs.append(rig)
        with open(os.path.join(rig.room, "connectors.d/that.yaml"), "w", encoding="utf-8") as f:
            f.write(CONNECTOR.format(base=base, auth=auth, tls=tls, path=path, paging=paging))
        done = rig.run("fetch", "that", *words, check=False, timeout=60)
        assert SECRET not in done.stdout + done.stderr
        done.last = done.stderr.strip().splitlines()[-1]
        done.values = [int(line.split()[-1]) for line in done.stdout.splitlines()]
        return done


@pytest.fixture
def place():
    p = Place()
    yield p
    for rig in p.rigs:
        rig.remove()


def trust(certificates):
    return "http: {ca_file: %s}" % certificates.path("ca.pem")


# The figures come over TLS 1.3 and HTTP/2, compressed, from a server whose authority we know.
def test_tls_and_http2(nginx, certificates, place):
    done = place.fetch("https://localhost:%d" % nginx.tls, main=trust(certificates))
    assert done.returncode == 0 and done.values == list(range(50)), done.stderr
    wait_until(lambda: nginx.told(nginx.tls), 10)
    told = nginx.told(nginx.tls)
    assert told[-1][1:7] == ["HTTP/2.0", "TLSv1.3", "NONE", "GET", "/so.json", "200"], told
    assert {"gzip,", "br,", "zstd"} <= set(told[-1][7:]), told


# TLS 1.2 is the oldest that is spoken, and 1.3 where the operator says so.
def test_oldest_tls(nginx, certificates, place):
    assert place.fetch("https://localhost:%d" % nginx.middle, main=trust(certificates)).returncode == 0
    for port, main in ((nginx.old, trust(certificates)), (nginx.middle, "http: {ca_file: %s, tls_min: '1.3'}" % certificates.path("ca.pem"))):
        done = place.fetch("https://localhost:%d" % port, main=main)
        assert done.returncode == 69 and re.search(r'no TLS connection to "localhost": .*(version|protocol)', done.last), done.last


# A certificate of nobody we know, or for another name, ends the transfer before anything is sent.
def test_certificates(nginx, certificates, place):
    for port, words in ((nginx.self_signed, "is not trusted: self-signed certificate"), (nginx.elsewhere, "is not trusted: .*(does not match|no alternative certificate)")):
        done = place.fetch("https://localhost:%d" % port, main=trust(certificates))
        assert done.returncode == 69 and re.search('certificate of "localhost" ' + words, done.last), done.last
        assert nginx.told(port) == []
    done = place.fetch("https://localhost:%d" % nginx.tls)
    assert done.returncode == 69 and "is not trusted" in done.last, done.last
    done = place.fetch("https://localhost:%d" % nginx.tls, main="http: {ca_file: /nowhere/ca.pem}")
    assert done.returncode == 69 and 'the bundle of certificate authorities "/nowhere/ca.pem" cannot be read' in done.last, done.last


# With pinned keys a valid certificate is not enough: one of the keys must be the server's.
def test_pins(nginx, certificates, place):
    good, other = certificates.pin("server"), certificates.pin("client")
    base = "https://localhost:%d" % nginx.tls
    assert place.fetch(base, main=trust(certificates), tls='tls: {pins: ["%s", "%s"]}' % (other, good)).returncode == 0
    before = len(nginx.told(nginx.tls))
    done = place.fetch(base, main=trust(certificates), tls='tls: {pins: ["%s"]}' % other)
    assert done.returncode == 69 and 'the public key of "localhost" is none of those under "tls: pins:"' in done.last, done.last
    assert len(nginx.told(nginx.tls)) == before
    # A pin does not replace the authority.
    done = place.fetch("https://localhost:%d" % nginx.self_signed, main=trust(certificates), tls='tls: {pins: ["%s"]}' % certificates.pin("self"))
    assert done.returncode == 69 and "is not trusted" in done.last, done.last
    done = place.fetch(base, main=trust(certificates), tls="tls: {pins: [md5//abc]}")
    assert done.returncode == 78 and "is no public key's hash" in done.stderr, done.stderr


# Mutual TLS: as a kind of authentication, and besides another kind; without it, or with a broken one, in words.
def test_mutual_tls(nginx, certificates, place):
    base, pair = "https://localhost:%d" % nginx.mutual, "certificate: %s, key: %s" % (certificates.path("client.pem"), certificates.path("client.key"))
    for more in ({"auth": "auth: {kind: certificate, %s}" % pair}, {"tls": "tls: {%s}" % pair}):
        done = place.fetch(base, main=trust(certificates), **more)
        assert done.returncode == 0 and done.values == list(range(50)), done.stderr
    wait_until(lambda: len(nginx.told(nginx.mutual)) >= 2, 10)
    assert [line[3] for line in nginx.told(nginx.mutual)] == ["SUCCESS", "SUCCESS"]
    done = place.fetch(base, main=trust(certificates))
    assert done.returncode in (65, 69) and "HTTP 400" in done.last, done.last
    for bad in ("/nowhere/client.pem", certificates.path("client.csr")):
        done = place.fetch(base, main=trust(certificates), tls="tls: {certificate: %s, key: %s}" % (bad, certificates.path("client.key")))
        assert done.returncode == 69 and "our client certificate or its key cannot be used" in done.last, done.last


# Through a proxy: plain requests and, by CONNECT, those under TLS; a proxy that is not there or refuses is named.
def test_proxy(nginx, certificates, place):
    proxy = Tinyproxy()
    try:
        main = "http: {ca_file: %s, proxy: 'http://127.0.0.1:%d'}" % (certificates.path("ca.pem"), proxy.port)
        assert place.fetch("http://localhost:%d" % nginx.plain, main=main).values == list(range(50))
        assert place.fetch("https://localhost:%d" % nginx.tls, main=main).values == list(range(50))
        assert "GET http://localhost:%d/so.json" % nginx.plain in proxy.told()
        assert "CONNECT localhost:%d" % nginx.tls in proxy.told()
        done = place.fetch("https://localhost:%d" % free_port(), main=main)
        assert done.returncode == 69 and 'the proxy "http://127.0.0.1:%d" gives no way to "localhost": ' % proxy.port in done.last, done.last
    finally:
        proxy.stop()
    done = place.fetch("http://localhost:%d" % nginx.plain, main=main)
    assert done.returncode == 69 and 'connection refused by 127.0.0.1:%d ("http://127.0.0.1:%d")' % (proxy.port, proxy.port) in done.last, done.last


# A proxy that wants a login gets it, under TLS and without; a wrong one, none, and a password that is not there are told as what they are, and nobody sees the password.
def test_proxy_login(nginx, certificates, place, tmp_path):
    proxy = Tinyproxy(("thidua", "mat-khau-proxy"))
    secret = tmp_path / "proxy.secret"
    secret.write_text("mat-khau-proxy\n")
    main = "http: {ca_file: %s, proxy: 'http://127.0.0.1:%d'%%s}" % (certificates.path("ca.pem"), proxy.port)
    login = ", proxy_user: thidua, proxy_password: {file: '%s'}" % secret
    bases = ["http://localhost:%d" % nginx.plain, "https://localhost:%d" % nginx.tls]
    try:
        for base in bases:
            done = place.fetch(base, main=main % login)
            assert done.values == list(range(50)), done.stderr
            assert "mat-khau-proxy" not in done.stdout + done.stderr
        for base in bases:
            done = place.fetch(base, main=main % "")
            assert done.returncode != 0 and "the proxy" in done.last and "wants a login" in done.last, done.last
        secret.write_text("sai\n")
        for base in bases:
            done = place.fetch(base, main=main % login)
            # Of a plain request tinyproxy says 401, as the source would.
            assert done.returncode != 0 and ("refuses the one it got" in done.last or (base == bases[0] and "HTTP 401" in done.last)), done.last
            assert "sai" not in done.last
        secret.unlink()
        done = place.fetch(bases[0], main=main % login)
        assert done.returncode != 0 and "the login at the proxy: " in done.last and "proxy.secret" in done.last, done.last
    finally:
        proxy.stop()


def key(folder, name, *how):
    private, public = os.path.join(folder, name + ".key"), os.path.join(folder, name + ".pub")
    subprocess.run(["openssl", "genpkey", *how, "-out", private], check=True, stderr=subprocess.DEVNULL, timeout=60)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, timeout=60)
    with open(public, encoding="utf-8") as f:
        return private, f.read()


# An authorization server of others gives tokens to each form of the client's proof; a token that it revokes between two pages is replaced once, and no page is missing or twice.
def test_oauth2(place, tmp_path, monkeypatch):
    rsa = key(str(tmp_path), "rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    elliptic = key(str(tmp_path), "ec", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    monkeypatch.setenv("THIDUA_TEST_SECRET", SECRET)
    try:
        install_oidc()
    except subprocess.SubprocessError:
        pytest.skip("npm cannot install oidc-provider here")
    oidc = Oidc(SECRET, {"by-rsa": rsa[1], "by-ec": elliptic[1]})
    base = "http://127.0.0.1:%d" % oidc.port
    by_secret = "auth: {kind: oauth2, token_url: /token, client_id: %s, client_secret: {env: THIDUA_TEST_SECRET}, send: %s, scope: thongke}"
    by_key = "auth: {kind: jwt, token_url: /token, issuer: %s, key: {file: %s}, scope: thongke}"
    try:
        for n, auth in enumerate((by_secret % ("by-basic", "basic"), by_secret % ("by-body", "body"), by_key % ("by-rsa", rsa[0]), by_key % ("by-ec", elliptic[0]))):
            done = place.fetch(base, auth=auth, path="/api", paging="paging: {kind: page, param: page}")
            assert done.returncode == 0 and done.values == [1, 2, 3], (auth, done.stderr, oidc.words())
            with urllib.request.urlopen(base + "/count", timeout=10) as f:
                # The first one's token was revoked in the middle.
                assert json.load(f)["tokens"] == n + 2
        # The proof of a key that the server does not know, and a secret where a key is wanted.
        for auth, words in ((by_key % ("by-rsa", elliptic[0]), "invalid_client|client authentication failed"),
                            ((by_secret % ("by-rsa", "basic")), "invalid_client|client authentication failed")):
            done = place.fetch(base, auth=auth, path="/api")
            assert done.returncode == 77 and re.search("login: POST /token: HTTP 40[01]: the token endpoint refused; it says .*(%s)" % words, done.last), done.last
        # Without the scope there is a token, but the interface does not take it: one more login, and that is all.
        done = place.fetch(base, auth=(by_secret % ("by-basic", "basic")).replace(", scope: thongke", ""), path="/api")
        assert done.returncode == 77 and "HTTP 401: the source did not accept the credentials" in done.last, done.last
    finally:
        oidc.stop()
