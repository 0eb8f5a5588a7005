// Containers: what of this machine a container gets, what it runs, and what gives it the rights of this machine.
import type { Target } from '../../model/index.ts';
import { splitAt } from '../../names/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { standardOutputOf } from './output.ts';
import type { ProgramRun } from './program-run.ts';

/** Verbs, outer ones in front, that start something in a container; and those that build images or start services. */
const RUNS: ReadonlySet<string> = new Set([
  'run',
  'exec',
  'create',
  'container run',
  'container exec',
  'container create',
  'compose run',
  'compose exec',
]);
const BUILDS: ReadonlySet<string> = new Set([
  'build',
  'buildx build',
  'image build',
  'builder build',
  'compose up',
  'compose build',
]);
/** Namespaces that a container shares with the machine when told `host`; of the network that is common and no right. */
const SHARED: ReadonlySet<string> = new Set(['--pid', '--ipc', '--userns', '--uts', '--cgroupns']);
/** Capabilities with which a container leaves itself. */
const ESCAPES: ReadonlySet<string> = new Set([
  'ALL',
  'SYS_ADMIN',
  'SYS_PTRACE',
  'SYS_MODULE',
  'SYS_RAWIO',
  'DAC_READ_SEARCH',
  'BPF',
  'NET_ADMIN',
]);
/** Sockets over which containers, and with them the machine, are ruled. */
const SOCKETS: readonly string[] = ['docker.sock', 'containerd.sock', 'podman.sock', 'crio.sock'];

/** docker, podman, nerdctl. */
export function container(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  const verb = parsed.verbs.join(' ');
  if (parsed.given.some(({ flag, value }) => flag.name === '--privileged' || frees(flag.name, value)))
    ctx.emit(place, {
      kind: 'process.privilege',
      target: ctx.program(known(run.name, place.span)),
      attributes: ['loosens'],
    });
  for (const { flag, value } of parsed.given) {
    if (value === undefined) continue;
    if (flag.name === '-v') volume(run, value, cutAt(value, ':'), isReadOnly(splitAt(value.text, ':').slice(2)));
    else if (flag.name === '--mount') mount(run, value);
  }
  if (RUNS.has(verb)) {
    const [image, ...words] = parsed.operands;
    if (image !== undefined)
      ctx.emit(place, {
        kind: 'code.eval',
        target: ctx.program(image),
        attributes: ['script'],
        args: [{ name: 'image', span: image.span }],
      });
    if (words.some((word) => word.kind === 'unknown')) run.opaque('a command in a container that cannot be resolved');
  }
  if (BUILDS.has(verb)) run.opaque('a build or set of services that is not followed', ['script']);
  return standardOutputOf(run);
}

function frees(flag: string, value: Value | undefined): boolean {
  const text = value?.text ?? '';
  if (SHARED.has(flag)) return text === 'host';
  if (flag === '--cap-add') {
    const name = text.toUpperCase();
    return value?.kind !== 'known' || ESCAPES.has(name.startsWith('CAP_') ? name.slice('CAP_'.length) : name);
  }
  return (
    flag === '--security-opt' &&
    (text.endsWith('=unconfined') || text.endsWith(':unconfined') || text === 'label=disable')
  );
}

/** `type=bind,source=/x,target=/y,readonly`. */
function mount(run: ProgramRun, value: Value): void {
  const head = value.kind === 'unknown' ? value.before : value.text;
  const parts = splitAt(head, ',');
  const source = parts.find((part) => part.startsWith('source=') || part.startsWith('src='));
  if (source === undefined) return;
  const text = source.slice(source.indexOf('=') + 1);
  volume(run, value, { ...known(text, value.span), from: value.from }, isReadOnly(parts));
}

function isReadOnly(options: readonly string[]): boolean {
  return options.some((option) =>
    splitAt(option, ',').some((one) => one === 'ro' || one === 'readonly' || one === 'readonly=true'),
  );
}

function volume(run: ProgramRun, value: Value, source: Value, readOnly: boolean): void {
  const { ctx, place } = run;
  // A name without a slash is a volume of the daemon's own.
  if (source.kind === 'known' && !['.', '/', '~'].includes(source.text[0] ?? '')) return;
  ctx.readFile(place, source, ['recursive']);
  if (!readOnly) ctx.writeFile(place, source, undefined, ['recursive']);
  if (givesMachine(ctx.path(place, source), run))
    ctx.emit(place, {
      kind: 'process.privilege',
      target: ctx.program(known(run.name, place.span)),
      args: [{ name: 'volume', span: value.span }],
    });
}

/** A folder of the system, a home as a whole or what holds homes, or the socket of the daemon. */
function givesMachine(target: Target, run: ProgramRun): boolean {
  if (target.type !== 'path') return false;
  const { home } = run.ctx.action;
  if (SOCKETS.some((socket) => target.name.endsWith(`/${socket}`))) return true;
  if (target.name === home || home.startsWith(target.name === '/' ? '/' : `${target.name}/`)) return true;
  return target.scope === 'system' || target.scope === 'device';
}

function cutAt(value: Value, mark: string): Value {
  const head = value.kind === 'unknown' ? value.before : value.text;
  const at = head.indexOf(mark);
  if (at < 0) return value;
  return { ...known(head.slice(0, at), value.span), from: value.from };
}
