// The http seam: only a whole, bounded request of our own hook reaches the gate; everything else is refused, and no refusal looks like consent.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { serveHttp, type HttpAnswer, type HttpCall, type HttpServer, type HttpServerOptions } from './http-server.ts';

const LIMIT = { timeout: 30_000, skip: process.platform === 'linux' ? false : 'the kernel is only asked on Linux' };
const TOKEN = 'a1'.repeat(32);
const ID = '0'.repeat(32);
const PATH = `/${ID}/claude-code/PreToolUse`;
const ME = process.getuid?.() ?? 0;
const FINE: HttpAnswer = { status: 200, body: '{}' };

async function serve(t: TestContext, options: Partial<HttpServerOptions> = {}) {
  const calls: HttpCall[] = [];
  const server = await serveHttp({
    at: { port: 0 },
    id: ID,
    token: TOKEN,
    events: new Map([['claude-code', new Set(['PreToolUse', 'PostToolUse'])]]),
    uids: new Set([ME]),
    handle: async (call) => {
      calls.push(call);
      return FINE;
    },
    refusal: (_target, code, why) => ({ status: 200, body: JSON.stringify({ stopped: `${why} [${code}]` }) }),
    ...options,
  });
  t.after(() => server.close());
  return { server, calls };
}

/** Head of a good request, with lines changed: `undefined` takes one out. */
function head(
  server: HttpServer,
  more: { readonly [name: string]: string | readonly string[] | undefined } = {},
): string {
  const { line = `POST ${PATH} HTTP/1.1`, ...rest } = more;
  const lines = {
    Host: `127.0.0.1:${server.port}`,
    Authorization: `Bearer ${TOKEN}`,
    'Content-Type': 'application/json',
    Connection: 'close',
    ...rest,
  };
  const rows = Object.entries(lines).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${name}: ${one as string}`),
  );
  return [line, ...rows, '', ''].join('\r\n');
}

/** Sends bytes as they are; answers everything that came back until the connection ended, or what had come after `ms`. */
function raw(server: HttpServer, bytes: string | Buffer, ms = 20_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1');
    let got = '';
    const timer = setTimeout(() => socket.destroy(), ms);
    socket.on('data', (part) => (got += part.toString('latin1')));
    // Refusals end the connection while we still write; what was answered before counts.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(got);
    });
    socket.on('connect', () => socket.write(bytes));
  });
}

const post = (server: HttpServer, body: string, more: Parameters<typeof head>[1] = {}): Promise<string> =>
  raw(server, `${head(server, { 'Content-Length': String(Buffer.byteLength(body)), ...more })}${body}`);
const status = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);

test(
  'a whole request reaches the gate with its host, event and payload, and the answer comes back as it is',
  LIMIT,
  async (t) => {
    const body = '{"hook_event_name":"PreToolUse","é":1}';
    const { server, calls } = await serve(t, {});
    const answer = await post(server, body);
    assert.match(answer, /^HTTP\/1\.1 200 .*Content-Length: 2\r\n.*\r\n\r\n\{\}$/s);
    await post(server, '{}', { line: `POST http://127.0.0.1:${server.port}${PATH} HTTP/1.1` });
    await post(server, '{}', { line: `POST /${ID}/claude-code/PostToolUse HTTP/1.1` });
    assert.deepEqual(calls, [
      { host: 'claude-code', event: 'PreToolUse', payload: body },
      { host: 'claude-code', event: 'PreToolUse', payload: '{}' },
      { host: 'claude-code', event: 'PostToolUse', payload: '{}' },
    ]);
    assert.deepEqual(server.stats(), { requests: 3, late: 0, refused: {} });
  },
);

