// What can be wrong with a policy: one shape for loader, lint and command line.

/** Where a rule stands; `line` counts from 1. */
export type Place = { readonly file: string; readonly line: number };

/** `error` keeps the whole new set from being taken; `warning` is told and the set is used. Messages are lower-case. */
export type Problem = {
  readonly code: ProblemCode;
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly rule?: string;
  readonly at?: Place;
};

export const PROBLEM_CODES = [
  'policy-read',
  'policy-syntax',
  'policy-schema',
  'policy-template',
  'policy-annotation',
  'policy-id',
  'policy-duplicate',
  'policy-layer',
  'policy-effect',
  'policy-text',
  'policy-integer',
  'policy-unbound',
  'policy-unknown-target',
  'policy-scope',
  'policy-waives',
  'policy-slow',
  'policy-unsupported',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** `file:line: message [rule]`, as the command line prints it. */
export function problemLine(problem: Problem): string {
  const at = problem.at === undefined ? '' : `${problem.at.file}:${problem.at.line}: `;
  const rule = problem.rule === undefined ? '' : ` [${problem.rule}]`;
  return `${at}${problem.level}: ${problem.message}${rule} (${problem.code})`;
}
