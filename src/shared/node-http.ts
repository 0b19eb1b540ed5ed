// Node's HTTP without WebSocket and its kin. An import statement takes everything that a module exports, and node:http
// loads all of undici for these few names: 13 MiB, and tens of milliseconds of each start.
export const { Agent, createServer, request } = process.getBuiltinModule('node:http');
