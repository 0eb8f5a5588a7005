// Parsed and validated rule files by digest of their text, so that a start with known rules needs neither the parser nor the engine.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { canonical, keyed, sha256, type Json } from '../../core/model/index.ts';
import { SCHEMA } from '../../core/policy/index.ts';
import { CEDAR_VERSION } from './cedar.ts';
import type { ParsedRule } from './parse-file.ts';

export interface PolicyCache {
  get(text: string): readonly ParsedRule[] | undefined;
  /** Only for files that validated without any problem. */
  set(text: string, rules: readonly ParsedRule[]): void;
  /** Writes what is new and forgets what this load did not ask for. A cache that cannot be written is only slow. */
  save(): Promise<'saved' | 'unchanged' | 'failed'>;
}

/** Rules that were parsed by another engine or against another schema are other rules. */
const BASIS = sha256(`${CEDAR_VERSION}\0${SCHEMA}`);

type Stored = { readonly mac: string; readonly body: string };

/**
 * A cache in one file, sealed with the watcher's key: a file that somebody else wrote, or that is damaged, counts as empty.
 * `key` is hex; without a secret key no cache should be used, since rules could be planted in it.
 */
export async function fileCache(path: string, key: string): Promise<PolicyCache> {
  const known = await readStored(path, key);
  const used = new Map<string, readonly ParsedRule[]>();
  let added = false;
  const name = (text: string): string => sha256(`${BASIS}\0${text}`);
  return {
    get(text) {
      const id = name(text);
      const rules = known.get(id);
      if (rules !== undefined) used.set(id, rules);
      return rules;
    },
    set(text, rules) {
      used.set(name(text), rules);
      added = true;
    },
    async save() {
      if (!added && used.size === known.size) return 'unchanged';
      const body = canonical([...used] as unknown as Json);
      const stored: Stored = { mac: keyed(key, body), body };
      try {
        await writeFile(`${path}.new`, JSON.stringify(stored), { mode: 0o600 });
        await rename(`${path}.new`, path);
        return 'saved';
      } catch (error) {
        if (error instanceof Error && 'code' in error) return 'failed';
        throw error;
      }
    },
  };
}

async function readStored(path: string, key: string): Promise<Map<string, readonly ParsedRule[]>> {
  try {
    const stored = JSON.parse(await readFile(path, 'utf8')) as Stored;
    if (typeof stored.body !== 'string' || stored.mac !== keyed(key, stored.body)) return new Map();
    return new Map(JSON.parse(stored.body) as [string, readonly ParsedRule[]][]);
  } catch (error) {
    // Absent, unreadable or no JSON: the rules are parsed again, nothing is lost but time.
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return new Map();
    throw error;
  }
}
