// Settings files on a real disk: places of errors, what stays in force, and changes that are noticed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import {
  noticeLine,
  openSettings,
  problemLine,
  readSettingsFile,
  SettingsInvalid,
  type SettingsChange,
} from './index.ts';
import { readJson } from './json-positions.ts';

const KEY = '0'.repeat(64);

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-settings-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function put(file: string, text: string | object): void {
  writeFileSync(file, typeof text === 'string' ? text : JSON.stringify(text));
  chmodSync(file, 0o600);
}

describe('JSON with positions', () => {
  test('reads what JSON.parse reads, to the same value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const read = readJson(text);
        assert.ok('value' in read, text);
        assert.deepEqual(read.value, JSON.parse(text));
      }),
    );
  });

  test('refuses what JSON.parse refuses', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '1',
      '-',
      'true',
      'nul',
      ' ',
      '\n',
      '"',
      '\\',
      '01',
      '.5',
      '1e',
      '"\\u12"',
      '"\\x"',
      '\u0001',
      '//',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        const read = readJson(text);
        // The one difference: a key that stands twice.
        assert.equal('value' in read || read.text.includes('stands twice'), valid, text);
      }),
      { numRuns: 2_000 },
    );
  });

  test('says where', () => {
    const read = readJson('{\n  "a": [1,\n    {"b": 2}]\n}');
    assert.ok('where' in read);
    assert.deepEqual(read.where(['a', 1, 'b']), { line: 3, column: 6 });
    assert.deepEqual(read.where(['a', 1, 'nope']), { line: 3, column: 5 });
    assert.deepEqual(readJson('{"a": 1, "a": 2}'), {
      position: { line: 1, column: 10 },
      text: 'the key `a` stands twice',
    });
    assert.ok('text' in readJson('['.repeat(100_000)));
  });
});

describe('one file', () => {
  const wrong: readonly [text: string, want: RegExp][] = [
    ['', /^F:1:1: is no JSON: the file ends where a value is wanted$/],
    ['{\n  "profile": "strict",\n}', /^F:3:1: is no JSON: a comma before `}`$/],
    ['{\n  // note\n}', /^F:2:3: is no JSON: a key in double quotes is wanted here; comments are not allowed$/],
    [
      '{\n  "profile": "paranoid"\n}',
      /^F:2:3: `profile`: must be observe, balanced, strict or locked, not "paranoid"$/,
    ],
    ['{\n\n  "askat": 3}', /^F:3:3: unknown setting `askat` \(did you mean `askAt`\?\)$/],
    ['{"groups": {\n "memory": ["/a",\n  5]}}', /^F:3:3: `groups.memory`: an entry must be text$/],
    ['{"groups": {\n "memory": {"add": [\n  "a/b"]}}}', /^F:3:3: `a\/b` is no path, host, program or party/],
  ];
  for (const [text, want] of wrong) {
    test(`points at what is wrong: ${JSON.stringify(text).slice(0, 50)}`, (t) => {
      const file = join(folder(t), 'settings.json');
      put(file, text);
      const read = readSettingsFile('user', file);
      assert.ok(read !== undefined && 'problems' in read);
      assert.match(problemLine(read.problems[0] ?? { file: '', text: '' }).replace(file, 'F'), want);
    });
  }

  test('a file that others may write, a directory, a FIFO, bad UTF-8 and a huge file are refused', (t) => {
    const dir = folder(t);
    const file = join(dir, 'settings.json');
    const said = (scope: 'user' | 'project' = 'user'): string => {
      const read = readSettingsFile(scope, file);
      return read !== undefined && 'problems' in read ? (read.problems[0]?.text ?? '') : 'fine';
    };
    put(file, '{}');
    assert.equal(said(), 'fine');
    chmodSync(file, 0o666);
    assert.match(said(), /may be written by others \(mode 666\)/);
    assert.equal(said('project'), 'fine');
    rmSync(file);
    mkdirSync(file);
    assert.match(said(), /is no regular file/);
    rmSync(file, { recursive: true });
    writeFileSync(file, Buffer.from([0x7b, 0xff, 0x7d]), { mode: 0o600 });
    assert.match(said(), /is not UTF-8/);
    writeFileSync(file, ' '.repeat(1024 * 1024 + 1), { mode: 0o600 });
    assert.match(said(), /is larger than 1024 KB/);
    rmSync(file);
    execFileSync('mkfifo', [file]);
    assert.match(said(), /is no regular file/);
    rmSync(file);
    assert.equal(readSettingsFile('user', file), undefined);
    symlinkSync('/dev/zero', file);
    assert.match(said(), /is no regular file/);
  });
});

