// Tampering with a ledger's files, from cutting lines to writing everything anew with right hashes, as a forger would.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Body } from '../../packages/holdfast/src/core/model/index.ts';
import {
  bodyText,
  checkpointJson,
  ED25519,
  formatKey,
  frameHash,
  Frontier,
  GENESIS,
  headText,
  LINE_MAX,
  noteKey,
  signatureLine,
  writeFrame,
} from '../../packages/holdfast/src/core/record/index.ts';

export const segments = (dir: string): string[] =>
  readdirSync(join(dir, 'segments'))
    .sort()
    .map((name) => join(dir, 'segments', name));
const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const put = (path: string, all: readonly string[]): void =>
  writeFileSync(path, all.map((line) => `${line}\n`).join(''));
export const edit = (path: string, change: (all: string[]) => void): void => {
  const all = lines(path);
  change(all);
  put(path, all);
};
export const last = (dir: string): string => segments(dir).at(-1)!;
export const second = (dir: string): string => segments(dir)[1]!;

/** Writes a file's records anew after a change of their bodies: hashes and chain are right again, as someone without the key can do. */
export function rewrite(
  path: string,
  change: (body: Body, i: number) => Body | undefined,
  prev = GENESIS,
  from?: number,
): { prev: string; next: number } {
  const out = new Uint8Array(LINE_MAX);
  let [chain, seq] = [prev, from];
  const all: string[] = [];
  lines(path).forEach((line, i) => {
    const body = change((JSON.parse(line) as { body: Body }).body, i);
    if (body === undefined) return;
    seq ??= body.seq;
    const framed = writeFrame(bodyText({ ...body, seq }), chain, out)!;
    all.push(Buffer.from(out.subarray(0, framed.length - 1)).toString());
    chain = framed.hash;
    seq += 1;
  });
  put(path, all);
  return { prev: chain, next: seq! };
}

/** The whole ledger written anew, from the first record whose body `change` alters on. */
export function rewriteAll(dir: string, change: (body: Body) => Body | undefined): void {
  let state: { prev: string; next: number | undefined } = { prev: GENESIS, next: undefined };
  for (const path of segments(dir)) {
    state = rewrite(path, change, state.prev, state.next);
  }
}

export const lie = (body: Body): Body => (body.seq === 60 ? { ...body, data: { i: 'forged' } } : body);

/** Chain hash before the last segment. */
export function hashBefore(dir: string): string {
  const line = Buffer.from(`${lines(segments(dir).at(-2)!).at(-1)}\n`);
  return frameHash(line, 0)!;
}

/** Forges the whole ledger: with its own key that was stolen, with another, or with another that is put in its place. */
export function resign(dir: string, whose: 'own' | 'other' | 'exchanged'): void {
  const exchange = whose === 'exchanged';
  const privateKey =
    whose === 'own'
      ? createPrivateKey(readFileSync(join(dir, 'ledger.key')))
      : generateKeyPairSync('ed25519').privateKey;
  const publicKey = createPublicKey(privateKey);
  const own = readFileSync(join(dir, 'ledger.pub'), 'utf8').split('+')[0]!;
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url');
  const key = noteKey(exchange ? 'holdfast/ledger/forged' : own, ED25519, raw);
  const tree = new Frontier();
  const out = new Uint8Array(LINE_MAX);
  let prev = GENESIS;
  for (const path of segments(dir)) {
    const all = lines(path).map((line) => {
      const body = lie((JSON.parse(line) as { body: Body }).body);
      let { data } = body;
      if (body.type === 'checkpoint') {
        const text = headText({ origin: key.name, size: body.seq, root: tree.root() });
        const led = (data as { before?: number }).before;
        data = checkpointJson(
          `${text}\n${signatureLine(key.name, key.keyId, sign(null, Buffer.from(text), privateKey))}`,
          tree,
          led === undefined ? {} : { before: led },
        );
      }
      const framed = writeFrame(bodyText({ ...body, data }), prev, out)!;
      tree.add(framed.leaf);
      prev = framed.hash;
      return Buffer.from(out.subarray(0, framed.length - 1)).toString();
    });
    put(path, all);
  }
  if (exchange) writeFileSync(join(dir, 'ledger.pub'), formatKey(key));
}
