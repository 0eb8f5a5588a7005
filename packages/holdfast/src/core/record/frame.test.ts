// The line of a record: one frozen example, and that no byte of it can change unseen.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits, type Body } from '../model/index.ts';
import {
  bodyRange,
  bodyText,
  chainHash,
  frameHash,
  frameLeaf,
  framePrev,
  frameSeq,
  GENESIS,
  isCheckpoint,
  isFrame,
  isWhole,
  leafHash,
  LINE_MAX,
  rawToHex,
  writeFrame,
} from './index.ts';

const BODY: Body = {
  seq: 7,
  time: 1_700_000_000_000,
  type: 'verdict',
  rules: 'ab'.repeat(32),
  session: 's1',
  data: { text: 'gelöscht ☂' },
  events: [],
  blobs: [],
  commits: ['cd'.repeat(32)],
};

function line(body: Body, prev = GENESIS): Uint8Array {
  const out = new Uint8Array(LINE_MAX);
  const framed = writeFrame(bodyText(body), prev, out);
  assert.ok(framed !== undefined);
  return out.slice(0, framed.length);
}

test('a record is the line it always was', () => {
  assert.equal(
    new TextDecoder().decode(line(BODY)),
    `{"hash":"fc95d2c4cbb9bc2128639350c6fd89d7b73e25939c38bddf2545c239c7e27476","prev":"${'0'.repeat(64)}","body":{"seq":7,"time":1700000000000,"type":"verdict","rules":"${'ab'.repeat(32)}",` +
      `"session":"s1","data":{"text":"gelöscht ☂"},"events":[],"blobs":[],"commits":["${'cd'.repeat(32)}"]}}\n`,
  );
});

test('a checkpoint is told from its first bytes, whatever the clock says', () => {
  for (const time of [0, 1_700_000_000_000, -1, -2_522_880_000_000, 1e21, 0.5, Number.NaN]) {
    assert.equal(isCheckpoint(line({ ...BODY, time, type: 'checkpoint' }), 0), true, String(time));
    assert.equal(isCheckpoint(line({ ...BODY, time }), 0), false, String(time));
  }
  assert.equal(isCheckpoint(line({ ...BODY, rules: '"type":"checkpoint",' }), 0), false);
});

test('reading back gives what was written', () => {
  const bytes = line(BODY);
  const [from, to] = bodyRange(0, bytes.length);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(bytes.subarray(from, to))), BODY);
  assert.equal(frameSeq(bytes, 0), 7);
  assert.equal(framePrev(bytes, 0), GENESIS);
  const leaf = leafHash(bytes.slice(from, to));
  assert.equal(frameLeaf(bytes, 0, bytes.length), leaf);
  assert.equal(frameHash(bytes, 0), chainHash(GENESIS, leaf));
  assert.ok(isWhole(bytes, 0, bytes.length));
  assert.deepEqual(bytes, line(BODY), 'hashing in place leaves the bytes as they were');
});

test('property: any changed byte is seen', () => {
  const good = line(BODY);
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const bytes = good.slice();
      bytes[at] = bytes[at]! ^ flip;
      assert.ok(!isWhole(bytes, 0, bytes.length));
    }),
  );
});

test('seq is read strictly', () => {
  for (const [written, wanted] of [
    ['7', 7],
    ['0', 0],
    ['12345678901', 12_345_678_901],
    ['07', -1],
    ['', -1],
    ['-1', -1],
    ['1e3', -1],
    ['99999999999999999999', -1],
  ] as const) {
    const body = new TextEncoder().encode(`{"seq":${written},"x":1}`);
    const bytes = new Uint8Array([...line(BODY).slice(0, 156), ...body, 0x7d, 0x0a]);
    assert.ok(isFrame(bytes, 0, bytes.length));
    assert.equal(frameSeq(bytes, 0), wanted, written);
  }
});

test('a body at the limit is written, one byte more is not', () => {
  const out = new Uint8Array(LINE_MAX);
  const size = (text: string): number => new TextEncoder().encode(bodyText({ ...BODY, data: text })).length;
  const room = limits.RECORD_BYTES - size('');
  assert.equal(writeFrame(bodyText({ ...BODY, data: 'x'.repeat(room) }), GENESIS, out)?.length, LINE_MAX);
  assert.equal(writeFrame(bodyText({ ...BODY, data: 'x'.repeat(room + 1) }), GENESIS, out), undefined);
  // Fits by characters, not by bytes.
  assert.equal(writeFrame(bodyText({ ...BODY, data: 'ü'.repeat(room - 10) }), GENESIS, out), undefined);
});

test('lines of another length or form are none', () => {
  const good = line(BODY);
  for (const [why, bytes] of [
    ['empty', new Uint8Array()],
    ['cut', good.slice(0, -1)],
    ['zeros', new Uint8Array(300)],
    ['too long', new Uint8Array(LINE_MAX + 1)],
  ] as const) {
    assert.equal(isFrame(bytes, 0, bytes.length), false, why);
  }
  assert.equal(rawToHex(GENESIS), '0'.repeat(64));
});
