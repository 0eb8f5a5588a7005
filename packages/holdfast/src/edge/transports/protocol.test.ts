// Framing and protocol: any cut of a stream gives the same frames, any bytes give a call or a reason, any reply reads back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader, FrameTooLarge, frame } from './framing.ts';
import { controlRequest, readCall, readReply, writeReply } from './protocol.ts';

const KEY = Buffer.alloc(32, 3);
const NONCE = '0123456789abcdef'.repeat(2);
const HEAD = { v: 1, nonce: NONCE, host: 'claude-code', pid: 5, ppid: 4 };
const call = (value: unknown) => readCall(Buffer.from(JSON.stringify(value)), KEY);

test('frames come out whole however the stream is cut', () => {
  const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 8 });
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(40), { minLength: 1, maxLength: 30 }), (given, cuts) => {
      const stream = Buffer.concat(given.map(frame));
      const reader = new FrameReader(60);
      const out: Buffer[] = [];
      let at = 0;
      for (let i = 0; at < stream.length; i++) {
        const take = Math.max(1, cuts[i % cuts.length] as number);
        out.push(...reader.push(stream.subarray(at, at + take)).map((body) => Buffer.from(body)));
        at += take;
      }
      assert.deepEqual(
        out.map((body) => [...body]),
        given.map((body) => [...body]),
      );
      assert.equal(reader.held, 0);
    }),
  );
});

test('a frame that is empty or too large ends the reading', () => {
  for (const length of [0, 11, 0xffffffff]) {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(length);
    assert.throws(() => new FrameReader(10).push(size), FrameTooLarge, String(length));
  }
});

test('a request is read, or the reason is named', () => {
  assert.deepEqual(call({ ...HEAD, event: 'Stop', payload: 'é' }), {
    kind: 'hook',
    nonce: NONCE,
    host: 'claude-code',
    event: 'Stop',
    pid: 5,
    ppid: 4,
    payload: 'é',
  });
  assert.deepEqual(call({ ...HEAD, payload64: '/w==' }), {
    kind: 'hook',
    nonce: NONCE,
    host: 'claude-code',
    pid: 5,
    ppid: 4,
    payload: undefined,
  });
  assert.deepEqual(call({ ...HEAD, payload64: 'AAA=' }), {
    kind: 'hook',
    nonce: NONCE,
    host: 'claude-code',
    pid: 5,
    ppid: 4,
    payload: '\0\0',
  });
  const bad: readonly (readonly [unknown, RegExp, boolean])[] = [
    [null, /no nonce/, false],
    [[], /no nonce/, false],
    [{ ...HEAD, nonce: 'AB'.repeat(16), payload: '' }, /no nonce/, false],
    [{ ...HEAD, v: 2, payload: '' }, /another protocol/, true],
    [{ ...HEAD, v: '1', payload: '' }, /another protocol/, true],
    [{ ...HEAD, host: '../x', payload: '' }, /no host/, true],
    [{ ...HEAD, event: 7, payload: '' }, /event/, true],
    [{ ...HEAD, pid: -1, payload: '' }, /process ids/, true],
    [{ ...HEAD, ppid: '4', payload: '' }, /process ids/, true],
    [HEAD, /no payload/, true],
    [{ ...HEAD, payload: '', payload64: '' }, /no payload/, true],
    [{ ...HEAD, payload64: '/x==' }, /base64/, true],
    [{ ...HEAD, payload64: 'a b' }, /base64/, true],
    [{ ...HEAD, payload: 'é'.repeat(8 * 1024 * 1024 + 1) }, /larger than 16 MB/, true],
    [{ ...HEAD, kind: 'control', method: 'stop', params: 'null' }, /not complete/, true],
    [{ ...HEAD, kind: 'control', method: 'stop', params: 'null', mac: '0'.repeat(64) }, /not signed/, true],
  ];
  for (const [value, why, answerable] of bad) {
    const read = call(value);
    assert.equal(read.kind, 'bad', String(why));
    if (read.kind !== 'bad') continue;
    assert.match(read.why, why);
    assert.equal(read.nonce !== undefined, answerable, String(why));
  }
});

test('whatever bytes come, reading a request does not throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readCall(Buffer.from(bytes), KEY)));
  fc.assert(fc.property(fc.json(), (text) => void readCall(Buffer.from(text), KEY)));
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('kind', 'host', 'payload', 'payload64', 'params', 'mac', 'pid', '__proto__'),
        fc.jsonValue(),
      ),
      (more) => void call({ ...HEAD, ...more }),
    ),
  );
});

test('a control request counts only with the mac of this key over exactly these parameters', () => {
  const body = controlRequest(KEY, NONCE, 'feed', { after: 3 });
  assert.deepEqual(readCall(body, KEY), { kind: 'control', nonce: NONCE, method: 'feed', params: { after: 3 } });
  assert.equal(readCall(body, Buffer.alloc(32, 4)).kind, 'bad');
  for (const [from, to] of [
    ['feed', 'stop'],
    ['3', '4'],
    [NONCE, NONCE.replace('0', 'f')],
  ] as const)
    assert.equal(readCall(Buffer.from(body.toString().replace(from, to)), KEY).kind, 'bad', to);
});

test('replies read back, and a change of any one byte is noticed', () => {
  const request = Buffer.from('the request');
  const text = fc.string({ unit: 'grapheme', maxLength: 30 });
  fc.assert(
    fc.property(
      text,
      text,
      fc.integer({ min: 0, max: 255 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (stdout, stderr, exit, where, flip) => {
        const body = writeReply(KEY, NONCE, request, { stdout, stderr, exit });
        assert.deepEqual(readReply(KEY, NONCE, request, body), { stdout, stderr, exit });
        assert.ok('why' in readReply(KEY, NONCE, Buffer.from('another request'), body));
        body[where % body.length] = (body[where % body.length] as number) ^ flip;
        assert.ok('why' in readReply(KEY, NONCE, request, body));
      },
    ),
  );
});
