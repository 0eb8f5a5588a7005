// Several policy files ▶ their rules, parsed and validated against the schema, each problem at its file and line.
import { SCHEMA, type Problem } from '../../core/policy/index.ts';
import { loadCedar, type Cedar } from './cedar.ts';
import { parseFile, problemOf, type ParsedFile, type ParsedRule } from './parse-file.ts';

export type PolicyText = { readonly file: string; readonly text: string };

/** Parses and validates files; one answer per file, in their order. A rejection means that nothing is known about any of them. */
export type ParseSet = (files: readonly PolicyText[]) => Promise<readonly ParsedFile[]>;

/** In this process, with its own engine. For short commands; a process that must go on parses apart (parse-apart.ts). */
export const parseHere: ParseSet = async (files) => (files.length === 0 ? [] : parseSet(await loadCedar(), files));

/** As above, with an engine at hand. */
export function parseSet(cedar: Cedar, files: readonly PolicyText[]): readonly ParsedFile[] {
  const parsed: ParsedFile[] = [];
  for (const { file, text } of files) {
    try {
      parsed.push(parseFile(cedar, file, text));
    } catch (error) {
      if (!isTrap(error)) throw error;
      // The engine is lost, and with it whatever stands after this file; the set is refused anyway.
      const message = `the policy engine fails on it (${error.message}); make it simpler`;
      parsed.push({ rules: [], problems: [{ code: 'policy-syntax', level: 'error', message, at: { file, line: 1 } }] });
      return files.map((_, at) => parsed[at] ?? { rules: [], problems: [] });
    }
  }
  const complaints = validate(cedar, files, parsed);
  return parsed.map(({ rules, problems }, at) => ({ rules, problems: [...problems, ...(complaints[at] ?? [])] }));
}

/** The engine ran out of its stack or ours. */
function isTrap(error: unknown): error is Error {
  return error instanceof Error && (error.name === 'RuntimeError' || error instanceof RangeError);
}

/** Validates what was parsed, in one question; the answer has a list for every file. */
function validate(
  cedar: Cedar,
  files: readonly PolicyText[],
  parsed: readonly ParsedFile[],
): readonly (readonly Problem[])[] {
  const policies: { [id: string]: string } = {};
  const origin = new Map<string, { readonly at: number; readonly rule: ParsedRule }>();
  parsed.forEach(({ rules }, at) =>
    rules.forEach((rule, index) => {
      policies[`${at}.${index}`] = rule.text;
      origin.set(`${at}.${index}`, { at, rule });
    }),
  );
  const found: Problem[][] = files.map(() => []);
  if (origin.size === 0) return found;
  const answer = cedar.validate({ schema: SCHEMA, policies: { staticPolicies: policies } });
  if (answer.type === 'failure') {
    found[0]?.push(
      ...answer.errors.map((error): Problem => ({ code: 'policy-schema', level: 'error', message: error.message })),
    );
    return found;
  }
  const said = new Set<string>();
  // `success` says only that validation ran: what it found stands in the two lists.
  for (const [level, list] of [
    ['error', answer.validationErrors],
    ['warning', answer.validationWarnings],
  ] as const) {
    for (const { policyId, error } of list) {
      const from = origin.get(policyId);
      if (from === undefined) {
        found[0]?.push({ code: 'policy-schema', level: 'error', message: error.message });
        continue;
      }
      // The same place is reported once per action the policy stands for.
      const key = `${level}\0${policyId}\0${error.sourceLocations?.[0]?.start ?? ''}`;
      if (said.has(key)) continue;
      said.add(key);
      const { rule } = from;
      const place = { file: files[from.at]?.file ?? '', line: rule.line };
      const problem = problemOf(error, 'policy-schema', level, place, rule.text);
      const id = rule.json.annotations?.['id'];
      found[from.at]?.push(id === undefined ? problem : { ...problem, rule: id });
    }
  }
  return found;
}
