"""A client that costs next to nothing, so that what is measured is the server. It sends files with sendfile and lets
the kernel throw away what it receives (MSG_TRUNC), which Node cannot. Prints one JSON document; every status that
is not the expected one ends it with a message and exit code 1.

  raw-client.py push HOST PORT REPOSITORY FILE REPEAT DIGEST [HEADER...]
  raw-client.py pull HOST PORT PATH CONNECTIONS SECONDS PLAIN|TLS [HEADER...]
  raw-client.py digest FILE REPEAT
"""
import hashlib
import json
import os
import selectors
import socket
import ssl
import sys
import threading
import time

CHUNK = 4 * 1024 * 1024


def fail(message):
    """Ends the whole process, from any thread."""
    print(f'raw-client: {message}', file=sys.stderr, flush=True)
    os._exit(1)


def connect(host, port):
    sock = socket.create_connection((host, port), timeout=30)
    sock.settimeout(None)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def head_of(sock):
    """The status and headers of an answer, and what came behind them."""
    data = b''
    while b'\r\n\r\n' not in data:
        part = sock.recv(65536)
        if not part:
            fail(f'the connection ended in an answer: {data[:200]!r}')
        data += part
    head, rest = data.split(b'\r\n\r\n', 1)
    lines = head.decode('latin1').split('\r\n')
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(':')
        headers[name.strip().lower()] = value.strip()
    return int(lines[0].split(' ')[1]), headers, rest


def expect(sock, status):
    got, headers, rest = head_of(sock)
    length = int(headers.get('content-length', 0))
    while len(rest) < length:
        part = sock.recv(65536)
        if not part:
            fail('the connection ended in an answer')
        rest += part
    if got != status:
        fail(f'status {got} instead of {status}: {rest[:300]!r}')
    return headers


def request(method, target, host, headers, length):
    lines = [f'{method} {target} HTTP/1.1', f'Host: {host}', *headers, f'Content-Length: {length}']
    if length:
        lines.append('Content-Type: application/octet-stream')
    return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin1')


def path_of(location):
    return '/' + location.split('/', 3)[3] if location.startswith('http') else location


def push(host, port, repository, file, repeat, digest, *headers):
    size = os.path.getsize(file)
    name = f'{host}:{port}'
    with open(file, 'rb') as source:
        sock = connect(host, int(port))
        started = time.monotonic()
        sock.sendall(request('POST', f'/v2/{repository}/blobs/uploads/', name, headers, 0))
        target = path_of(expect(sock, 202)['location'])
        sock.sendall(request('PATCH', target, name, headers, size * int(repeat)))
        for _ in range(int(repeat)):
            offset = 0
            while offset < size:
                offset += os.sendfile(sock.fileno(), source.fileno(), offset, size - offset)
        target = path_of(expect(sock, 202)['location'])
        mark = '&' if '?' in target else '?'
        sock.sendall(request('PUT', f'{target}{mark}digest={digest}', name, headers, 0))
        stored = expect(sock, 201)
        seconds = time.monotonic() - started
    if stored.get('docker-content-digest') != digest:
        fail(f'stored as {stored.get("docker-content-digest")} instead of {digest}')
    print(json.dumps({'bytes': size * int(repeat), 'seconds': seconds}))


class Pull:
    """One connection that asks for the same thing again and again."""

    def __init__(self, sock, message):
        self.sock, self.message, self.left, self.taken = sock, message, 0, 0
        self.begin()

    def begin(self):
        self.sock.sendall(self.message)

    def head(self):
        # Few bytes at a time: what is read here is copied.
        data = b''
        while b'\r\n\r\n' not in data:
            part = self.sock.recv(4096)
            if not part:
                fail('the connection ended in an answer')
            data += part
        head, rest = data.split(b'\r\n\r\n', 1)
        if not head.startswith(b'HTTP/1.1 200 '):
            fail(f'not 200: {data[:300]!r}')
        length = [line for line in head.lower().split(b'\r\n') if line.startswith(b'content-length:')]
        self.left = int(length[0].split(b':')[1]) - len(rest)
        self.taken += len(rest)

    def took(self, count):
        if count == 0:
            fail('the connection ended in an answer')
        self.left -= count
        self.taken += count
        if self.left == 0:
            self.begin()


def pull_plain(pulls, until):
    selector = selectors.DefaultSelector()
    buffer = bytearray(CHUNK)
    for pull in pulls:
        selector.register(pull.sock, selectors.EVENT_READ, pull)
    while time.monotonic() < until:
        for key, _ in selector.select(timeout=1):
            pull = key.data
            if pull.left == 0:
                pull.head()
            else:
                pull.took(pull.sock.recv_into(buffer, min(CHUNK, pull.left), socket.MSG_TRUNC))


def pull_tls(pull, until):
    buffer = bytearray(CHUNK)
    while time.monotonic() < until:
        if pull.left == 0:
            pull.head()
        else:
            pull.took(pull.sock.recv_into(buffer, min(CHUNK, pull.left)))


def pull(host, port, path, connections, seconds, kind, *headers):
    message = request('GET', path, f'{host}:{port}', headers, 0)
    sockets = [connect(host, int(port)) for _ in range(int(connections))]
    if kind == 'TLS':
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        sockets = [context.wrap_socket(sock) for sock in sockets]
    started = time.monotonic()
    until = started + float(seconds)
    pulls = [Pull(sock, message) for sock in sockets]
    if kind == 'TLS':
        threads = [threading.Thread(target=pull_tls, args=(each, until)) for each in pulls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        pull_plain(pulls, until)
    taken = sum(each.taken for each in pulls)
    print(json.dumps({'bytes': taken, 'seconds': time.monotonic() - started}))


def digest(file, repeat):
    result = hashlib.sha256()
    for _ in range(int(repeat)):
        with open(file, 'rb') as source:
            while part := source.read(1024 * 1024):
                result.update(part)
    print(json.dumps({'digest': f'sha256:{result.hexdigest()}'}))


if __name__ == '__main__':
    {'push': push, 'pull': pull, 'digest': digest}[sys.argv[1]](*sys.argv[2:])
