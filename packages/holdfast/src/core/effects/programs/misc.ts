// Single functions for single programs: chmod modes, signals, scheduled jobs, containers, SQL clients.
import type { Attribute } from '../../model/index.ts';
import { known, type Stream, type Value } from '../../shell/value.ts';
import { has, valueOf } from './parse-args.ts';
import { INLINE, type ProgramRun } from './program-run.ts';
import { standardOutputOf } from './output.ts';

/** chmod: what the mode gives away. */
export function chmod(run: ProgramRun): Stream {
  const { parsed } = run;
  // `chmod -x file`: a mode that looks like a flag.
  const minus = run.invocation.argv.find(
    (word, index) => index > 0 && /^-[rwxXst]+$/.test(word.text) && !/^-[R]/.test(word.text),
  );
  const mode = minus ?? (has(parsed, '--reference') ? undefined : parsed.operands[0]);
  const files = minus !== undefined || has(parsed, '--reference') ? parsed.operands : parsed.operands.slice(1);
  const attributes: Attribute[] = [...parsed.adds, ...(mode?.kind === 'known' ? modeOf(mode.text) : [])];
  for (const file of files) run.do('permission', file, attributes, true);
  return standardOutputOf(run);
}

function modeOf(text: string): readonly Attribute[] {
  const found: Attribute[] = [];
  if (/^[0-7]+$/.test(text)) {
    const bits = Number.parseInt(text, 8);
    if ((bits & 0o6000) !== 0) found.push('setuid');
    if ((bits & 0o2) !== 0) found.push('world-writable');
    return found;
  }
  for (const clause of text.split(',')) {
    const match = /^([ugoa]*)([+=])([rwxXst]*)/.exec(clause);
    if (match === null) continue;
    const who = match[1]!;
    if (match[3]!.includes('s') && who !== 'o') found.push('setuid');
    // Without a who the umask holds `+w` back from others, but not `=w`.
    if (match[3]!.includes('w') && (/[oa]/.test(who) || (who === '' && match[2] === '='))) found.push('world-writable');
  }
  return found;
}

/** kill, pkill, killall, fuser -k: whom it stops. */
export function signal(run: ProgramRun): Stream {
  const { parsed, invocation, ctx } = run;
  if (has(parsed, '-l', '-L') && run.name !== 'pkill') return standardOutputOf(run);
  const words =
    run.name === 'kill'
      ? invocation.argv
          .slice(1)
          .filter(
            (word, index, all) =>
              !(index === 0 && /^-./.test(word.text)) &&
              !(index === 1 && /^-[sn]$/.test(all[0]!.text)) &&
              word.text !== '--',
          )
      : parsed.operands;
  for (const word of words) {
    const pid = word.kind === 'known' && /^-?\d+$/.test(word.text);
    const everyone = word.text === '-1' || word.text === '1';
    ctx.emit(run.place, {
      kind: 'process.signal',
      target: pid ? { type: 'program', name: `pid ${word.text}`, groups: [] } : ctx.program(word),
      attributes: everyone ? ['force'] : parsed.adds,
      args: [{ name: 'process', span: word.span }],
    });
  }
  if (words.length === 0 && parsed.given.length > 0)
    ctx.emit(run.place, {
      kind: 'process.signal',
      target: { type: 'unknown', name: 'processes picked by a condition', groups: [] },
    });
  return standardOutputOf(run);
}

/** crontab, at, batch: text that runs later. */
export function scheduled(run: ProgramRun): Stream {
  const { parsed, ctx, invocation } = run;
  if (has(parsed, '-l', '-q') && run.table.program === 'crontab') return standardOutputOf(run);
  const target = ctx.path(
    run.place,
    known(run.table.program === 'crontab' ? '/var/spool/cron' : '/var/spool/at', run.place.span),
  );
  if (has(parsed, '-r', '-d')) {
    ctx.emit(run.place, { kind: 'persist', target, attributes: ['irreversible'] });
    return standardOutputOf(run);
  }
  const file = run.table.program === 'crontab' ? parsed.operands[0] : valueOf(parsed, '-f');
  const stream = file !== undefined && file.text !== '-' ? ctx.readFile(run.place, file) : invocation.stdin;
  ctx.emit(run.place, {
    kind: 'persist',
    target,
    from: stream?.from ?? [],
    args: [{ name: 'job', span: (file ?? invocation.argv[0]!).span }],
  });
  if (stream?.text !== undefined)
    for (const line of stream.text.split('\n')) {
      const command =
        run.table.program === 'crontab' ? /^\s*(?:@\w+|(?:[\d*,/A-Za-z-]+\s+){5})\s*(\S.*)$/.exec(line)?.[1] : line;
      if (command !== undefined && command.trim() !== '' && !line.startsWith('#'))
        ctx.script(
          { ...run.place, certain: false },
          { ...known(command, run.place.span), from: stream.from, decoded: stream.decoded, fetched: stream.fetched },
          INLINE,
        );
    }
  else run.opaque('commands that run later', ['script', 'unread']);
  return standardOutputOf(run);
}

