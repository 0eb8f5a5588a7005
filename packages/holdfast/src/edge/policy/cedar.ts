// The one door to cedar-wasm: loaded when first needed, typed as far as we use it. It parses, validates, formats and is the reference.
import type * as CedarWasm from '@cedar-policy/cedar-wasm/nodejs';

export type Cedar = typeof CedarWasm;
export type CedarError = CedarWasm.DetailedError;

/** Pinned; part of every cache key, so that another engine never reuses what this one parsed. */
export const CEDAR_VERSION = '4.13.0';

let loading: Promise<Cedar> | undefined;

/** Loads the engine once per process (about 25 ms). Rejects when the package is missing: there is no second engine to fall back to. */
export function loadCedar(): Promise<Cedar> {
  loading ??= import('@cedar-policy/cedar-wasm/nodejs').then((module) => {
    // The package is CommonJS; depending on the loader its exports stand on the module or on `default`.
    const cedar = ((module as unknown as { default?: Cedar }).default ?? module) as Cedar;
    const version = cedar.getCedarSDKVersion();
    if (version !== CEDAR_VERSION) throw new Error(`cedar-wasm ${version} is installed, ${CEDAR_VERSION} is expected`);
    return cedar;
  });
  return loading;
}

/** One policy text in Cedar's own layout, or why it does not parse. */
export function formatPolicy(
  cedar: Cedar,
  text: string,
): { readonly text: string } | { readonly errors: readonly CedarError[] } {
  const answer = cedar.formatPolicies({ policyText: text, lineWidth: 120, indentWidth: 2 });
  return answer.type === 'success' ? { text: answer.formatted_policy } : { errors: answer.errors };
}
