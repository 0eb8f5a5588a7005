// The house rules that a machine can check: which folder may import which, purity of core, size and form of files.
import { posix } from 'node:path';
import { scan, type Import, type Scanned, type Source } from './scan.ts';

export type Violation = { readonly rule: string; readonly path: string; readonly what: string };

export const SOURCE = 'packages/holdfast/src/';

/** Inside core a folder may import every level above its own line, and nothing on it but itself. */
export const CORE_LEVELS: readonly (readonly string[])[] = [
  ['model'],
  ['names', 'secrets', 'settings', 'record'],
  ['shell', 'code'],
  ['effects', 'hosts', 'rewrite'],
  ['flow'],
  ['intent'],
  ['anomaly'],
  ['policy'],
  ['engine'],
];

export const EDGE_FOLDERS: readonly string[] = [
  'transports',
  'install',
  'observe',
  'ledger',
  'approvals',
  'integrity',
  'vetting',
  'contain',
  'proxy',
  'judge',
  'notify',
  'fleet',
  'settings',
  'policy',
];

/** Which areas may import which, outside core. `edge` stands for any folder of it; its own folder is always allowed. */
export const EDGES: { readonly [area: string]: readonly string[] } = {
  ports: ['core/model'],
  gate: ['ports', 'core'],
  edge: ['ports', 'core'],
  app: ['gate', 'ports', 'edge', 'core'],
  entry: ['core', 'gate', 'ports', 'app'],
};

/** The only file that may import several edge folders: it puts the pieces together. */
export const COMPOSE = `${SOURCE}app/compose.ts`;

/** Which areas may import a package, by prefix of the area. A package that is not here may be imported nowhere. */
export const PACKAGES: { readonly [name: string]: readonly string[] } = {
  unbash: ['core/shell'],
  '@cedar-policy/cedar-wasm': ['edge/policy'],
  zod: ['core/settings', 'edge', 'app'],
};

/** Node builtins in core and gate: pure functions of their input only. */
export const BUILTINS_BY_FILE: { readonly [path: string]: readonly string[] } = {
  [`${SOURCE}core/model/digest.ts`]: ['node:crypto'],
};

