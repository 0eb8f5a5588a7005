// The signing key of a ledger: Ed25519, made once, readable by its owner alone; its public half stands beside it as a verifier key.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import {
  ED25519,
  formatKey,
  keyIdOf,
  noteKey,
  parseKey,
  signatureLine,
  type NoteKey,
  type VerifyBytes,
} from '../../core/record/index.ts';
import { codeOf, sha256 } from '../../core/model/index.ts';
import { LedgerError } from './errors.ts';
import { paths } from './layout.ts';

export type Signer = {
  readonly key: NoteKey;
  sign(message: Uint8Array): Uint8Array;
};

/** Name of a ledger, in checkpoints and keys: unique because it is derived from its key. */
export function originOf(publicKey: Uint8Array): string {
  return `holdfast/ledger/${sha256(publicKey).slice(0, 16)}`;
}

/** The ledger's signer. With `create` a missing key is made; without it a missing key is the error `ledger-key`. */
export function loadSigner(dir: string, create: boolean): Signer {
  const { key: path, publicKey } = paths(dir);
  let pem: string;
  try {
    pem = readOwn(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    if (!create) {
      throw new LedgerError('ledger-key', `the signing key ${path} is missing although the ledger has records`, error);
    }
    pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    writeOwn(path, pem);
  }
  const signer = signerOf(path, pem);
  publish(publicKey, `${formatKey(signer.key)}\n`);
  return signer;
}

function signerOf(path: string, pem: string): Signer {
  let secret: KeyObject;
  try {
    secret = createPrivateKey(pem);
  } catch (error) {
    throw new LedgerError('ledger-key', `${path} holds no private key`, error);
  }
  if (secret.asymmetricKeyType !== 'ed25519') throw new LedgerError('ledger-key', `${path} holds no Ed25519 key`);
  const raw = Buffer.from(createPublicKey(secret).export({ format: 'jwk' }).x ?? '', 'base64url');
  return { key: noteKey(originOf(raw), ED25519, raw), sign: (message) => sign(null, message, secret) };
}

/** The verifier key: from `file` when given, else the public half beside the ledger. Undefined when there is none. */
export function loadVerifier(dir: string, file?: string): NoteKey | undefined {
  const path = file ?? paths(dir).publicKey;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // A key that was asked for by name has to be there; the one beside the ledger may be missing, and verify says so.
    if (file === undefined && codeOf(error) === 'ENOENT') return undefined;
    throw new LedgerError('ledger-key', `the key file ${path} cannot be read (${codeOf(error) ?? 'error'})`, error);
  }
  const key = parseKey(text);
  if (key === undefined) throw new LedgerError('ledger-key', `${path} holds no verifier key (name+id+key)`);
  return key;
}

/** A note over `text`, signed. */
export function signedNote(text: string, signer: Signer): string {
  return `${text}\n${signatureLine(signer.key.name, keyIdOf(signer.key.name, ED25519, signer.key.publicKey), signer.sign(Buffer.from(text)))}`;
}

const imported = new Map<string, KeyObject>();

/** Ed25519 check; keys stay imported, because importing costs as much as checking. */
export const verifyBytes: VerifyBytes = (publicKey, message, signature) => {
  const x = Buffer.from(publicKey).toString('base64url');
  let key = imported.get(x);
  if (key === undefined) {
    key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (imported.size > 64) imported.clear();
    imported.set(x, key);
  }
  return verify(null, message, key, signature);
};

/** Written only when it differs, and never in place: a full disk must not take the key away that is there. */
function publish(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileSync(`${path}.tmp`, text, { mode: 0o644 });
  renameSync(`${path}.tmp`, path);
}

function readOwn(path: string): string {
  const fd = openSync(path, 'r');
  try {
    const { mode, uid } = fstatSync(fd);
    const mine = process.getuid === undefined || uid === process.getuid();
    if (process.platform !== 'win32' && ((mode & 0o077) !== 0 || !mine)) {
      throw new LedgerError(
        'ledger-key',
        `others than its owner may read or own the signing key ${path}; who could read it could forge records`,
        undefined,
        `if you trust it still, run \`chmod 600 ${path}\``,
      );
    }
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function writeOwn(path: string, text: string): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    fchmodSync(fd, 0o600);
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
