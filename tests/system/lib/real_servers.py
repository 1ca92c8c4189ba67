"""Servers and proxies of others, as Debian and npm bring them: nginx, tinyproxy, oidc-provider; and certificates for them."""

import json
import os
import select
import shutil
import socket
import subprocess
import tempfile

from lib.postgres import TOP, wait_until


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    with socket.socket() as s:
        s.settimeout(5)
        return s.connect_ex(("127.0.0.1", port)) == 0


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)


class Certificates:
    """One authority of our own, and what it signed: NAME.pem and NAME.key in the folder. self-signed: nobody signed it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="thidua-certificates.")
        os.chmod(self.folder, 0o755)
        openssl(self.folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                "-subj", "/CN=Authority of the test")
        self.sign("server", "DNS:localhost,IP:127.0.0.1")
        self.sign("elsewhere", "DNS:elsewhere.test")
        self.sign("client", "DNS:thiduad.test")
        openssl(self.folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "self.key", "-out", "self.pem", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        for name in os.listdir(self.folder):
            os.chmod(self.path(name), 0o644)

    def path(self, name):
        return os.path.join(self.folder, name)

    def sign(self, name, alternative):
        openssl(self.folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
        with open(self.path(name + ".ext"), "w", encoding="utf-8") as f:
            f.write("subjectAltName=%s\n" % alternative)
        openssl(self.folder, "x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", name + ".pem", "-days", "2", "-extfile", name + ".ext")

    def pin(self, name):
        """As operators compute it."""
        line = "openssl x509 -in %s -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64" % self.path(name + ".pem")
        return "sha256//" + subprocess.run(["sh", "-c", line], check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout.strip()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Program:
    """A server in a folder of its own. make(folder, port) gives its command; a port that somebody else took meanwhile is replaced."""

    def __init__(self, n_ports, make):
        self.folder = tempfile.mkdtemp(prefix="thidua-server.")
        os.chmod(self.folder, 0o777)
        for _ in range(5):
            self.ports = [free_port() for _ in range(n_ports)]
            self.log = open(os.path.join(self.folder, "output"), "w", encoding="utf-8")
            self.process = subprocess.Popen(make(self.folder, *self.ports), stdout=self.log, stderr=self.log)
            wait_until(lambda: self.process.poll() is not None or all(answers(p) for p in self.ports), 30)
            if self.process.poll() is None:
                return
        raise AssertionError(self.read("output"))

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as f:
            return f.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=10)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


NGINX = """
daemon off;
{user}
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
        log_format told '$server_port $server_protocol $ssl_protocol $ssl_client_verify $request_method $request_uri $status $http_accept_encoding';
        access_log {folder}/access.log told;
        client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
        default_type application/json;
        gzip on; gzip_types application/json; gzip_min_length 10;
        root {folder}/www;
        ssl_session_cache shared:tls:1m;
        ssl_protocols TLSv1.2 TLSv1.3;
        server {{ listen 127.0.0.1:{p[0]}; }}
        server {{ listen 127.0.0.1:{p[1]} ssl http2; ssl_certificate {c}/server.pem; ssl_certificate_key {c}/server.key; }}
        server {{ listen 127.0.0.1:{p[2]} ssl; ssl_certificate {c}/server.pem; ssl_certificate_key {c}/server.key; ssl_client_certificate {c}/ca.pem; ssl_verify_client on; }}
        server {{ listen 127.0.0.1:{p[3]} ssl; ssl_certificate {c}/self.pem; ssl_certificate_key {c}/self.key; }}
        server {{ listen 127.0.0.1:{p[4]} ssl; ssl_certificate {c}/elsewhere.pem; ssl_certificate_key {c}/elsewhere.key; }}
        server {{ listen 127.0.0.1:{p[5]} ssl; ssl_certificate {c}/server.pem; ssl_certificate_key {c}/server.key; ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0; }}
        server {{ listen 127.0.0.1:{p[6]} ssl; ssl_certificate {c}/server.pem; ssl_certificate_key {c}/server.key; ssl_protocols TLSv1.2; }}
}}
"""


class Nginx(Program):
    def __init__(self, certificates, body):
        def make(folder, *ports):
            os.makedirs(os.path.join(folder, "www"), exist_ok=True)
            with open(os.path.join(folder, "www/so.json"), "w", encoding="utf-8") as f:
                f.write(body)
            with open(os.path.join(folder, "nginx.conf"), "w", encoding="utf-8") as f:
                f.write(NGINX.format(folder=folder, p=ports, c=certificates.folder, user="user root;" if os.getuid() == 0 else ""))
            return ["nginx", "-c", os.path.join(folder, "nginx.conf"), "-e", os.path.join(folder, "error.log")]

        super().__init__(7, make)
        self.plain, self.tls, self.mutual, self.self_signed, self.elsewhere, self.old, self.middle = self.ports

    def told(self, port):
        """What was asked at this port, as the log tells it once a request is over."""
        return [line.split() for line in self.read("access.log").splitlines() if line.startswith("%d " % port)]


class Tinyproxy(Program):
    def __init__(self, login=None):
        def make(folder, port):
            with open(os.path.join(folder, "conf"), "w", encoding="utf-8") as f:
                f.write("BasicAuth %s %s\n" % login if login else "")
                f.write('Port %d\nListen 127.0.0.1\nTimeout 30\nMaxClients 20\nLogFile "%s/log"\nLogLevel Connect\nPidFile "%s/pid"\n' % (port, folder, folder))
            return ["tinyproxy", "-d", "-c", os.path.join(folder, "conf")]

        super().__init__(1, make)
        self.port = self.ports[0]

    def told(self):
        return self.read("log") if os.path.exists(os.path.join(self.folder, "log")) else ""


def install_oidc():
    """Where npm reaches no registry this fails: those who test elsewhere still have all other tests."""
    subprocess.run(["bash", os.path.join(TOP, "tests/system/oidc/install.sh"), os.path.join(TOP, "build/oidc")], check=True, timeout=300)


class Oidc:
    """The authorization server of npm's oidc-provider with an interface behind it; it names its port itself."""

    def __init__(self, secret, keys):
        packages = os.path.join(TOP, "build/oidc")
        here = os.path.join(TOP, "tests/system/oidc")
        self.folder = tempfile.mkdtemp(prefix="thidua-oidc.")
        given = os.path.join(self.folder, "given.json")
        with open(given, "w", encoding="utf-8") as f:
            json.dump({"secret": secret, "keys": keys}, f)
        self.log = open(os.path.join(self.folder, "log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(["node", os.path.join(here, "server.mjs"), packages, given], stdout=subprocess.PIPE, stderr=self.log, text=True)
        assert select.select([self.process.stdout], [], [], 60)[0], self.words()
        line = self.process.stdout.readline()
        assert line.strip().isdigit(), self.words()
        self.port = int(line)

    def words(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as f:
            return f.read()

    def stop(self):
        self.process.kill()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
