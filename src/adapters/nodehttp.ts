/**
 * `node:http`, got in the one way that brings no more along: an import of it touches each of its exports, and for one of
 * them Node loads a whole second HTTP and WebSocket client, 10 MB that stay in memory.
 */
export const { STATUS_CODES, createServer, request } = process.getBuiltinModule("node:http");
