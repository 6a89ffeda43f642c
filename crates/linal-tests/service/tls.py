"""TLS of all three protocols, with a certificate that a client trusts, one that it does not, and none at all."""

import contextlib
import http.client
import os
import socket
import ssl
import subprocess
import sys
import warnings

import adbc_driver_flightsql.dbapi as flightsql
import psycopg
import trustme
from adbc_driver_flightsql import DatabaseOptions

from .server import Checks, Server, directory, make_token


def raises(act):
    """The text of the error of something that must fail; empty if it does not."""
    try:
        act()
    except Exception as error:  # Drivers have classes of their own.
        return str(error) or type(error).__name__
    return ""


def http_protocol(checks, server, root, token):
    """Statements over HTTPS, and clients that do not trust the server or do not encrypt."""
    host, port = server.address("https")

    def ask(context):
        connection = http.client.HTTPSConnection(host, port, timeout=30, context=context)
        with contextlib.closing(connection):
            connection.request("POST", "/execute", "SELECT 1 AS one", {"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            return answer.status, b'"rows":[[1]]' in answer.read().replace(b" ", b"")

    trusting = ssl.create_default_context(cafile=root)
    checks.equal("https", ask(trusting), (200, True))
    checks.true("https without trust", "certificate" in raises(lambda: ask(ssl.create_default_context())).lower())
    plain = http.client.HTTPConnection(host, port, timeout=30)
    checks.true("no encryption", raises(lambda: (plain.request("GET", "/health/live"), plain.getresponse())))
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=root)
        context.minimum_version = context.maximum_version = version
        checks.equal(version.name, ask(context), (200, True))
    old = ssl.create_default_context(cafile=root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    checks.true("TLS 1.1 is refused", raises(lambda: ask(old)))
    # A handshake that does not go on, and one that is no handshake, end and hold up nobody.
    silent = socket.create_connection((host, port), timeout=30)
    garbage = socket.create_connection((host, port), timeout=30)
    garbage.sendall(b"\x16\x03\x01\xff\xff" + os.urandom(1000))
    checks.equal("others beside a silent client", ask(trusting), (200, True))
    for stream, what in ((garbage, "garbage"), (silent, "silence")):
        try:
            while stream.recv(4096):
                pass
            checks.true(what, True)
        except ConnectionError:
            checks.true(what, True)
        except TimeoutError:
            checks.true(f"{what} is given up", False)
        stream.close()


def client_program(checks, linal, server, root, token):
    """`linal query` over HTTPS, with a root of its own and without one."""
    host, port = server.address("https")
    command = [linal, "query", "--url", f"https://{host}:{port}", "SELECT 1 AS one"]
    environment = {**os.environ, "LINAL_TOKEN": token}
    run = lambda *options: subprocess.run([*command, "--format", "json", *options], capture_output=True, text=True, env=environment)
    ended = run("--ca-cert", root)
    checks.equal("linal query", (ended.returncode, ended.stdout, ended.stderr), (0, '[{"one":1}]\n', ""))
    checks.equal("linal query without trust", run().returncode, 3)
    checks.equal("linal query with no certificates", run("--ca-cert", __file__).returncode, 2)


def flight_protocol(checks, server, root, token):
    """ADBC over gRPC with TLS."""
    address = "%s:%d" % server.address("grpc+tls" if "grpc+tls" in server.urls else "grpc")
    header = {DatabaseOptions.AUTHORIZATION_HEADER.value: f"Bearer {token}"}

    def ask(url, options):
        with flightsql.connect(url, db_kwargs={**header, **options}, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 AS one")
            return cursor.fetchall()

    with open(root) as file:
        trust = {DatabaseOptions.TLS_ROOT_CERTS.value: file.read()}
    checks.equal("Flight", ask(f"grpc+tls://{address}", trust), [(1,)])
    checks.true("Flight without trust", raises(lambda: ask(f"grpc+tls://{address}", {})))
    checks.true("Flight without encryption", raises(lambda: ask(f"grpc://{address}", {})))


def pg_protocol(checks, server, root, token):
    """psycopg with all that it can verify; without encryption it is refused."""
    host, port = server.address("postgresql")

    def ask(mode, password=token, roots=root):
        info = f"host={host} port={port} dbname=default user=anybody password={password} sslmode={mode} sslrootcert={roots} connect_timeout=20"
        with psycopg.connect(info, autocommit=True) as connection:
            return connection.execute("SELECT 1").fetchall(), connection.pgconn.ssl_in_use

    checks.equal("PostgreSQL", ask("verify-full"), ([(1,)], True))
    checks.equal("PostgreSQL, not verified", ask("require", roots=""), ([(1,)], True))
    with directory() as folder:
        other = f"{folder}/other.pem"
        trustme.CA().cert_pem.write_to_path(other)
        checks.true("PostgreSQL without trust", raises(lambda: ask("verify-full", roots=other)))
    checks.true("PostgreSQL without encryption", "TLS" in raises(lambda: ask("disable")))
    checks.true("PostgreSQL with a wrong token", raises(lambda: ask("verify-full", password="wrong")))


def main():
    linal = sys.argv[1]
    checks = Checks("tls")
    with directory() as folder:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        root, chain, key = f"{folder}/root.pem", f"{folder}/chain.pem", f"{folder}/key.pem"
        authority.cert_pem.write_to_path(root)
        certificate.private_key_pem.write_to_path(key)
        for number, blob in enumerate(certificate.cert_chain_pems):
            blob.write_to_path(chain, append=number > 0)
        data = f"{folder}/data"
        with Server(linal, data=data):
            token = make_token(linal, data, "reader", "read")
        options = ["--tls-cert", chain, "--tls-key", key, "--read-timeout", "3s"]
        with Server(linal, *options, data=data, flight=True, pg=True) as server:
            http_protocol(checks, server, root, token)
            client_program(checks, linal, server, root, token)
            flight_protocol(checks, server, root, token)
            pg_protocol(checks, server, root, token)
        try:
            with Server(linal, "--tls-cert", chain):
                checks.true("a certificate without a key is refused", False)
        except RuntimeError:
            checks.true("a certificate without a key is refused", True)
    checks.end()


if __name__ == "__main__":
    main()
