// Notes and checkpoints against the published example and hand-made malformed ones.
import { strict as assert } from 'node:assert';
import { createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import {
  bytesToRaw,
  checkSignature,
  checkpointJson,
  COSIGNATURE,
  ED25519,
  formatKey,
  Frontier,
  headText,
  leafHash,
  noteKey,
  parseCheckpoint,
  parseHead,
  parseKey,
  parseNote,
  rawToBytes,
  signatureLine,
  signedMessage,
  type VerifyBytes,
} from './index.ts';

const verifyBytes: VerifyBytes = (publicKey, message, signature) => {
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey).toString('base64url') },
    format: 'jwk',
  });
  return verify(null, message, key, signature);
};
const raw = (key: KeyObject): Uint8Array => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

/** The example of the checkpoint specification. */
const EXAMPLE = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`;

test('the published example reads as a checkpoint', () => {
  const note = parseNote(EXAMPLE);
  assert.ok(note);
  assert.equal(note.signatures[0]?.name, 'example.com/behind-the-sofa');
  assert.equal(note.signatures[0]?.keyId, '033de0ae');
  const head = parseHead(note.text);
  assert.equal(head?.size, 20_852_163);
  assert.equal(headText(head!), note.text);
});

test('what is no note, no head, no key is refused', () => {
  for (const [why, note] of [
    ['no signature', 'a\n\n'],
    ['no blank line', 'a\n— b AAAAAAA=\n'],
    ['no newline at the end', EXAMPLE.slice(0, -1)],
    ['control character', `\t${EXAMPLE}`],
    ['carriage return', EXAMPLE.replaceAll('\n', '\r\n')],
    ['hyphen for a dash', EXAMPLE.replace('—', '-')],
    ['bad base64', EXAMPLE.replace('YQ8=', 'YQ8')],
    ['base64 with loose bits', EXAMPLE.replace('YQ8=', 'YQ9=')],
    ['too long', `${'x'.repeat(70_000)}${EXAMPLE}`],
    ['empty', ''],
  ] as const) {
    assert.equal(parseNote(note), undefined, why);
  }
  const root = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
  for (const text of [
    '',
    'o\n1\n',
    `o\n01\n${root}\n`,
    `o\n-1\n${root}\n`,
    `o\n1\n${root}`,
    `\n1\n${root}\n`,
    `o\n1\nAAAA\n`,
    `o\n1\n${root}\n\n`,
    `o\n1e3\n${root}\n`,
  ]) {
    assert.equal(parseHead(text), undefined, JSON.stringify(text));
  }
  assert.ok(parseHead(`o\n1\n${root}\nextension\n`));
  for (const text of ['', 'a+b', 'name+00000000+AAAA', 'na me+00000000+AAAA'])
    assert.equal(parseKey(text), undefined, text);
});

test('signatures and cosignatures hold for their text and key alone', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const text = 'holdfast/x\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
  const log = noteKey('holdfast/x', ED25519, raw(publicKey));
  const witness = noteKey('witness.example/w', COSIGNATURE, raw(publicKey));
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(1_679_315_147n);
  const cosigned = Buffer.concat([stamp, sign(null, signedMessage(text, COSIGNATURE, 1_679_315_147), privateKey)]);
  const note = `${text}\n${signatureLine(log.name, log.keyId, sign(null, Buffer.from(text), privateKey))}${signatureLine(witness.name, witness.keyId, cosigned)}`;
  const parsed = parseNote(note);
  assert.ok(parsed);
  assert.equal(checkSignature(parsed, log, verifyBytes), 'good');
  assert.equal(checkSignature(parsed, witness, verifyBytes), 'good');
  assert.deepEqual(parseKey(formatKey(log))?.keyId, log.keyId);
  assert.deepEqual(parseKey(`${formatKey(witness)}\n`)?.kind, COSIGNATURE);
  const other = parseNote(note.replace('\n3\n', '\n4\n'));
  assert.equal(checkSignature(other!, log, verifyBytes), 'bad');
  assert.equal(checkSignature(other!, witness, verifyBytes), 'bad');
  const stranger = noteKey('holdfast/x', ED25519, raw(generateKeyPairSync('ed25519').publicKey));
  assert.equal(checkSignature(parsed, stranger, verifyBytes), 'none');
});

test('checkpoint data goes there and back, and is refused when it does not fit its size', () => {
  const frontier = new Frontier();
  for (let i = 0; i < 5; i++) frontier.add(leafHash(Uint8Array.of(i)));
  const json = checkpointJson(EXAMPLE, frontier);
  assert.equal(parseCheckpoint(json, 5)?.frontier.root(), frontier.root());
  assert.equal(parseCheckpoint(json, 7), undefined);
  assert.equal(parseCheckpoint({ note: EXAMPLE, frontier: ['zz'] }, 1), undefined);
  assert.equal(parseCheckpoint(null, 0), undefined);
});

test('raw and bytes are one', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(rawToBytes(bytesToRaw(bytes)), bytes);
});
