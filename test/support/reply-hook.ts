// A hook without a watcher: says to each shell command the level that the command itself names (`say:ask`), in the host's own form.
// For proving that the real program reads the replies as the contract suite says it does.
import { readFileSync } from 'node:fs';
import { claudeCode } from '../../packages/holdfast/src/core/hosts/index.ts';
import { LEVELS, text, type Json } from '../../packages/holdfast/src/core/model/index.ts';

const inbound = claudeCode.parse(JSON.parse(readFileSync(0, 'utf8')) as Json);
if (inbound.kind !== 'action') process.exit(0);
const command = text(inbound.action.input, 'command') ?? '';
const level = LEVELS.find((one) => command.includes(`say:${one}`)) ?? 'pass';
const modified =
  level === 'modify' ? { ...(inbound.action.input as object), command: command.replace('before', 'after') } : undefined;
const reply = claudeCode.reply(
  inbound,
  { level, ...(modified === undefined ? {} : { modified }) },
  `sentence for ${level}`,
);
if (reply.stdout !== undefined) process.stdout.write(reply.stdout);
if (reply.stderr !== undefined) process.stderr.write(reply.stderr);
process.exitCode = reply.exit;
