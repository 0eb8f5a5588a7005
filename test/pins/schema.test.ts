// Pins of the Cedar schema: what rules may name. Every expected value is typed out, never imported.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { SCHEMA } from '../../packages/holdfast/src/core/policy/schema.ts';

/** The schema's text without comments and with single spaces: what it says, not how it is laid out. */
const text = SCHEMA.replaceAll(/\/\/[^\n]*/g, ' ')
  .replaceAll(/\s+/g, ' ')
  .trim();

/** `name: type` pairs of the braces that follow `head`. */
function fields(head: string): readonly string[] {
  const from = text.indexOf(`${head} {`);
  assert.notEqual(from, -1, head);
  const inside = text.slice(from + head.length + 2, text.indexOf('}', from));
  return inside
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

describe('pins: Cedar schema', () => {
  test('namespace', () => {
    assert.match(text, /^namespace Holdfast \{ .* \}$/);
    assert.equal(text.match(/\bnamespace\b/g)?.length, 1);
  });

  test('context of a request about one effect', () => {
    assert.deepEqual(fields('type Effect ='), [
      'certain: Bool',
      'attributes: Set<String>',
      'tool: String',
      'seam: String',
      'profile: String',
      'prompts: String',
      'inside: Bool',
      'via: Set<String>',
      'integrity: String',
      'confidentiality: String',
      'origins: Set<String>',
      'findings: Set<String>',
      'limits: Set<String>',
      '"with": Set<String>',
      'withReads: Set<String>',
      'withChanges: Set<String>',
      'withGroups: Set<String>',
      'risk: Long',
      'askAt: Long',
      'denyAt: Long',
    ]);
  });

  test('context of a request about the call', () => {
    assert.deepEqual(fields('type Call ='), [
      'effects: Set<String>',
      'attributes: Set<String>',
      'scopes: Set<String>',
      'groups: Set<String>',
      'findings: Set<String>',
      'limits: Set<String>',
      'tool: String',
      'profile: String',
      'prompts: String',
      'inside: Bool',
      'integrity: String',
      'confidentiality: String',
      'seams: Set<String>',
      'risk: Long',
      'askAt: Long',
      'denyAt: Long',
    ]);
  });

  test('entities', () => {
    assert.deepEqual(
      [...text.matchAll(/\bentity [^;]+;/g)].map((found) => found[0]),
      [
        'entity Group;',
        'entity Agent in [Group] = { host: String };',
        'entity Session in [Agent, Group] = { depth: Long, task: Bool, level: String, marks: Set<String>, };',
        'entity Path in [Group] = { path: String, scope: String, exists?: Bool };',
        'entity Host in [Group] = { name: String, scope: String, port?: Long };',
        'entity Program in [Group] = { name: String };',
        'entity Party in [Group] = { address: String };',
        'entity Remote in [Group] = { uri: String };',
        'entity Secret in [Group] = { class: String };',
        'entity Tool in [Group] = { name: String, server?: String, pinned: Bool };',
        'entity Unknown = { why: String };',
      ],
    );
  });

  test('actions', () => {
    const effect = (resource: string): string =>
      `appliesTo { principal: Session, resource: [${resource}], context: Effect };`;
    assert.deepEqual(
      [...text.matchAll(/\baction [^;]+;/g)].map((found) => found[0]),
      [
        'action any;',
        'action reads, mutates, leaves, executes, controls in [any];',
        `action "file.read" in [reads] ${effect('Path, Unknown')}`,
        `action "file.write", "file.delete", "file.permission" in [mutates] ${effect('Path, Unknown')}`,
        `action persist, "config.change", "memory.write", "extension.install" in [controls] ${effect('Path, Party, Program, Host, Remote, Tool, Unknown')}`,
        `action "net.connect", "net.send", "net.listen" in [leaves] ${effect('Host, Path, Unknown')}`,
        `action "message.send", "vcs.push" in [leaves] ${effect('Party, Remote, Host, Path, Unknown')}`,
        `action "process.exec", "code.eval", "package.install", "process.privilege", "process.signal", "agent.spawn" in [executes] ${effect('Program, Path, Host, Party, Remote, Tool, Unknown')}`,
        `action "secret.use" in [any] ${effect('Secret, Path, Unknown')}`,
        `action "remote.change", "remote.delete", "vcs.rewrite" in [mutates] ${effect('Remote, Party, Host, Path, Unknown')}`,
        `action opaque in [any] ${effect('Unknown, Program, Tool, Path, Host')}`,
        'action call appliesTo { principal: Session, resource: Tool, context: Call };',
      ],
    );
  });

  test('nothing else: the digest of what it says', () => {
    assert.equal(
      createHash('sha256').update(text).digest('hex'),
      '98ddee9a735104dea057241d68fffe56d42e3a819433719e9cf48734fb77b42b',
    );
  });
});
