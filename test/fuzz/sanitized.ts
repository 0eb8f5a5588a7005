// Builds of the native hook for fuzzing, with address and undefined-behaviour checks that end the process at the first finding.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { builder } from '../support/hook-clients.ts';

const CHECKS = ['-std=c11', '-g', '-O1', '-fno-sanitize-recover=all'];

export type Built = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly why: string };

/** The hook client itself, sanitized, at `dir`/hook. */
export async function sanitizedHook(dir: string): Promise<Built> {
  const sources = (await builder()).partSources('hook');
  return compile('cc', ['-fsanitize=address,undefined'], sources, join(dir, 'hook'));
}

/** native/fuzz.c at `dir`/fuzz: by itself with any compiler, or `guided` by coverage with clang's libFuzzer. */
export async function fuzzTarget(dir: string, guided: boolean): Promise<Built> {
  const sources = (await builder()).partSources('hook');
  const native = dirname(sources[0] ?? '');
  const parts = ['fuzz.c', 'hook-text.c', 'hook-request.c', 'hook-reply.c', 'sha256.c'].map((name) =>
    join(native, name),
  );
  return guided
    ? compile('clang', ['-fsanitize=fuzzer,address,undefined'], parts, join(dir, 'fuzz-guided'))
    : compile('cc', ['-fsanitize=address,undefined', '-DFUZZ_MAIN'], parts, join(dir, 'fuzz'));
}

function compile(compiler: string, flags: readonly string[], sources: readonly string[], path: string): Built {
  const ran = spawnSync(compiler, [...CHECKS, ...flags, '-o', path, ...sources], { encoding: 'utf8' });
  if (ran.status === 0) return { ok: true, path };
  if (ran.error !== undefined) return { ok: false, why: `${compiler} is not installed` };
  const lines = ran.stderr.trim().split('\n');
  // A compiler without the libraries of its checks says so while linking.
  return {
    ok: false,
    why: `${compiler}: ${lines.find((line) => /error|cannot find/.test(line)) ?? lines[0] ?? 'failed'}`,
  };
}
