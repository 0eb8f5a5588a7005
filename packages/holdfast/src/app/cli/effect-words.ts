// Effects, facts and labels of a record in words, with the piece of the action each came from; for people, decides nothing.
import { isObject, text, type Json } from '../../core/model/index.ts';
import { hasPlaceholder } from '../../core/secrets/index.ts';
import { fit, oneLine } from '../text.ts';

/** What each kind of effect does to its target; `%` is the target. */
const KINDS: { readonly [kind: string]: string } = {
  'process.exec': 'run %',
  'process.signal': 'end or signal %',
  'process.privilege': 'act with the rights of %',
  'file.read': 'read %',
  'file.write': 'write %',
  'file.delete': 'delete %',
  'file.permission': 'change who may use %',
  'net.connect': 'connect to %',
  'net.send': 'send data to %',
  'net.listen': 'listen on %',
  'code.eval': 'run text as code with %',
  'package.install': 'install %',
  'extension.install': 'install the extension %',
  persist: 'make % start by itself',
  'config.change': 'change the configuration %',
  'memory.write': 'write into the memory %',
  'secret.use': 'use the secret %',
  'vcs.push': 'push to %',
  'vcs.rewrite': 'rewrite the history of %',
  'remote.change': 'change % on a remote system',
  'remote.delete': 'delete % on a remote system',
  'message.send': 'send a message to %',
  'agent.spawn': 'start the agent %',
  opaque: 'do something nobody can look into: %',
};

/** Words for attributes that change how bad it is; others stand as they are. */
const ATTRIBUTES: { readonly [attribute: string]: string } = {
  recursive: 'with everything in it',
  force: 'by force',
  irreversible: 'for good',
  'tree-root': 'the root of a tree',
  glob: 'several of them',
  truncate: 'replacing its content',
  append: 'at its end',
  create: 'new',
  inline: 'text in the call itself',
  decoded: 'decoded text',
  fetched: 'text from the network',
  stdin: 'from a pipe',
  script: 'from a file that was read',
  unread: 'from a file that could not be read',
  interactive: 'takes further commands unseen',
  background: 'goes on after the call',
  'remote-shell': 'a shell over a connection',
  'delete-ref': 'removing a branch',
  'all-history': 'all of it',
  bypass: 'without its own guards',
  loosens: 'weakening a protection',
  unpinned: 'any version',
  scripts: 'its install scripts run',
  'unknown-program': 'an unknown program',
  'unknown-tool': 'an unknown tool',
  env: 'through the environment',
  syntax: 'text that does not parse',
  limit: 'more than is looked at',
};

/** One effect in words, without its place: `delete /home/dev (with everything in it, by force; home)`. */
export function effectWords(effect: Json): string {
  const target = isObject(effect) ? effect['target'] : undefined;
  const name = oneLine(typeof target === 'string' ? target : (text(target, 'name') ?? ''));
  const shown = text(target, 'type') === 'unknown' ? `something unknown (${fit(name, 120)})` : fit(name, 160);
  const told = (KINDS[text(effect, 'kind') ?? ''] ?? `${text(effect, 'kind') ?? 'do'} %`).replace('%', () => shown);
  const attributes = strings(effect, 'attributes').map((one) => ATTRIBUTES[one] ?? one);
  const scope = text(target, 'scope');
  const more = [attributes.join(', '), scope === undefined ? '' : scope].filter((part) => part !== '').join('; ');
  const certain = isObject(effect) && effect['certain'] !== false && effect['certainty'] !== 'possible';
  const via = strings(effect, 'via').slice(0, -1);
  return `${certain ? '' : 'perhaps '}${told}${more === '' ? '' : ` (${more})`}${via.length === 0 ? '' : `, through ${via.join(', ')}`}`;
}

/** What effects would do, one line each: those a reason names first, then the others, last what only runs something. */
export function effectRows(
  effects: readonly Json[],
  reasons: readonly Json[],
  input: Json | undefined,
): readonly string[] {
  const named = new Set(reasons.map((reason) => (isObject(reason) ? reason['effect'] : undefined)));
  const rank = (effect: Json, index: number): number => {
    if (named.has(index)) return 0;
    const kind = text(effect, 'kind');
    return kind === 'process.exec' ? 3 : kind === 'code.eval' ? 2 : 1;
  };
  return effects
    .map((effect, index) => ({ effect, rank: rank(effect, index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ effect }) => {
      const from = spanText(input, isObject(effect) ? effect['span'] : undefined);
      return `${effectWords(effect)}${from === undefined ? '' : ` ◂ ${from}`}`;
    });
}

/** The piece of the input that an effect came from; undefined when it is the whole of it, or when a secret was taken out of the text. */
export function spanText(input: Json | undefined, span: Json | undefined): string | undefined {
  const at = text(span, 'at');
  if (at === undefined || !isObject(span)) return undefined;
  let place: Json | undefined = input;
  for (const key of at.split('/').slice(1)) {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    place = Array.isArray(place) ? (place as readonly Json[])[Number(name)] : isObject(place) ? place[name] : undefined;
  }
  const [from, to] = [Number(span['from']), Number(span['to'])];
  if (typeof place !== 'string' || hasPlaceholder(place) || !(to > from) || to > place.length) return undefined;
  return from === 0 && to === place.length ? undefined : fit(oneLine(place.slice(from, to)), 80);
}

const PATH_KINDS: { readonly [kind: string]: string } = {
  file: 'file',
  dir: 'folder',
  link: 'link',
  fifo: 'pipe',
  socket: 'socket',
  block: 'device',
  char: 'device',
};

/** One fact in words. */
export function factWords(fact: Json): string {
  const want = isObject(fact) ? fact['want'] : undefined;
  const got = isObject(fact) ? fact['got'] : undefined;
  const what = oneLine(text(want, 'path') ?? text(want, 'dir') ?? text(want, 'name') ?? text(want, 'host') ?? '');
  const none = text(fact, 'none');
  if (none !== undefined) return none === 'absent' ? `${what} is not there` : `${what}: nobody could look (${none})`;
  switch (text(want, 'ask')) {
    case 'path': {
      const real = oneLine(text(got, 'real') ?? what);
      const kind =
        isObject(got) && got['exists'] === true
          ? `is a ${PATH_KINDS[text(got, 'kind') ?? ''] ?? 'thing'}`
          : 'is not there';
      return real === what ? `${what} ${kind}` : `${what} leads to ${real}, which ${kind}`;
    }
    case 'text':
      return `${what} was read`;
    case 'list':
      return Array.isArray(got) ? `${what} holds ${got.length} entries` : `${what} was listed`;
    case 'program':
      return `${what} is ${oneLine(text(got, 'path') ?? 'some program')}`;
    case 'vcs':
      return `${what} is versioned in ${oneLine(text(got, 'root') ?? 'a repository')}`;
    default:
      return what;
  }
}

const LABELS: { readonly [label: string]: string } = {
  'integrity:external': 'something from outside (web, issue, download) is in it',
  'confidentiality:private': 'private data is in it',
  'confidentiality:secret': 'a secret is in it',
};

/** A label in words. */
export function labelWords(label: string): string {
  return LABELS[label] ?? oneLine(label);
}

/** The strings of a list inside a value; empty when there is none. */
export function strings(value: Json | undefined, key: string): readonly string[] {
  return list(value, key).filter((one) => typeof one === 'string');
}

/** A list inside a value; empty when there is none. */
export function list(value: Json | undefined, key: string): readonly Json[] {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}
