// Findings: what a detector saw. A finding never decides; policy does.
import type { Span } from './effect.ts';

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Every code a finding may have, each with its row in docs/findings.md. One that was given away is never given to anything else. */
export const FINDING_CODES = [
  'lower.gave-up',
  'text.control',
  'text.bidi-control',
  'text.tag-block',
  'text.variation-selector',
  'text.zero-width',
  'host.userinfo',
  'host.disguised-address',
  'host.disguised-name',
  'host.mixed-script',
  'host.confusable',
  'call-id-reused',
  'folder-seen',
  'ran-without-verdict',
  'verdict-not-held',
  'ledger/torn-tail',
  'ledger/room-again',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

export type Finding = {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly by: 'lower' | 'flow' | 'intent' | 'anomaly' | 'seam' | 'vetting';
  /** Index of the effect it is about. */
  readonly effect?: number;
  readonly span?: Span;
  /** Short, redacted, machine-derived texts; never the model's words. */
  readonly evidence: readonly string[];
};
