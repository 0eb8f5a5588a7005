// When hooks by http may be relied on: only on a port that root's service manager holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../core/model/index.ts';
import { servedPort, whyNotHeld } from './held-port.ts';

const HELD: readonly (readonly [string, number | undefined, number | undefined, RegExp | undefined])[] = [
  ["root's", 21947, 0, undefined],
  ["the user's own manager's", 21947, 1000, /held by user 1000, not by the system's service manager/],
  ['nobody’s', 21947, undefined, /nobody is seen to listen on port 21947/],
  ['no port', undefined, undefined, /no service manager gave the watcher a port/],
  ['no port, whoever holds one', undefined, 0, /no service manager gave the watcher a port/],
];
for (const [name, port, holder, want] of HELD) {
  test(`a port that is ${name}`, () => {
    const why = whyNotHeld(port, holder);
    if (want === undefined) assert.equal(why, undefined);
    else assert.match(why ?? '', want);
  });
}

const SERVED: readonly (readonly [string, Json, number | undefined])[] = [
  ['served', { listens: { socket: 'service-manager', http: { port: 21947, holder: 0 } } }, 21947],
  ['not served', { listens: { socket: 'own', http: null } }, undefined],
  ['a watcher that knows no http', { pid: 1 }, undefined],
  ['a word for a number', { listens: { http: { port: '21947' } } }, undefined],
  ['no status', null, undefined],
];
for (const [name, status, want] of SERVED)
  test(`the watcher says: ${name}`, () => assert.equal(servedPort(status), want));
