// Pins of the command line: verbs, operands, flags, exit codes. Typed out, never imported.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { EXIT } from '../../packages/holdfast/src/app/cli/errors.ts';
import { VERBS } from '../../packages/holdfast/src/app/cli/verbs.ts';

// verb, operands, flags in alphabetical order; VALUE where one follows, `…` where a flag may come several times.
const PINNED = `
start | --dir DIR | --foreground | --home DIR | --json | --strict
init | --agent NAME … | --dir DIR | --dry-run | --hook KIND | --json | --level LEVEL | --port N | --service | --yes
status | --dir DIR | --json
doctor | --dir DIR | --json
uninstall | --agent NAME … | --dir DIR | --json | --yes
check | [COMMAND] | --agent NAME | --cwd DIR | --home DIR | --json | --jsonl | --no-observe | --observe | --policy DIR … | --profile NAME | --prompts on|off
replay | [FILE] | --against DIR | --agent NAME | --cwd DIR | --halt | --home DIR | --json | --jsonl | --no-observe | --observe | --policy DIR … | --profile NAME | --prompts on|off
log | --agent NAME | --dir DIR | --follow | --json | --last N | --level LEVEL | --rule ID | --session ID | --since WHEN | --text WORDS | --type TYPE | --until WHEN
why | [SEQ] | --dir DIR | --json
policy | list|show ID|lint [DIR]|test [DIR] | --dir DIR | --json | --policy DIR … | --profile NAME
audit | verify|anchor | --anchor FILE | --dir DIR | --from N | --json | --key FILE | --state | --to M
demo | --json
hook | HOST [EVENT] | --deadline MS | --key FINGERPRINT | --on-failure deny|pass | --socket PATH | --uid UID
`;

const surface = VERBS.map(({ name, operands, flags }) => {
  const shown = flags.map(
    (flag) => `--${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}${flag.many ? ' …' : ''}`,
  );
  return [name, operands, ...shown.toSorted()].filter((part) => part !== '').join(' | ');
});

describe('pins: command line', () => {
  test('verbs, operands and flags', () => {
    assert.deepEqual(surface, PINNED.trim().split('\n'));
  });

  test('exit codes', () => {
    assert.deepEqual(EXIT, { ok: 0, some: 1, usage: 2, damaged: 3, unverifiable: 4, failed: 5, interrupted: 130 });
    const { EXIT: early } = createRequire(import.meta.url)('../../packages/holdfast/bin/node.cjs') as { EXIT: object };
    assert.deepEqual(early, { UNAVAILABLE: 69, BROKEN: 70, NODE: 78 });
  });
});
