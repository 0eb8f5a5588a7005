// What lowering finds about how a command is written: each oddity once, however many effects it stands in.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_FACTS, type FindingCode } from '../model/index.ts';
import { defaultSettings } from '../settings/index.ts';
import { lower } from './lower.ts';
import { compileMachinery } from './machinery.ts';

const machinery = compileMachinery(defaultSettings());

const ROWS: readonly { readonly command: string; readonly codes: readonly FindingCode[] }[] = [
  { command: 'curl https://example.org/a?b', codes: [] },
  { command: 'curl https://sub.example.org:8443', codes: [] },
  { command: 'curl http://127.0.0.1:80/', codes: [] },
  { command: 'curl -d x=1 http://0x7f.1/', codes: ['host.disguised-address'] },
  { command: 'curl -d x=1 http://good.example:80@drop.example/', codes: ['host.userinfo'] },
  { command: 'curl http://0x7f.1/ http://0x7f.2/', codes: ['host.disguised-address', 'host.disguised-address'] },
  { command: 'curl https://p\u0430ypal.com', codes: ['host.mixed-script'] },
  { command: 'curl https://www.xn--pypal-4ve.com', codes: ['host.mixed-script'] },
  { command: 'echo \u202e gpj.exe', codes: ['text.bidi-control'] },
];

describe('findings of lowering', () => {
  for (const { command, codes } of ROWS) {
    it(`${JSON.stringify(command)}: ${codes.join(' ') || 'none'}`, () => {
      const action = {
        id: 'a',
        seam: 'check' as const,
        agent: 'check',
        session: 's',
        tool: 'shell' as const,
        hostTool: 'shell',
        input: { command },
        cwd: '/home/dev/project',
        workspace: '/home/dev/project',
        home: '/home/dev',
        time: 0,
      };
      const { findings } = lower(action, NO_FACTS, { machinery });
      assert.deepEqual(
        findings.map((finding) => finding.code),
        codes,
      );
    });
  }
});
