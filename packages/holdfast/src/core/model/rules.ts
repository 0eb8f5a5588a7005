// Rules: everything a decision stands on besides the action and the view. Immutable, swapped whole, named by digest in every record.
import type { EffectKind } from './effect.ts';
import type { Hash } from './digest.ts';
import type { Severity } from './finding.ts';

export const PROFILES = ['observe', 'balanced', 'strict', 'locked'] as const;
export type Profile = (typeof PROFILES)[number];

export type Settings = {
  readonly profile: Profile;
  /** What no rule matches: by profile, see core/settings. */
  readonly unmatched: 'pass' | 'ask' | 'deny';
  /** Whether the host still prompts; unknown counts as off. */
  readonly prompts: 'on' | 'off';
  readonly askAt: number;
  readonly denyAt: number;
  /** Named lists: path globs, hosts, programs … ▶ group membership of targets. */
  readonly groups: { readonly [group: string]: readonly string[] };
  /** Key for fingerprints (hex); from the watcher, constant in `check`. */
  readonly key: string;
};

/** A group whose name starts so lifts a protection from its members; every other group protects them. */
export function isTrusting(group: string): boolean {
  return group.startsWith('trusted-');
}

export const LAYERS = ['deny', 'ask', 'modify', 'waive', 'allow'] as const;
export type Layer = (typeof LAYERS)[number];

export type RuleInfo = {
  readonly id: string;
  readonly layer: Layer;
  readonly severity: Severity;
  /** One sentence for a human and the model: what was seen. */
  readonly reason: string;
  /** The safer way. */
  readonly fix: string | undefined;
  readonly refs: readonly string[];
  readonly waivable: boolean;
  /** Of a waiver: the ask rule it lifts. */
  readonly waives: string | undefined;
  readonly rewrite: string | undefined;
  /** Of the allow layer: a forbid, which keeps a permit from approving. */
  readonly withholds?: true;
  readonly scope: 'shipped' | 'fleet' | 'machine' | 'user' | 'project';
};

/** A Cedar entity as a request carries it: `type` without namespace, groups as parents. */
export type PolicyEntity = {
  readonly type: string;
  readonly id: string;
  readonly attrs: { readonly [name: string]: unknown };
  /** Groups it is in (all of them; membership is already transitive). */
  readonly groups: readonly string[];
  /** Further parent, `Agent::"…"` of a session. */
  readonly parent?: PolicyEntity;
};

export type PolicyRequest = {
  readonly action: EffectKind | 'call';
  readonly principal: PolicyEntity;
  readonly resource: PolicyEntity;
  /** Exactly the attributes of the schema's Effect or Call type. Sets are arrays. */
  readonly context: { readonly [name: string]: unknown };
};

export type Match = { readonly rule: RuleInfo; readonly erred: boolean };

export interface Policy {
  readonly digest: Hash;
  readonly rules: ReadonlyMap<string, RuleInfo>;
  /** All rules of all layers that match (or err while evaluating) for this request; layer semantics are the caller's (engine). */
  match(request: PolicyRequest): readonly Match[];
}

/** A program table row set, see core/effects/programs/table.ts. Opaque here so that model depends on nothing. */
export interface Tables {
  readonly digest: Hash;
  readonly size: number;
}

export interface Rules {
  readonly digest: Hash;
  readonly settings: Settings;
  readonly policy: Policy;
}
