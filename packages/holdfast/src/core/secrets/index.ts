// Secrets: found in text, known in every form, redacted from what is kept.
export * from './detect.ts';
export * from './known-values.ts';
export { hasPlaceholder } from './placeholder.ts';
export * from './redact.ts';
export type { SecretSpan } from './span.ts';
