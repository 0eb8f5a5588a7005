// Lines of JSON: each answered in its place, whatever stands in it, and none held beyond the limit.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { limits } from '../../core/model/index.ts';
import { jsonLines, type Line } from './lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-lines-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function read(bytes: Buffer): Promise<Line[]> {
  const file = join(folder, 'in.jsonl');
  writeFileSync(file, bytes);
  const found: Line[] = [];
  for await (const line of jsonLines(file)) found.push(line);
  return found;
}

const told = (line: Line): string =>
  'json' in line
    ? `${line.number} ${JSON.stringify(line.json)}`
    : `${line.number} ${line.error.code}: ${line.error.message}`;

describe('lines', () => {
  const long = 'x'.repeat(limits.PAYLOAD_BYTES + 1);
  const rows: readonly (readonly [string, string | Buffer, readonly string[]])[] = [
    ['one without an end', '{"a":1}', ['1 {"a":1}']],
    ['several, other line ends, empty ones', '1\r\n\n  \n"ä"\n', ['1 1', '4 "ä"']],
    ['no JSON', 'nope\n2\n', ['1 line-unreadable: line 1 cannot be read: the payload is no JSON (SyntaxError)', '2 2']],
    [
      'no UTF-8',
      Buffer.from([0x22, 0xff, 0x22, 0x0a, 0x33, 0x0a]),
      ['1 line-unreadable: line 1 is no valid UTF-8', '2 3'],
    ],
    [
      'too deep',
      `${'['.repeat(200)}\n4`,
      ['1 line-unreadable: line 1 cannot be read: the payload is nested deeper than 64', '2 4'],
    ],
    ['too long', `${long}\n5`, [`1 line-too-long: line 1 is longer than ${limits.PAYLOAD_BYTES} bytes`, '2 5']],
    ['too long without an end', long, [`1 line-too-long: line 1 is longer than ${limits.PAYLOAD_BYTES} bytes`]],
    ['nothing', '', []],
  ];
  for (const [name, given, wanted] of rows)
    test(name, async () => assert.deepEqual((await read(Buffer.from(given))).map(told), wanted));

  test('an endless line is told at once and never held', { timeout: 20_000 }, async () => {
    for await (const line of jsonLines('/dev/zero')) {
      assert.match(told(line), /^1 line-too-long/);
      break;
    }
  });
  for (const [name, path] of [
    ['a file that is not there', join(folder, 'none')],
    ['a folder', folder],
  ] as const)
    test(name, async () => {
      await assert.rejects(
        async () => {
          for await (const _ of jsonLines(path)) assert.fail('a line');
        },
        { code: 'usage', exit: 2 },
      );
    });
});