describe('store', () => {
  test('merges the scopes and names what was ignored', (t) => {
    const dir = folder(t);
    const user = join(dir, 'user.json');
    const project = join(dir, 'project.json');
    put(user, { profile: 'strict' });
    put(project, { profile: 'observe', askAt: 20 });
    const store = openSettings({
      key: KEY,
      places: [
        { scope: 'user', file: user },
        { scope: 'project', file: project },
        { scope: 'machine', file: join(dir, 'none.json') },
      ],
    });
    assert.deepEqual([store.current.settings.profile, store.current.settings.askAt], ['strict', 20]);
    assert.deepEqual(store.current.notices.map(noticeLine), [
      `${project}:1:2: \`profile\`: observe would loosen strict: user settings say strict`,
    ]);
  });

  test('an ignored wish is told at the very entry, in both forms of a group', (t) => {
    const file = join(folder(t), 'settings.json');
    put(
      file,
      '{\n"groups": {\n "trusted-hosts": [\n  "a.example"],\n "memory": {\n  "add": ["/x",\n   "!/y"],\n  "remove": ["/nope"]}}}',
    );
    const store = openSettings({ key: KEY, places: [{ scope: 'project', file }] });
    assert.deepEqual(
      store.current.notices.map((notice) => noticeLine(notice).replace(file, 'F')),
      [
        'F:4:3: `groups.trusted-hosts`: add a.example: a project may only shrink a group that trusts',
        'F:8:14: `groups.memory`: remove /nope: no such entry (`!` in front of an added one takes members out)',
        'F:7:4: `groups.memory`: add !/y: a project may only grow a group that protects',
      ],
    );
  });

  test('does not start on a file that errs', (t) => {
    const file = join(folder(t), 'settings.json');
    put(file, '{"profile": "strickt"}');
    assert.throws(
      () => openSettings({ key: KEY, places: [{ scope: 'user', file }] }),
      (error: unknown) => {
        assert.ok(error instanceof SettingsInvalid);
        assert.equal(error.code, 'settings-invalid');
        assert.ok(error.message.includes(`${file}:1:2: \`profile\`: must be`));
        return true;
      },
    );
  });

  test('a file that errs later leaves its values in force while others change', (t) => {
    const dir = folder(t);
    const machine = join(dir, 'machine.json');
    const user = join(dir, 'user.json');
    put(user, { profile: 'strict' });
    const store = openSettings({
      key: KEY,
      places: [
        { scope: 'machine', file: machine },
        { scope: 'user', file: user },
      ],
    });
    const before = store.current;
    put(user, '{"profile": ');
    assert.equal(store.reload().digest, before.digest);
    assert.equal(store.current.settings, before.settings, 'the very same object');
    assert.match(problemLine(store.current.problems[0] ?? { file: '', text: '' }), /user\.json:1:13: is no JSON/);
    put(machine, { askAt: 10 });
    assert.deepEqual([store.reload().settings.askAt, store.current.settings.profile], [10, 'strict']);
    put(user, { profile: 'locked' });
    assert.deepEqual([store.reload().settings.profile, store.current.problems.length], ['locked', 0]);
    rmSync(user);
    assert.equal(store.reload().settings.profile, 'balanced');
  });

  test('a change is told once, an error too, and a replaced file is noticed', async (t) => {
    const dir = folder(t);
    const file = join(dir, 'settings.json');
    put(file, { askAt: 70 });
    const store = openSettings({ key: KEY, places: [{ scope: 'user', file }], pollMs: 500 });
    const told: SettingsChange[] = [];
    let wake = (): void => undefined;
    const stop = store.watch((change) => {
      told.push(change);
      wake();
    });
    t.after(stop);
    const next = (act: () => void): Promise<void> => {
      // The watch and the poll are unref'd; a timer of the test's own keeps the process while it waits.
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error('no change was told')), 10_000);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      act();
      return promise;
    };
    await next(() => {
      put(`${file}.new`, { askAt: 60 });
      renameSync(`${file}.new`, file);
    });
    assert.deepEqual([told.at(-1)?.changed, told.at(-1)?.settings.askAt, store.current.settings.askAt], [true, 60, 60]);
    await next(() => put(file, 'no'));
    assert.deepEqual([told.at(-1)?.changed, told.at(-1)?.settings.askAt, told.at(-1)?.problems.length], [false, 60, 1]);
    const count = told.length;
    store.reload();
    assert.equal(told.length, count, 'nothing new, nothing told');
  });
});
