// Pins of the ledger's form: bytes and hashes that were computed with another program, typed out, never imported.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RECORD_TYPES, type Body } from '../../packages/holdfast/src/core/model/index.ts';
import * as record from '../../packages/holdfast/src/core/record/index.ts';
import { pinned, type Same, type Words } from './shape.ts';

const a = 'a'.repeat(64);
const b = 'b'.repeat(64);
const c = 'c'.repeat(64);

const bodies: readonly Body[] = [
  // Keys in another order on purpose: the form decides the order.
  {
    commits: [],
    blobs: [b],
    events: [{ type: 'session.closed', session: 's1', time: 1_700_000_000_000 }],
    data: { level: 'deny', text: 'é€\n' },
    session: 's1',
    rules: a,
    type: 'verdict',
    time: 1_700_000_000_000,
    seq: 0,
  },
  { seq: 1, time: 1_700_000_000_001, type: 'stop', rules: a, data: {}, events: [], blobs: [], commits: [c] },
];

const texts = [
  `{"seq":0,"time":1700000000000,"type":"verdict","rules":"${a}","session":"s1","data":{"level":"deny","text":"é€\\n"},"events":[{"type":"session.closed","session":"s1","time":1700000000000}],"blobs":["${b}"],"commits":[]}`,
  `{"seq":1,"time":1700000000001,"type":"stop","rules":"${a}","data":{},"events":[],"blobs":[],"commits":["${c}"]}`,
];

const hashes = [
  '6de465ec2b9531ca836c7e479f721ef05ef1ffbc0db50af3272e7acaca4a4f92',
  '5f01b8dc591cec404690bcedd08107adf3a1cb582013f30828a96af8d2c45c82',
];

describe('pins: record format', () => {
  test('types, in their order', () => {
    assert.deepEqual(RECORD_TYPES, [
      'start',
      'stop',
      'session',
      'prompt',
      'verdict',
      'outcome',
      'approval',
      'finding',
      'config',
      'standing',
      'checkpoint',
    ]);
  });

  test('fields of a body (compiled, see shape.ts)', () => {
    pinned<Same<keyof Body, Words<'seq time type rules session data events blobs commits'>>>();
  });

  test('text of a body', () => {
    assert.deepEqual(
      bodies.map((body) => record.bodyText(body)),
      texts,
    );
    const written = ({ data, events }: Body) => ({ data: JSON.stringify(data), events: JSON.stringify(events) });
    assert.deepEqual(
      bodies.map((body) => record.bodyText(body, written(body))),
      texts,
      'the same when its parts were written before',
    );
  });

  test('lines, byte for byte, each bound to the one before', () => {
    let prev = record.GENESIS;
    const lines = texts.map((text) => {
      const out = new Uint8Array(record.LINE_MAX);
      const framed = record.writeFrame(text, prev, out);
      assert.ok(framed !== undefined);
      prev = framed.hash;
      return Buffer.from(out.subarray(0, framed.length)).toString('utf8');
    });
    assert.deepEqual(lines, [
      `{"hash":"${hashes[0]}","prev":"${'0'.repeat(64)}","body":${texts[0]}}\n`,
      `{"hash":"${hashes[1]}","prev":"${hashes[0]}","body":${texts[1]}}\n`,
    ]);
  });

  test('the tree over them', () => {
    const tree = new record.Frontier();
    assert.equal(record.rawToHex(tree.root()), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    for (const text of texts) tree.add(record.leafHash(Buffer.from(text, 'utf8')));
    assert.equal(record.rawToHex(tree.root()), '818956209dc0190a0ad3d098fb5b847ffe56df687238eb767c183d101972be83');
  });

  test('a signed head of the tree', () => {
    const root = '\x01'.repeat(32);
    assert.equal(
      record.headText({ origin: 'holdfast/test', size: 7, root }),
      'holdfast/test\n7\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n',
    );
  });
});
