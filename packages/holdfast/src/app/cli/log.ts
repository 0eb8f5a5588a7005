// `holdfast log`: lists records from the ledger's own files; needs no running watcher and no index.
import { isObject, text, type Body, type Json } from '../../core/model/index.ts';
import { findHome } from '../home.ts';
import { readRecords } from '../compose.ts';
import type { Parsed } from './args.ts';
import { EXIT, usage } from './errors.ts';

export async function run(args: Parsed): Promise<number> {
  const last = Number(args.get('last') ?? '20');
  if (!Number.isSafeInteger(last) || last < 1) throw usage('--last needs a positive number');
  const home = findHome(args.get('dir'));
  const wanted = (body: Body): boolean =>
    (args.get('session') === undefined || body.session === args.get('session')) &&
    (args.get('level') === undefined || levelOf(body) === args.get('level'));
  const show = (body: Body): void => {
    process.stdout.write(args.has('json') ? `${JSON.stringify(body)}\n` : `${recordLine(body)}\n`);
  };
  let next = 0;
  const kept: Body[] = [];
  for await (const body of readRecords(home.ledger, 0)) {
    next = body.seq + 1;
    if (!wanted(body)) continue;
    kept.push(body);
    if (kept.length > last) kept.shift();
  }
  kept.forEach(show);
  while (args.has('follow')) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    for await (const body of readRecords(home.ledger, next)) {
      next = body.seq + 1;
      if (wanted(body)) show(body);
    }
  }
  return EXIT.ok;
}

export function levelOf(body: Body): string | undefined {
  return isObject(body.data) ? text(body.data['verdict'], 'level') : undefined;
}

/** One record in one line: number, time, kind, verdict, what it was about. */
export function recordLine(body: Body): string {
  const time = new Date(body.time).toISOString().slice(0, 19).replace('T', ' ');
  const level = levelOf(body);
  const mark = level === undefined ? body.type : level.toUpperCase();
  return `#${String(body.seq).padEnd(6)} ${time}  ${mark.padEnd(8)} ${(body.session ?? '-').slice(0, 8).padEnd(8)} ${about(body.data)}`;
}

function about(data: Json): string {
  if (!isObject(data)) return '';
  const action = data['action'];
  if (isObject(action)) {
    const input = action['input'];
    const told = isObject(input)
      ? (input['command'] ?? input['path'] ?? input['url'] ?? input['query'] ?? input['key'] ?? '')
      : '';
    const rule = firstRule(data);
    return `${text(action, 'hostTool') ?? ''} ${String(told).replaceAll(/\s+/g, ' ').slice(0, 100)}${rule === undefined ? '' : `  [${rule}]`}`;
  }
  const code = text(data, 'code') ?? text(data, 'what') ?? text(data, 'label') ?? text(data, 'ran') ?? '';
  return `${code} ${text(data, 'detail') ?? text(data, 'folder') ?? text(data, 'why') ?? ''}`.trim();
}

/** The rule that decided, when it was a stop. */
export function firstRule(data: Json): string | undefined {
  const verdict = isObject(data) ? data['verdict'] : undefined;
  if (!isObject(verdict) || !Array.isArray(verdict['reasons'])) return undefined;
  const rows = verdict['reasons'] as readonly Json[];
  const found = rows.find((row) => text(row, 'level') === verdict['level'] && text(row, 'waivedBy') === undefined);
  return found === undefined ? undefined : text(found, 'rule');
}
