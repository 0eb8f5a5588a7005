// What a person reads of an error: every coded one with its code and what to do, everything else as a defect.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CodedError } from '../../core/model/index.ts';
import { InstallError } from '../../edge/install/index.ts';
import { LedgerError } from '../../edge/ledger/index.ts';
import { TransportError } from '../../edge/transports/index.ts';
import { errorLine, usage, UserError } from './errors.ts';

const system = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });

const ROWS: readonly { readonly error: unknown; readonly line: string; readonly exit: number }[] = [
  {
    error: new UserError('home-open', 'it is open', 'close it'),
    line: 'holdfast: it is open; close it [home-open]',
    exit: 5,
  },
  { error: new UserError('some', 'a', 'b', 4), line: 'holdfast: a; b [some]', exit: 4 },
  { error: usage('no verb'), line: 'holdfast: no verb; see `holdfast help` [usage]', exit: 2 },
  { error: new InstallError('no-hook', 'a', 'b'), line: 'holdfast: a; b [no-hook]', exit: 5 },
  { error: new TransportError('socket-io', 'a', 'b'), line: 'holdfast: a; b [socket-io]', exit: 5 },
  {
    error: new LedgerError('ledger-io', 'a'),
    line: 'holdfast: a; check the disk, then restart the watcher [ledger-io]',
    exit: 5,
  },
  { error: new CodedError('other', 'a', 'b', system), line: 'holdfast: a; b [other]', exit: 5 },
  {
    error: system,
    line: 'holdfast: unexpected: EACCES: permission denied; please report this [internal]',
    exit: 5,
  },
  { error: 'thrown text', line: 'holdfast: unexpected: thrown text; please report this [internal]', exit: 5 },
];

describe('errorLine', () => {
  for (const { error, line, exit } of ROWS) it(line, () => assert.deepEqual(errorLine(error), { line, exit }));
});
