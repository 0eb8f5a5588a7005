// What could be wrong with a protected Claude Code, checked one by one, each with what to do about it.
import { codeOf } from '../../core/model/index.ts';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { FAILS_CLOSED_SINCE } from './claude-code.ts';
import { detectClaudeCode, type DetectRequest } from './detect.ts';
import { clientIn } from './entries.ts';

export type Check = {
  readonly name: 'agent' | 'version' | 'hooks' | 'client' | 'port' | 'service' | 'holes';
  readonly state: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do; empty when all is well. */
  readonly todo: string;
};

export type DoctorRequest = DetectRequest & {
  /** SHA-256 of the hook client as it was installed. */
  readonly digest: string | undefined;
  /** Looks at the port that hooks by http go to. Never rejects. */
  readonly probeHttp?: (port: number) => Promise<{ readonly ok: boolean; readonly text: string }>;
};

export async function doctorClaudeCode(request: DoctorRequest): Promise<readonly Check[]> {
  const found = await detectClaudeCode(request);
  if (found === undefined)
    return [{ name: 'agent', state: 'ok', text: 'Claude Code is not on this machine', todo: '' }];
  const checks: Check[] = [];
  checks.push({
    name: 'agent',
    state: 'ok',
    text: found.binary === undefined ? 'settings of Claude Code, no program' : `Claude Code at ${found.binary}`,
    todo: '',
  });

  if (found.version === undefined) {
    checks.push({
      name: 'version',
      state: 'warn',
      text: 'the version of Claude Code is not known',
      todo: `see that it is ${FAILS_CLOSED_SINCE} or later`,
    });
  } else if (found.failsClosed === true) {
    checks.push({
      name: 'version',
      state: 'ok',
      text: `version ${found.version} stops a call when the hook fails`,
      todo: '',
    });
  } else {
    checks.push({
      name: 'version',
      state: 'fail',
      text: `version ${found.version} fails open: a hook that crashes or is too slow lets the call through`,
      todo: `update Claude Code to ${FAILS_CLOSED_SINCE} or later`,
    });
  }

  const bad = found.settings.filter((one) => one.state === 'invalid' || one.state === 'stale' || one.state === 'off');
  if (found.protection !== 'none' && bad.length === 0) {
    checks.push({ name: 'hooks', state: 'ok', text: `hooks stand as installed, ${found.protection} level`, todo: '' });
  } else {
    const why = bad.map((one) =>
      one.state === 'stale' ? `hooks in ${one.file} are not as installed` : (one.why ?? `${one.file} is invalid`),
    );
    checks.push({
      name: 'hooks',
      state: 'fail',
      text: why.length === 0 ? 'no hooks are installed' : why.join('; '),
      todo: 'run `holdfast init`',
    });
  }

  checks.push(await checkClient(request));
  if (found.httpPort !== undefined) {
    const port = (await request.probeHttp?.(found.httpPort)) ?? { ok: false, text: 'the port was not looked at' };
    checks.push({
      name: 'port',
      state: port.ok ? 'ok' : 'fail',
      text: port.text,
      todo: port.ok ? '' : 'run `holdfast init --service --hook http`, or go back with `holdfast init --hook command`',
    });
  }
  for (const hole of found.holes)
    checks.push({
      name: 'holes',
      state: 'warn',
      text: hole.text,
      todo: 'install at managed level as root: `holdfast init --level managed`',
    });
  return checks;
}

/** The client that the hooks name: there, executable, nobody else can write it, and the bytes that were installed. */
async function checkClient(request: DoctorRequest): Promise<Check> {
  const fail = (text: string): Check => ({
    name: 'client',
    state: 'fail',
    text,
    todo: 'put it back with `holdfast init`',
  });
  if (request.argv === undefined) return fail('there is no hook client');
  const client = clientIn(request.argv);
  try {
    const info = await stat(client);
    if (!info.isFile()) return fail(`${client} is no file`);
    if ((info.mode & 0o022) !== 0)
      return fail(`${client} can be written by others (mode ${(info.mode & 0o777).toString(8)})`);
    if (request.native && (info.mode & 0o100) === 0) return fail(`${client} is not executable`);
    const digest = createHash('sha256')
      .update(await readFile(client))
      .digest('hex');
    if (request.digest !== undefined && digest !== request.digest)
      return fail(`${client} is not the program that was installed (its digest differs)`);
    return {
      name: 'client',
      state: 'ok',
      text: `${request.native ? 'native' : 'node'} hook client at ${client}`,
      todo: '',
    };
  } catch (error) {
    return fail(`${client} cannot be read (${codeOf(error) ?? 'unknown'})`);
  }
}
