// Findings: what a detector saw. A finding never decides; policy does.
import type { Span } from './effect.ts';

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Finding = {
  /** Closed, dotted-kebab code, documented in docs/findings.md. */
  readonly code: string;
  readonly severity: Severity;
  readonly by: 'lower' | 'flow' | 'intent' | 'anomaly' | 'seam' | 'vetting';
  /** Index of the effect it is about. */
  readonly effect?: number;
  readonly span?: Span;
  /** Short, redacted, machine-derived texts; never the model's words. */
  readonly evidence: readonly string[];
};
