// Project files on a real disk: what is read, what is refused and in which words, and that nothing in a folder can hold the reader up.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { observeFacts } from '../edge/observe/index.ts';
import { PROJECT_LIMITS, readProject, type ProjectFiles } from './project-files.ts';

const facts = observeFacts();
after(() => facts.close());

/** A workspace with what `make` puts into its `.holdfast`; the answer names paths from the workspace on. */
async function read(make: (dir: string, workspace: string) => void, own = '/nowhere/holdfast'): Promise<ProjectFiles> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-project-')));
  try {
    const workspace = join(top, 'w');
    mkdirSync(join(workspace, '.holdfast'), { recursive: true });
    make(join(workspace, '.holdfast'), workspace);
    const found = await readProject(facts, workspace, own === 'itself' ? join(workspace, '.holdfast') : own, 5_000);
    return JSON.parse(JSON.stringify(found).replaceAll(`${workspace}/`, '')) as ProjectFiles;
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

function put(file: string, text: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const problems = ({ settings, policies }: ProjectFiles): readonly string[] => [
  ...new Set([settings, policies].flatMap((part) => ('problems' in part ? part.problems : []))),
];
const names = ({ settings, policies }: ProjectFiles): readonly string[] => [
  ...('found' in settings && settings.found !== undefined ? [settings.found.file] : []),
  ...('found' in policies ? policies.found.map(({ file }) => file) : []),
];

describe('what is read', () => {
  const rows: readonly {
    readonly name: string;
    readonly make: (dir: string, workspace: string) => void;
    readonly own?: string;
    readonly want: readonly string[];
  }[] = [
    { name: 'nothing where there is no folder', make: (dir) => rmSync(dir, { recursive: true }), want: [] },
    { name: 'nothing where it is empty', make: () => undefined, want: [] },
    {
      name: 'settings and policies in folders, in order; other files are no matter',
      make: (dir) => {
        for (const name of [
          'settings.json',
          'policies/b/x.cedar',
          'policies/a.cedar',
          'policies/a.examples.json',
          'notes',
        ])
          put(join(dir, name), '{}');
      },
      want: ['.holdfast/settings.json', '.holdfast/policies/a.cedar', '.holdfast/policies/b/x.cedar'],
    },
    {
      name: 'links that stay in the workspace',
      make: (dir, workspace) => {
        put(join(workspace, 'shared/s.json'), '{}');
        put(join(workspace, 'shared/rules/a.cedar'), '');
        symlinkSync('../shared/s.json', join(dir, 'settings.json'));
        symlinkSync(join(workspace, 'shared/rules'), join(dir, 'policies'));
      },
      want: ['.holdfast/settings.json', '.holdfast/policies/a.cedar'],
    },
    {
      name: "nothing of Holdfast's own directory",
      make: (dir) => put(join(dir, 'settings.json'), '{}'),
      own: 'itself',
      want: [],
    },
  ];
  for (const { name, make, own, want } of rows) {
    test(name, async () => {
      const found = await read(make, own);
      assert.deepEqual([names(found), problems(found)], [want, []]);
      assert.equal(found.seen === '', want.length === 0, 'only nothing looks like nothing');
    });
  }

  test('a workspace that is itself a link, and one that does not exist', async () => {
    const top = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-project-')));
    try {
      put(join(top, 'real/.holdfast/settings.json'), '{}');
      symlinkSync('real', join(top, 'link'));
      assert.equal(names(await readProject(facts, join(top, 'link'), '/x', 5_000)).length, 1);
      assert.deepEqual(problems(await readProject(facts, join(top, 'none'), '/x', 5_000)), []);
    } finally {
      rmSync(top, { recursive: true, force: true });
    }
  });

  test('what was seen changes with the text, not with the clock', async () => {
    const workspace = mkdtempSync(join(tmpdir(), 'holdfast-project-'));
    try {
      const seen = async (text: string): Promise<string> => {
        put(join(workspace, '.holdfast/settings.json'), text);
        return (await readProject(facts, workspace, '/x', 5_000)).seen;
      };
      const first = await seen('{}');
      assert.equal(await seen('{}'), first);
      assert.notEqual(await seen('{ }'), first);
    } finally {
      rmSync(workspace, { recursive: true, force: true });
    }
  });
});

describe('what is refused', () => {
  const rows: readonly {
    readonly name: string;
    readonly make: (dir: string, workspace: string) => void;
    readonly want: readonly string[];
  }[] = [
    {
      name: 'a folder that leads out',
      make: (dir, workspace) => {
        rmSync(dir, { recursive: true });
        put(join(dirname(workspace), 'elsewhere/settings.json'), '{}');
        symlinkSync('../elsewhere', dir);
      },
      want: ['.holdfast: leads out of the workspace'],
    },
    {
      name: 'a folder whose name only begins like the workspace',
      make: (dir, workspace) => {
        rmSync(dir, { recursive: true });
        put(`${workspace}-b/settings.json`, '{}');
        symlinkSync('../w-b', dir);
      },
      want: ['.holdfast: leads out of the workspace'],
    },
    {
      name: 'a file in its place',
      make: (dir) => {
        rmSync(dir, { recursive: true });
        put(dir, '{}');
      },
      want: ['.holdfast: is no directory'],
    },
    {
      name: 'settings and a rule that lead out',
      make: (dir, workspace) => {
        put(join(dirname(workspace), 'secret'), 'AKIA');
        symlinkSync('../../secret', join(dir, 'settings.json'));
        mkdirSync(join(dir, 'policies'));
        symlinkSync('../../../secret', join(dir, 'policies/a.cedar'));
      },
      want: [
        '.holdfast/settings.json: leads out of the workspace',
        '.holdfast/policies/a.cedar: leads out of the workspace',
      ],
    },
    {
      name: 'a folder of rules that leads out, below another one',
      make: (dir) => {
        mkdirSync(join(dir, 'policies'));
        symlinkSync('/etc', join(dir, 'policies/etc'));
      },
      want: ['.holdfast/policies/etc: leads out of the workspace'],
    },
    {
      name: 'links that lead nowhere',
      make: (dir) => symlinkSync('none', join(dir, 'settings.json')),
      want: ['.holdfast/settings.json: is a link that leads nowhere'],
    },
    {
      name: 'a link to itself',
      make: (dir) => symlinkSync('settings.json', join(dir, 'settings.json')),
      want: ['.holdfast/settings.json: cannot be looked at (refused)'],
    },
    {
      name: 'FIFOs',
      make: (dir) => {
        mkdirSync(join(dir, 'policies'));
        execFileSync('mkfifo', [join(dir, 'settings.json'), join(dir, 'policies/a.cedar')]);
      },
      want: [
        '.holdfast/settings.json: is no regular file that can be read',
        '.holdfast/policies/a.cedar: is no regular file that can be read',
      ],
    },
    {
      name: 'directories in the place of files',
      make: (dir) => mkdirSync(join(dir, 'settings.json')),
      want: ['.holdfast/settings.json: is no regular file that can be read'],
    },
    {
      name: 'what is too large',
      make: (dir) => {
        put(join(dir, 'settings.json'), ' '.repeat(PROJECT_LIMITS.settingsBytes + 1));
        put(join(dir, 'policies/a.cedar'), ' '.repeat(PROJECT_LIMITS.policyBytes + 1));
      },
      want: ['.holdfast/settings.json: is larger than 64 KB', '.holdfast/policies/a.cedar: is larger than 64 KB'],
    },
    {
      name: 'rules that are too large together',
      make: (dir) => {
        for (const name of ['a', 'b', 'c']) put(join(dir, `policies/${name}.cedar`), ' '.repeat(30_000));
      },
      want: ['.holdfast/policies: holds more than 64 KB of policies'],
    },
    {
      name: 'too many rules',
      make: (dir) => {
        for (let i = 0; i <= PROJECT_LIMITS.policyFiles; i += 1) put(join(dir, `policies/${i}.cedar`), '');
      },
      want: ['.holdfast/policies: holds more than 64 policy files'],
    },
    {
      name: 'too many names, in one folder or in all together',
      make: (dir) => {
        for (let i = 0; i < PROJECT_LIMITS.names - 100; i += 1) put(join(dir, `policies/${i}.txt`), '');
        for (let i = 0; i < 200; i += 1) put(join(dir, `policies/sub/${i}.txt`), '');
      },
      want: ['.holdfast/policies: holds more than 512 names'],
    },
    {
      name: 'folders too deep',
      make: (dir) => put(join(dir, 'policies/1/2/3/4/5/a.cedar'), ''),
      want: ['.holdfast/policies/1/2/3/4/5: is nested too deeply'],
    },
    {
      name: 'text that is no UTF-8',
      make: (dir) => put(join(dir, 'settings.json'), Buffer.from([0x7b, 0xff, 0x7d])),
      want: ['.holdfast/settings.json: is not UTF-8'],
    },
  ];
  for (const { name, make, want } of rows) {
    test(name, async () => {
      const found = await read(make);
      assert.deepEqual(problems(found), want);
      assert.notEqual(found.seen, '');
    });
  }

  test('a workspace that does not answer in time', async () => {
    const workspace = mkdtempSync(join(tmpdir(), 'holdfast-project-'));
    put(join(workspace, '.holdfast/settings.json'), '{}');
    // As on a mount that may hang: asked of a helper, which has no time at all here.
    const slow = observeFacts({ mounts: () => ({ slow: (path) => path === workspace, pseudo: () => false }) });
    try {
      const found = await readProject(slow, workspace, '/x', 1);
      assert.deepEqual(problems(found), [`${workspace}/.holdfast: its workspace did not answer in time`]);
    } finally {
      await slow.close();
      rmSync(workspace, { recursive: true, force: true });
    }
  });

  test('a part that can be read counts beside one that cannot', async () => {
    const found = await read((dir) => {
      execFileSync('mkfifo', [join(dir, 'settings.json')]);
      put(join(dir, 'policies/a.cedar'), 'x');
    });
    assert.deepEqual(found.policies, { found: [{ file: '.holdfast/policies/a.cedar', text: 'x' }] });
  });
});
