// Command lines of clouds and forges: their verbs say whether something is looked at, changed or removed.
import type { Attribute } from '../../model/index.ts';
import { hasOf, isOf, splitAt, WORD, wordsOf } from '../../names/index.ts';
import type { Stream } from '../../shell/value.ts';
import { schemeOf } from '../address.ts';
import { has } from './parse-args.ts';
import type { ProgramRun } from './program-run.ts';
import { standardOutputOf } from './output.ts';

const set = (words: string): ReadonlySet<string> => new Set(wordsOf(words));

/** First words of verbs (`terminate-instances`), by what they say. */
const REMOVES =
  set(`delete rm rb remove destroy terminate purge drop deregister detach disable revoke abort release cancel close stop
  reset`);
const CHANGES =
  set(`create put update modify set apply deploy add attach run start invoke send publish upload import copy cp mv sync
  rsync restore reboot enable register tag untag authorize grant assume merge edit comment review rename transfer fork archive push
  scale submit promote redeploy rollback allocate associate execute patch replace link rotate`);
const LOOKS =
  set(`list ls get describe show view head info status help config auth login logout version search diff checks watch logs
  cat stat wait print explain test validate plan preview download browse configure whoami query du hash`);
/** Verbs whose operands may be files of this machine that go out. */
const TAKES_FILES = set('create upload cp mv sync rsync deploy publish put push copy');
const METHODS = set('DELETE POST PUT PATCH');

function called(run: ProgramRun, words: readonly string[]) {
  return { type: 'remote', name: `${run.name}:${words.join(' ')}`, scope: 'remote', groups: [] } as const;
}

/** aws ec2 terminate-instances, gcloud compute instances delete, gh repo delete …: the first verb that says something decides. */
export function cloud(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  if (parsed.spec.effects.length > 0) return standardOutputOf(run);
  const words: string[] = [...parsed.verbs];
  const rest = [...parsed.operands];
  let removes = false;
  let changes = false;
  let looks = false;
  const decide = (word: string): boolean => {
    const first = splitAt(word, '-')[0] ?? '';
    removes = REMOVES.has(first);
    changes = !removes && CHANGES.has(first);
    looks = !removes && !changes && LOOKS.has(first);
    return removes || changes || looks;
  };
  let done = words.some(decide);
  while (!done && rest.length > 0 && words.length < 5) {
    const word = rest.shift()!;
    if (word.kind !== 'known') {
      run.opaque(word.why === '' ? 'a verb that cannot be resolved' : word.why);
      break;
    }
    words.push(word.text);
    done = decide(word.text);
  }
  const attributes: Attribute[] = [...parsed.adds];
  if (removes)
    ctx.emit(place, {
      kind: 'remote.delete',
      target: called(run, words),
      attributes: [...attributes, 'irreversible'],
      args: rest.map((word) => ({ name: 'name', span: word.span })),
    });
  else if (changes) {
    // What is created from files of this machine leaves it (a gist, a release, an upload).
    if (TAKES_FILES.has(words[words.length - 1] ?? ''))
      for (const word of rest) if (word.kind === 'known' && isFile(word.text)) run.do('read', word, [], true);
    ctx.emit(place, {
      kind: 'remote.change',
      target: called(run, words),
      attributes,
      from: run.data.from,
      args: rest.map((word) => ({ name: 'name', span: word.span })),
    });
  } else if (!looks && words.join(' ').startsWith('api')) apiCall(run, words);
  return standardOutputOf(run);
}

/** A name of a file: with a dot or a slash, no address, and no `owner/name` of a forge. */
function isFile(text: string): boolean {
  if (!hasOf(text, './') || schemeOf(text) !== undefined) return false;
  const [owner = '', name = '', more] = splitAt(text, '/');
  return more !== undefined || !isOf(owner, `${WORD}-`) || !isOf(name, `${WORD}.-`);
}

/** `gh api -X DELETE …`: the method decides. */
function apiCall(run: ProgramRun, words: readonly string[]): void {
  const method = run.parsed.given.find((one) => one.flag.name === '--project' && METHODS.has(one.value?.text ?? ''))
    ?.value?.text;
  const fields = has(run.parsed, '--body-file');
  if (method === 'DELETE')
    run.ctx.emit(run.place, { kind: 'remote.delete', target: called(run, words), attributes: ['irreversible'] });
  else if (method !== undefined || fields)
    run.ctx.emit(run.place, { kind: 'remote.change', target: called(run, words), from: run.data.from });
}

/** `aws s3 cp a s3://b/c`: up, down, or from one place to another. */
export function cloudCopy(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  const [from, to] = parsed.operands;
  if (from === undefined || to === undefined) return standardOutputOf(run);
  if (schemeOf(from.text) !== undefined) run.data = { ...run.data, fetched: true };
  else run.do('read', from, parsed.adds, true);
  if (schemeOf(to.text) !== undefined) {
    const target = { type: 'remote', name: to.text, scope: 'remote', groups: [] } as const;
    ctx.emit(place, {
      kind: 'remote.change',
      target,
      attributes: ['upload'],
      from: run.data.from,
      args: [{ name: 'to', span: to.span }],
    });
    if (has(parsed, '--delete'))
      ctx.emit(place, { kind: 'remote.delete', target, attributes: ['recursive', 'irreversible'] });
  } else if (to.text !== '-') {
    ctx.writeFile(place, to, run.data, parsed.adds);
    if (has(parsed, '--delete')) run.do('delete', to, ['recursive'], true);
  }
  return standardOutputOf(run);
}