/** What core must not name: each would make the same input give another answer, or act on the world. */
const IMPURE: readonly (readonly [string, RegExp])[] = [
  ['the clock', /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|[^\s(])|(?<!new\s+)\bDate\s*\(/],
  ['the clock', /\bperformance\s*\./],
  ['randomness', /\bMath\s*\.\s*random\b|\bcrypto\s*\.|\brandom(?:UUID|Bytes)\b/],
  ['the process', /(?<![.\w'"-])process\s*\./],
  ['the network', /(?<![.\w])fetch\s*\(/],
  ['a timer', /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/],
  ['async', /\basync\s+(?:function|\(|\w)|\bawait\s|\bPromise\b|\.then\s*\(/],
  ['the console', /\bconsole\s*\./],
  ['the global object', /\bglobalThis\b/],
  ['generated code', /(?<![.\w])eval\s*\(|\bnew\s+Function\b/],
  ['the module loader', /\bimport\s*\(|\bimport\.meta\b|(?<![.\w])require\s*\(/],
  ["the machine's locale", /\blocaleCompare\b|\btoLocale\w+\b|\bIntl\b/],
];

const MAX_LINES = 400;

/** All violations in a set of files, which stand for a whole tree: imports are resolved inside the set by path alone. */
export function check(sources: readonly Source[]): Violation[] {
  const files = sources.map(scan);
  return [...files.flatMap(form), ...files.flatMap(directions), ...files.flatMap(purity)];
}

/** Area of a source file: `core/model`, `ports`, `gate`, `edge/ledger`, `app`, `entry`; undefined for an unknown folder. */
export function areaOf(path: string): string | undefined {
  const [first, second, ...rest] = path.slice(SOURCE.length).split('/');
  if (second === undefined) return 'entry';
  if (first === 'core' && rest.length === 0) return 'entry';
  if (first === 'core' && CORE_LEVELS.flat().includes(second)) return `core/${second}`;
  if (first === 'edge' && rest.length > 0 && EDGE_FOLDERS.includes(second)) return `edge/${second}`;
  if (first === 'ports' || first === 'gate' || first === 'app') return first;
  return undefined;
}

export function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  if (from.startsWith('core/')) {
    const level = (area: string): number =>
      CORE_LEVELS.findIndex((names) => names.includes(area.slice('core/'.length)));
    return to.startsWith('core/') && level(to) < level(from);
  }
  const key = from.split('/')[0] as string;
  return (EDGES[key] ?? []).some((allowed) => to === allowed || to.startsWith(`${allowed}/`));
}

function form(file: Scanned): Violation[] {
  const found: Violation[] = [];
  const say = (rule: string, what: string): number => found.push({ rule, path: file.path, what });
  const lines = file.text.split('\n').length - 1;
  if (lines > MAX_LINES) say('length', `${lines} lines, at most ${MAX_LINES}`);
  const [first = '', second = ''] = file.text.split('\n');
  const purpose = first.startsWith('#!') ? second : first;
  if (!/^\/\/ \S.{10}/.test(purpose))
    say('first-line', 'the first line must be a `//` comment that says what the file is for');
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/.test(posix.basename(file.path)))
    say('name', 'file names are kebab-case');
  if (/\b(?:const\s+)?enum\s+\w+\s*\{|\bnamespace\s+\w+\s*\{/.test(file.code)) say('erasable', 'no enum, no namespace');
  return found;
}

function directions(file: Scanned): Violation[] {
  if (!file.path.startsWith(SOURCE)) return [];
  const from = areaOf(file.path);
  if (from === undefined)
    return [{ rule: 'folder', path: file.path, what: 'lies in a folder that the architecture does not know' }];
  if (isTest(file.path)) return [];
  const found = file.imports.flatMap((each) => direction(file.path, from, each));
  const edges = new Set(
    file.imports.map((each) => target(file.path, each)).filter((area) => area?.startsWith('edge/')),
  );
  if (from === 'app' && file.path !== COMPOSE && edges.size > 1) {
    found.push({
      rule: 'compose',
      path: file.path,
      what: `only app/compose.ts imports several edges: ${[...edges].join(', ')}`,
    });
  }
  return found;
}

function direction(path: string, from: string, { specifier }: Import): Violation[] {
  const bad = (what: string): Violation[] => [{ rule: 'direction', path, what }];
  if (specifier.startsWith('.')) {
    if (!/\.(?:ts|json)$/.test(specifier)) return bad(`${specifier}: imports name the file with its ending`);
    const resolved = posix.join(posix.dirname(path), specifier);
    if (!resolved.startsWith(SOURCE)) return bad(`${specifier} leaves the package's sources`);
    const to = areaOf(resolved);
    if (to === undefined) return bad(`${specifier} is in no known folder`);
    return mayImport(from, to) ? [] : bad(`${from} must not import ${to} (${specifier})`);
  }
  if (specifier.startsWith('node:')) {
    if (BUILTINS_BY_FILE[path]?.includes(specifier)) return [];
    return /^(?:core\/|ports|gate)/.test(from) ? bad(`${from} must not use ${specifier}`) : [];
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const areas = PACKAGES[name];
  if (areas === undefined) return bad(`package ${name} is not in the table of allowed packages`);
  return areas.some((area) => from === area || from.startsWith(`${area}/`))
    ? []
    : bad(`${from} must not use package ${name}`);
}

function target(path: string, { specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? areaOf(posix.join(posix.dirname(path), specifier)) : undefined;
}

function purity(file: Scanned): Violation[] {
  if (!file.path.startsWith(`${SOURCE}core/`) || isTest(file.path)) return [];
  const found = IMPURE.filter(([, token]) => token.test(file.code)).map(([what]) => ({
    rule: 'purity',
    path: file.path,
    what: `core must not reach for ${what}`,
  }));
  if (/^(?:export\s+)?(?:let|var)\s/m.test(file.code)) {
    found.push({ rule: 'purity', path: file.path, what: 'core keeps no state in module variables' });
  }
  return found;
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}
