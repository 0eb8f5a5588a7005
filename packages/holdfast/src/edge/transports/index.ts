// The gate socket: server, client, key and protocol for hook clients and the command line.
export { serveHttp, type HttpAnswer, type HttpCall, type HttpServer, type HttpStats } from './http-server.ts';
export { type HttpTarget } from './http-request.ts';
export { DESCRIPTOR, LOOPBACK, takeInherited, type HttpSocket, type Inherited } from './inherited.ts';
export { listenerUid } from './kernel-sockets.ts';
export { TransportError, type TransportCode } from './errors.ts';
export { REPLY_FRAME, REQUEST_FRAME, FrameReader, frame } from './framing.ts';
export { ensureHookKey, httpToken, keyPath, readHookKey } from './hook-key.ts';
export { nativePart } from './native-part.ts';
export { type Peer } from './peer.ts';
export { PROTOCOL, fingerprint, type Answer } from './protocol.ts';
export { ControlError, openSocket, type SocketClient } from './socket-client.ts';
export {
  serveSocket,
  type ControlRequest,
  type HookRequest,
  type SocketServer,
  type SocketServerOptions,
  type SocketStats,
} from './socket-server.ts';
