// Witness signatures: taken when they come back over our own checkpoint, refused for anything else, verified with the log.
import { strict as assert } from 'node:assert';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  checkSignature,
  COSIGNATURE,
  noteKey,
  parseNote,
  signatureLine,
  signedMessage,
} from '../../core/record/index.ts';
import { openLedger, verify } from './index.ts';
import { verifyBytes } from './key.ts';

test('a cosigned checkpoint is recorded and verifies', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-cosign-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const [dir, other] = [join(root, 'a'), join(root, 'b')];
  const ledger = openLedger(dir);
  ledger.append({ time: 1, type: 'start', rules: 'ab'.repeat(32), data: {}, events: [], blobs: [], commits: [] });
  const note = ledger.checkpoint();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = noteKey(
    'witness.example/w1',
    COSIGNATURE,
    Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
  );
  const time = 1_700_000_000;
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(time));
  const signature = Buffer.concat([
    stamp,
    sign(null, signedMessage(parseNote(note)!.text, COSIGNATURE, time), privateKey),
  ]);
  const cosigned = note + signatureLine(key.name, key.keyId, signature);
  assert.equal(checkSignature(parseNote(cosigned)!, key, verifyBytes), 'good');
  ledger.cosign(cosigned);
  const stranger = openLedger(other);
  for (const [why, wrong] of [
    ['without witness', note],
    ['changed', cosigned.replace('\n2\n', '\n1\n')],
    ['of another ledger', stranger.checkpoint() + signatureLine(key.name, key.keyId, signature)],
    ['no note', 'x'],
  ] as const) {
    assert.throws(() => ledger.cosign(wrong), { code: 'record-refused' }, why);
  }
  await stranger.close();
  await ledger.close();
  assert.equal((await verify(dir)).status, 'intact');
});