const REFUSED: readonly (readonly [name: string, want: number, code: string, more: Parameters<typeof head>[1]])[] = [
  ['no token', 401, 'token', { Authorization: undefined }],
  ['another token', 401, 'token', { Authorization: `Bearer ${'b2'.repeat(32)}` }],
  ['a longer token', 401, 'token', { Authorization: `Bearer ${TOKEN}0` }],
  ['the bare token', 401, 'token', { Authorization: TOKEN }],
  ['basic instead of bearer', 401, 'token', { Authorization: `Basic ${TOKEN}` }],
  ['two tokens', 401, 'token', { Authorization: [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`] }],
  ['a name that points here', 421, 'host', { Host: 'localhost.example.org' }],
  ['localhost by name', 421, 'host', { Host: 'localhost' }],
  ['another port', 421, 'host', { Host: '127.0.0.1:1' }],
  ['a web page', 403, 'origin', { Origin: 'http://example.org' }],
  ['a web page of nowhere', 403, 'origin', { Origin: 'null' }],
  ['a browser', 403, 'origin', { 'Sec-Fetch-Site': 'same-origin' }],
  ['GET', 405, 'method', { line: `GET ${PATH} HTTP/1.1` }],
  ['PUT', 405, 'method', { line: `PUT ${PATH} HTTP/1.1` }],
  ['OPTIONS, as a browser asks before', 405, 'method', { line: `OPTIONS ${PATH} HTTP/1.1` }],
  ['another installation', 404, 'path', { line: `POST /${'1'.repeat(32)}/claude-code/PreToolUse HTTP/1.1` }],
  ['an event that does not come by http', 404, 'path', { line: `POST /${ID}/claude-code/UserPromptSubmit HTTP/1.1` }],
  ['an unknown host', 404, 'path', { line: `POST /${ID}/somebody/PreToolUse HTTP/1.1` }],
  ['a longer path', 404, 'path', { line: `POST ${PATH}/x HTTP/1.1` }],
  ['a query', 404, 'path', { line: `POST ${PATH}?a=b HTTP/1.1` }],
  ['a proxy request for elsewhere', 404, 'path', { line: `POST http://example.org${PATH} HTTP/1.1` }],
  ['a form', 415, 'type', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ['no type', 415, 'type', { 'Content-Type': undefined }],
  ['text', 415, 'type', { 'Content-Type': 'text/plain' }],
  ['a packed body', 415, 'encoding', { 'Content-Encoding': 'gzip' }],
  ['a body that says it is huge', 413, 'large', { 'Content-Length': '9999999999' }],
  ['a head that is none', 400, 'malformed', { line: 'hello' }],
  ['no host line at all', 421, 'host', { Host: undefined }],
  ['two lengths', 400, 'malformed', { 'Content-Length': ['2', '3'] }],
  ['a length beside chunks', 400, 'malformed', { 'Content-Length': '2', 'Transfer-Encoding': 'chunked' }],
  ['a head without end', 431, 'malformed', { 'X-Long': 'x'.repeat(20_000) }],
  ['a tunnel', 405, 'method', { line: 'CONNECT 127.0.0.1:80 HTTP/1.1' }],
];
for (const [name, want, code, more] of REFUSED) {
  test(`refused before the gate: ${name}`, LIMIT, async (t) => {
    const { server, calls } = await serve(t);
    const answer = await post(server, '{}', more);
    // A head that is too long is turned away as malformed; which of the two numbers it carries is Node's matter.
    assert.ok(want === 431 ? [400, 431].includes(status(answer)) : status(answer) === want, answer.slice(0, 200));
    assert.deepEqual([calls.length, server.stats().refused], [0, { [code]: 1 }]);
    assert.ok(!answer.includes(TOKEN));
  });
}

test('processes of another user are cut off before they have said a word', LIMIT, async (t) => {
  const { server, calls } = await serve(t, { uids: new Set([ME + 1]) });
  assert.equal(await post(server, '{}'), '');
  assert.deepEqual([calls.length, server.stats().refused], [0, { user: 1 }]);
});

test('a body that grows too large while it comes ends the connection, and none is kept', LIMIT, async (t) => {
  const { server, calls } = await serve(t, { limits: { bodyBytes: 1_000 } });
  const chunk = `200\r\n${'x'.repeat(0x200)}\r\n`;
  const answer = await raw(server, `${head(server, { 'Transfer-Encoding': 'chunked' })}${chunk.repeat(20)}0\r\n\r\n`);
  assert.equal(status(answer), 413);
  const exact = '"'.padEnd(999, 'x') + '"';
  assert.equal(status(await post(server, exact)), 200);
  assert.deepEqual([calls.length, server.stats().refused], [1, { large: 1 }]);
});

test('too many bytes in all requests together are refused', LIMIT, async (t) => {
  const { server } = await serve(t, { limits: { heldBytes: 1_000, requestMs: 5_000 } });
  const first = connect(server.port, '127.0.0.1');
  t.after(() => first.destroy());
  first.on('error', () => first.destroy());
  first.write(`${head(server, { 'Content-Length': '900' })}${'x'.repeat(800)}`);
  let answer = '';
  // Until the first one's bytes have come, the second is within bounds.
  for (let i = 0; i < 100 && status(answer) !== 503; i++) answer = await post(server, 'y'.repeat(500));
  assert.equal(status(answer), 503);
  assert.deepEqual(server.stats().refused, { busy: 1 });
});

test('what was read is given back: one request after the other never fills the bound', LIMIT, async (t) => {
  const { server, calls } = await serve(t, { limits: { heldBytes: 1_000, bodyBytes: 700 } });
  // Whole ones, and some that leave half-way or grow too large.
  for (let i = 0; i < 4; i++) {
    assert.equal(status(await post(server, 'x'.repeat(600))), 200);
    await raw(server, `${head(server, { 'Content-Length': '600' })}${'x'.repeat(500)}`, 50);
    await raw(server, `${head(server, { 'Transfer-Encoding': 'chunked' })}320\r\n${'x'.repeat(800)}\r\n0\r\n\r\n`);
  }
  assert.deepEqual([calls.length, server.stats().refused], [4, { large: 4, malformed: 4 }]);
});

test('a request that does not come to its end is ended', LIMIT, async (t) => {
  const { server, calls } = await serve(t, { limits: { requestMs: 200 } });
  const answers = await Promise.all([
    raw(server, `${head(server, { 'Content-Length': '10' })}{`),
    raw(server, head(server).slice(0, 60)),
  ]);
  assert.deepEqual(answers.map(status), [408, 408]);
  assert.deepEqual([calls.length, server.stats().refused['slow']], [0, 2]);
});

test('a body that is no UTF-8, or no JSON, is for the gate to refuse, which tells the model', LIMIT, async (t) => {
  const { server, calls } = await serve(t);
  await raw(server, Buffer.concat([Buffer.from(head(server, { 'Content-Length': '2' })), Buffer.from([0xff, 0xfe])]));
  await post(server, '{not json');
  assert.deepEqual(
    calls.map((call) => call.payload),
    [undefined, '{not json'],
  );
});

const HANDLERS: readonly (readonly [string, HttpServerOptions['handle'], RegExp])[] = [
  ['throws', () => Promise.reject(new Error('broken')), /decision failed \[gate-failed\]/],
  [
    'throws before it promises',
    () => {
      throw new Error('broken');
    },
    /decision failed \[gate-failed\]/,
  ],
  ['is late', () => new Promise(() => undefined), /no decision was reached in time \[gate-late\]/],
  ['answers nothing', () => Promise.resolve(undefined as unknown as HttpAnswer), /in no form .* \[gate-no-answer\]/],
  ['answers an empty body', () => Promise.resolve({ status: 200, body: '' }), /\[gate-no-answer\]/],
  ['answers a status that is none', () => Promise.resolve({ status: 20, body: '{}' }), /\[gate-no-answer\]/],
];
for (const [name, handle, said] of HANDLERS) {
  test(`a handler that ${name} becomes a refusal with a sentence`, LIMIT, async (t) => {
    const { server } = await serve(t, { handle, limits: { answerMs: 100 } });
    assert.match(await post(server, '{}'), said);
  });
}

test('a refusal that fails itself is no success', LIMIT, async (t) => {
  const { server } = await serve(t, {
    handle: () => Promise.reject(new Error('broken')),
    refusal: () => {
      throw new TypeError('broken too');
    },
  });
  const answer = await post(server, '{}');
  assert.equal(status(answer), 503);
  assert.match(answer, /telling so failed: TypeError/);
});

test('a server that ends answers what is in work with a refusal, and takes nothing new', LIMIT, async (t) => {
  let begun: () => void = () => undefined;
  const started = new Promise<void>((go) => (begun = go));
  const { server } = await serve(t, {
    handle: () => {
      begun();
      return new Promise(() => undefined);
    },
  });
  const waiting = post(server, '{}');
  await started;
  await server.close();
  assert.match(await waiting, /the watcher is stopping \[watcher-stopping\]/);
  assert.equal(await post(server, '{}'), '');
});

test('a connection serves many requests, and many at once', LIMIT, async (t) => {
  const { server, calls } = await serve(t);
  const one = `${head(server, { 'Content-Length': '2', Connection: 'keep-alive' })}{}`;
  const last = `${head(server, { 'Content-Length': '2' })}{}`;
  const answers = await Promise.all([
    raw(server, one + one + last),
    ...Array.from({ length: 20 }, () => post(server, '{}')),
  ]);
  assert.equal(answers[0]?.split('HTTP/1.1 200').length, 4);
  assert.ok(answers.every((answer) => status(answer) === 200));
  assert.equal(calls.length, 23);
});
