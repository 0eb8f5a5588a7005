// Risk: one number from 0 to 100 that orders and explains. Computed before policy; never decides by itself.
import type { Effect, EffectKind, Finding, Severity } from '../model/index.ts';

/** Weight of an effect that surely happens on an ordinary target, 0–100. Judgement, not measurement; ADR 0009. */
const BASE: { readonly [kind in EffectKind]: number } = {
  'process.exec': 2,
  'process.signal': 15,
  'process.privilege': 45,
  'file.read': 1,
  'file.write': 4,
  'file.delete': 15,
  'file.permission': 12,
  'net.connect': 8,
  'net.send': 20,
  'net.listen': 25,
  'code.eval': 15,
  'package.install': 20,
  'extension.install': 40,
  persist: 50,
  'config.change': 50,
  'memory.write': 25,
  'secret.use': 30,
  'vcs.push': 20,
  'vcs.rewrite': 25,
  'remote.change': 35,
  'remote.delete': 60,
  'message.send': 20,
  'agent.spawn': 25,
  opaque: 25,
};

/** What an attribute adds. */
const ADDS: { readonly [attribute: string]: number } = {
  recursive: 10,
  force: 8,
  irreversible: 15,
  'tree-root': 60,
  device: 60,
  setuid: 40,
  'world-writable': 15,
  decoded: 60,
  fetched: 60,
  unread: 10,
  interactive: 15,
  'remote-shell': 75,
  upload: 10,
  'delete-ref': 20,
  unpinned: 5,
  bypass: 55,
  loosens: 40,
  limit: 15,
  syntax: 10,
  env: 20,
};
const SCOPE_ADDS: { readonly [scope: string]: number } = {
  system: 20,
  home: 12,
  device: 40,
  metadata: 50,
  internet: 4,
};
const GROUP_ADDS: { readonly [group: string]: number } = {
  credentials: 40,
  holdfast: 60,
  'agent-config': 35,
  autostart: 35,
  'system-critical': 40,
  'vcs-internal': 10,
};
const SEVERITY: { readonly [severity in Severity]: number } = { info: 0, low: 8, medium: 25, high: 50, critical: 80 };

/** Risk of one effect: base, attributes, scope and groups added, capped at 100; an uncertain one counts six tenths. */
export function effectRisk(effect: Effect): number {
  let risk = BASE[effect.kind];
  const adds = effect.kind !== 'file.read' && effect.kind !== 'process.exec';
  for (const attribute of effect.attributes) if (adds) risk += ADDS[attribute] ?? 0;
  if (effect.target.scope !== undefined && adds) risk += SCOPE_ADDS[effect.target.scope] ?? 0;
  if (effect.kind !== 'process.exec') for (const group of effect.target.groups) risk += GROUP_ADDS[group] ?? 0;
  if (effect.target.type === 'unknown' && effect.kind !== 'opaque') risk += 10;
  return Math.min(100, effect.certain ? risk : Math.round(risk * 0.6));
}

/**
 * Risk of an action: the larger of the riskiest effect (`effects`: the risk of each) and the findings together.
 * Findings combine as independent chances (1 − Π(1 − s)), so that many weak ones add up but never pass 100.
 */
export function actionRisk(effects: readonly number[], findings: readonly Finding[]): number {
  let risk = 0;
  for (const one of effects) risk = Math.max(risk, one);
  let spared = 1;
  for (const finding of findings) spared *= 1 - SEVERITY[finding.severity] / 100;
  return Math.max(risk, Math.round((1 - spared) * 100));
}
