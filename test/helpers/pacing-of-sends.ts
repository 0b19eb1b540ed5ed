// A program of its own, for a network of its own: sends a file to a socket as to a distant client, then as to one on this
// machine, and prints how its connection controls congestion after each.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { loadSendFile } from '../../src/adapters/blobs/sendfile.ts';

const getsockopt = koffi
  .load(null)
  .func('int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint32_t *)');

function congestionControlOf(socket: number): string {
  const name = Buffer.alloc(16);
  assert.equal(getsockopt(socket, 6, 13, name, [name.length]), 0);
  return name.toString('latin1').split('\0', 1)[0] ?? '';
}

const folder = await mkdtemp(join(tmpdir(), 'sealport-pacing-'));
const path = join(folder, 'file');
await writeFile(path, 'a layer');
const file = await open(path);
const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
await once(server, 'listening');
const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
await once(client, 'connect');
const { _handle: handle } = client as Socket & { readonly _handle: { readonly fd: number } };
const send = await loadSendFile();
assert.ok(send !== undefined);
const used = [false, true].map((isLocal) => {
  assert.equal(send({ socket: handle.fd, isLocal, file: file.fd, position: 0, length: 7 }), 7);
  return congestionControlOf(handle.fd);
});
console.log(used.join(' '));
client.destroy();
server.close();
await file.close();
await rm(folder, { recursive: true });
