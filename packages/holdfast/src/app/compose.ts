// The only place that puts the pieces together: edges, engine and gate into one running whole. Everything else sees interfaces.
import { canonical, keyed, sha256, type Fact, type Hash, type Host, type Json, type State, type Want } from '../core/model/index.ts';
import { dumpState, stateDigest, type EngineRules } from '../core/engine/index.ts';
import { HOSTS } from '../core/hosts/index.ts';
import { redactJson } from '../core/secrets/index.ts';
import type { SeenCall } from '../gate/coverage.ts';
import type { GateRequest } from '../gate/parts.ts';
import type { Blobs, Clock, FactSource, Ledger, Lineage } from '../ports/index.ts';
import { ensureHookKey, fingerprint, serveSocket } from '../edge/transports/index.ts';

export { loadRules, offlineRules, lintDirectory, shippedRules } from './load-rules.ts';

/** Fingerprint of the key that hook replies are signed with; the key is made where there is none. */
export function hookFingerprint(home: { readonly hookKey: string }): string {
  return fingerprint(ensureHookKey(home.hookKey));
}
