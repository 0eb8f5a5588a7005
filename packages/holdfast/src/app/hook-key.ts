// The key that hook replies are bound by, as its fingerprint. Apart from compose.ts: verbs that only look need no engine for it.
import { existsSync } from 'node:fs';
import { ensureHookKey, fingerprint, readHookKey } from '../edge/transports/index.ts';

/** Fingerprint of the key, where there is one; makes nothing. */
export function knownFingerprint(home: { readonly hookKey: string }): string | undefined {
  return existsSync(home.hookKey) ? fingerprint(readHookKey(home.hookKey)) : undefined;
}

/** Fingerprint of the key; it is made where there is none. */
export function hookFingerprint(home: { readonly hookKey: string }): string {
  return fingerprint(ensureHookKey(home.hookKey));
}
