// The pinned real agents that tests drive: installed once from npm, without install scripts, outside node_modules.
import { spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where agents are kept between runs; git-ignored. */
export const CACHE = fileURLToPath(new URL('../../.cache/agents/', import.meta.url));

export const CLAUDE_CODE = { package: '@anthropic-ai/claude-code', version: '2.1.330' } as const;

/** Absolute path of the pinned Claude Code binary; installs it when it is not there yet (about 360 MB, once). */
export async function claudeBinary(tell: (line: string) => void = progress): Promise<string> {
  const root = join(CACHE, `claude-code-${CLAUDE_CODE.version}`);
  const binary = join(root, 'node_modules', `${CLAUDE_CODE.package}-${process.platform}-${process.arch}`, 'claude');
  if (await there(binary)) return binary;
  await mkdir(CACHE, { recursive: true });
  // Installed beside and renamed at the end, so that an interrupted install is never taken for a whole one.
  const fresh = await mkdtemp(join(CACHE, '.installing-'));
  try {
    tell(`installing ${CLAUDE_CODE.package}@${CLAUDE_CODE.version} into .cache/agents (once, about 360 MB)`);
    const args = [
      'install',
      '--ignore-scripts',
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      '--prefix',
      fresh,
    ];
    await run('npm', [...args, `${CLAUDE_CODE.package}@${CLAUDE_CODE.version}`], fresh);
    const manifest = join(fresh, 'node_modules', CLAUDE_CODE.package, 'package.json');
    const got = (JSON.parse(await readFile(manifest, 'utf8')) as { version: string }).version;
    if (got !== CLAUDE_CODE.version) throw new Error(`npm gave ${got} where ${CLAUDE_CODE.version} was asked for`);
    await rename(fresh, root).catch(async (error: NodeJS.ErrnoException) => {
      // Another run was faster; its copy is as good.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  if (!(await there(binary)))
    throw new Error(`${CLAUDE_CODE.package} has no binary for ${process.platform}-${process.arch}`);
  tell(`installed ${CLAUDE_CODE.package}@${CLAUDE_CODE.version}`);
  return binary;
}

function there(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function progress(line: string): void {
  process.stderr.write(`# ${line}\n`);
}

function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (part: Buffer) => {
      errors = (errors + part.toString('utf8')).slice(-4000);
    });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${args[0]} failed (${code}): ${errors}`)),
    );
  });
}