const HOST_ROOT = /^(?:\/|\/etc|\/root|\/home|\/var|\/usr|\/boot|\/proc|\/sys|\/dev)(?:\/|$)/;

/** docker, podman: what of this machine a container gets, what it runs, what is removed. */
export function container(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  const verb = parsed.verbs.join(' ');
  const free =
    has(parsed, '--privileged') ||
    parsed.given.some(
      ({ flag, value }) =>
        /^--(?:pid|ipc|network|net|userns|uts)$/.test(flag.name) &&
        value?.text === 'host' &&
        flag.name !== '--network' &&
        flag.name !== '--net',
    );
  if (free)
    ctx.emit(place, {
      kind: 'process.privilege',
      target: ctx.program(known(run.name, place.span)),
      attributes: ['loosens'],
    });
  for (const { flag, value } of parsed.given) {
    if (value === undefined) continue;
    const source = flag.name === '-v' ? cutAt(value, ':') : flag.name === '--mount' ? mountSource(value) : undefined;
    if (source === undefined) continue;
    if (source.kind === 'known' && !/^[./~]/.test(source.text)) continue;
    const readOnly = /:ro\b|readonly|,ro\b/.test(value.text);
    ctx.readFile(place, source, ['recursive']);
    if (!readOnly) ctx.writeFile(place, source, undefined, ['recursive']);
    if (
      source.kind === 'known' &&
      (HOST_ROOT.test(source.text) || /docker\.sock|containerd\.sock|podman\.sock/.test(source.text))
    )
      ctx.emit(place, {
        kind: 'process.privilege',
        target: ctx.program(known(run.name, place.span)),
        args: [{ name: 'volume', span: value.span }],
      });
  }
  if (/^(?:container |compose )?(?:run|exec|create)$/.test(verb)) {
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
  if (/^(?:build|buildx build|image build|compose (?:up|build)|builder build)$/.test(verb))
    run.opaque('a build or set of services that is not followed', ['script']);
  return standardOutputOf(run);
}

function cutAt(value: Value, mark: string): Value {
  const head = value.kind === 'unknown' ? value.before : value.text;
  const at = head.indexOf(mark);
  if (at < 0) return value;
  return { ...known(head.slice(0, at), value.span), from: value.from };
}

function mountSource(value: Value): Value | undefined {
  const match = /(?:^|,)(?:source|src)=([^,]+)/.exec(value.kind === 'unknown' ? value.before : value.text);
  return match === null ? undefined : { ...known(match[1]!, value.span), from: value.from };
}

/** psql, mysql, sqlite3, redis-cli …: statements that drop, delete without a condition, or reach out of the database. */
export function database(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  const given = parsed.given
    .filter(
      (one) =>
        (one.flag.name === '-c' || one.flag.name === '-e' || one.flag.name === '--eval') && one.value !== undefined,
    )
    .map((one) => one.value!);
  const redis = run.table.program === 'redis-cli';
  const operands = redis
    ? parsed.operands.length > 0
      ? [{ ...parsed.operands[0]!, text: parsed.operands.map((word) => word.text).join(' ') }]
      : []
    : run.table.program === 'sqlite3'
      ? parsed.operands.slice(1)
      : [];
  const { stdin } = run.invocation;
  const statements = [
    ...given,
    ...operands,
    ...(stdin?.text === undefined ? [] : [{ ...known(stdin.text, place.span), from: stdin.from }]),
  ];
  const name =
    run.table.program === 'sqlite3'
      ? (parsed.operands[0]?.text ?? 'memory')
      : ((valueOf(parsed, '-d') ?? valueOf(parsed, '-D') ?? (redis ? undefined : parsed.operands[0]))?.text ??
        'default');
  const target = { type: 'remote', name: `${run.table.program}:${name}`, scope: 'remote', groups: [] } as const;
  for (const statement of statements) {
    if (statement.kind !== 'known') {
      run.opaque(statement.why === '' ? 'statements that cannot be resolved' : statement.why, INLINE);
      continue;
    }
    const plain = statement.text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ').replace(/'(?:[^']|'')*'/g, "''");
    const args = [{ name: 'statement', span: statement.span }];
    if (
      /\b(?:drop\s+(?:database|schema|table|keyspace|user|role)|truncate\b|flushall|flushdb|dropdatabase|deletemany\(\s*\{\s*\})/i.test(
        plain,
      ) ||
      /\bdelete\s+from\s+[\w."`]+\s*(?:;|$)/i.test(plain)
    )
      ctx.emit(place, { kind: 'remote.delete', target, attributes: ['irreversible'], from: statement.from, args });
    else if (
      /\b(?:insert|update|delete|alter|create|grant|revoke|replace|merge|set|del|hset|config\s+set|eval|insertone|insertmany|updateone|updatemany|deleteone)\b/i.test(
        plain,
      )
    )
      ctx.emit(place, { kind: 'remote.change', target, from: statement.from, args });
    const shell =
      /(?:^|\n)\s*(?:\\!|\.(?:shell|system)|system|!)\s+([^\n]+)/.exec(statement.text) ??
      /\bcopy\b[^;]*\b(?:to|from)\s+program\s+'((?:[^']|'')*)'/i.exec(statement.text);
    if (shell !== null) ctx.script(place, { ...statement, text: shell[1]! }, INLINE);
  }
  if (statements.length === 0 && stdin === undefined && !has(parsed, '-f', '-l'))
    run.opaque('a client that waits for statements', ['interactive']);
  if (statements.length === 0 && stdin !== undefined && stdin.text === undefined)
    run.opaque('statements that come over a pipe', ['stdin']);
  return standardOutputOf(run);
}

/** mkfifo, mknod: a pipe or device by name. */
export function makeNode(run: ProgramRun): Stream {
  for (const operand of run.name === 'mknod' ? run.parsed.operands.slice(0, 1) : run.parsed.operands)
    run.ctx.writeFile(run.place, operand, undefined, ['create']);
  return standardOutputOf(run);
}

/** dropdb, pg_dump …: one removes, the others read. */
export function dropdb(run: ProgramRun): Stream {
  run.rows();
  const name = run.parsed.operands[0];
  if (run.name.startsWith('drop')) {
    run.ctx.emit(run.place, {
      kind: 'remote.delete',
      target:
        name?.kind === 'known'
          ? { type: 'remote', name: name.text, scope: 'remote', groups: [] }
          : { type: 'unknown', name: 'a database that cannot be resolved', groups: [] },
      attributes: ['irreversible'],
    });
  }
  return standardOutputOf(run);
}

const GIVES_OUT =
  /^(?:find-generic-password|find-internet-password|dump-keychain|export|show|get|read|lookup|list-secrets|decrypt|exec|reveal|download|print|item|document|kv)$/;

/** gpg, security, pass, op, vault …: what they print is a secret. */
export function secrets(run: ProgramRun): Stream {
  const { parsed, ctx, place } = run;
  run.rows();
  for (const operand of run.name.startsWith('gpg') || run.name === 'sops' || run.name === 'age' ? parsed.operands : [])
    run.do('read', operand, [], true);
  const gives =
    has(parsed, '--export-secret-keys', '-d') ||
    parsed.operands.some((word) => word.kind !== 'known' || GIVES_OUT.test(word.text)) ||
    (run.name === 'pass' && parsed.operands.length === 1);
  if (!gives || (run.name.startsWith('gpg') && !has(parsed, '--export-secret-keys', '-d')))
    return standardOutputOf(run);
  const index = ctx.emit(place, { kind: 'secret.use', target: { type: 'secret', name: run.name, groups: [] } });
  return { from: [index, ...run.data.from], decoded: run.data.decoded, fetched: run.data.fetched };
}
