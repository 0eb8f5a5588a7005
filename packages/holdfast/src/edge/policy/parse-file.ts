// One policy file ▶ its policies in JSON form, each with the line it starts on; Cedar's errors ▶ problems with file and line.
import type { Place, PolicyJson, Problem } from '../../core/policy/index.ts';
import type { Cedar, CedarError } from './cedar.ts';
import { isDeep, scanNesting } from './nesting.ts';

export type ParsedRule = { readonly json: PolicyJson; readonly text: string; readonly line: number };
/** What one file says; with a problem of level `error` it has no rules that could be used. */
export type ParsedFile = { readonly rules: readonly ParsedRule[]; readonly problems: readonly Problem[] };

/** Parses a file of any number of policies. Never throws for what the scan lets through; with a problem there are no rules. */
export function parseFile(cedar: Cedar, file: string, text: string): ParsedFile {
  const deep = scanNesting(text);
  if (deep !== undefined) return { rules: [], problems: [tooDeep(file, lineAt(text, deep))] };
  // One rule per file is the house form, and the cheap one: the parser that splits a set is only asked when it is not so.
  const single = cedar.policyToJson(text);
  if (single.type === 'success') {
    const json = single.json as unknown as PolicyJson;
    const from = beginning(text);
    const line = lineAt(text, from);
    if (isDeep(json)) return { rules: [], problems: [tooDeep(file, line)] };
    return { rules: [{ json, text: text.slice(from), line }], problems: [] };
  }
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === 'failure') return { rules: [], problems: syntax(parts.errors, { file, line: 1 }, text) };
  if (parts.policy_templates.length > 0) {
    return {
      rules: [],
      problems: [
        {
          code: 'policy-template',
          level: 'error',
          message: 'templates are not supported: write the rule out',
          at: { file, line: 1 },
        },
      ],
    };
  }
  const rules: ParsedRule[] = [];
  for (const part of parts.policies) {
    const line = lineAt(text, text.indexOf(part));
    const json = cedar.policyToJson(part);
    if (json.type === 'failure') return { rules: [], problems: syntax(json.errors, { file, line }, part) };
    if (isDeep(json.json)) return { rules: [], problems: [tooDeep(file, line)] };
    rules.push({ json: json.json as unknown as PolicyJson, text: part, line });
  }
  return { rules: rules.sort((a, b) => a.line - b.line), problems: [] };
}

function tooDeep(file: string, line: number): Problem {
  return {
    code: 'policy-syntax',
    level: 'error',
    message: 'it is nested too deeply: make several rules of it',
    at: { file, line },
  };
}

function syntax(errors: readonly CedarError[], at: Place, text: string): readonly Problem[] {
  return errors.map((error) => problemOf(error, 'policy-syntax', 'error', at, text));
}

/** A Cedar error about `text`, which starts at `at`. Offsets count bytes of UTF-8. */
export function problemOf(
  error: CedarError,
  code: Problem['code'],
  level: Problem['level'],
  at: Place,
  text: string,
): Problem {
  const start = error.sourceLocations?.[0]?.start;
  const offset = start === undefined ? 0 : Buffer.from(text).subarray(0, start).toString().length;
  const message = error.message
    .replace(/^for policy `[^`]*`, /, '')
    .replace(/^failed to parse polic(?:y|ies)[^:]*: /, '');
  return {
    code,
    level,
    message: error.help === null ? message : `${message} (${error.help})`,
    at: { file: at.file, line: at.line + lineAt(text, offset) - 1 },
  };
}

/** Offset of the first character that is neither white space nor in a comment. */
function beginning(text: string): number {
  let at = 0;
  for (;;) {
    while (at < text.length && (text[at] ?? '').trim() === '') at += 1;
    if (!text.startsWith('//', at)) return at;
    const end = text.indexOf('\n', at);
    at = end < 0 ? text.length : end;
  }
}

/** Line of an offset, from 1. */
function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
