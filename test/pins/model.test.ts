// Pins of the model. Every expected value is typed out, never imported. See docs/adr/0008-frozen-surfaces.md.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as model from '../../packages/holdfast/src/core/model/index.ts';
import type {
  Action,
  Effect,
  Event,
  Fact,
  Finding,
  Grant,
  Outcome,
  Reason,
  Span,
  Target,
  Verdict,
  Want,
} from '../../packages/holdfast/src/core/model/index.ts';
import { pinned, type Same, type Words } from './shape.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Keys of each member of a union, by its discriminating field. */
type KeysBy<Union, Field extends keyof Union> = { [U in Union as U[Field] & string]: keyof U };

describe('pins: vocabularies, in their order', () => {
  test('effect kinds', () => {
    assert.deepEqual(
      model.EFFECT_KINDS,
      words(`process.exec process.signal process.privilege file.read file.write file.delete file.permission
        net.connect net.send net.listen code.eval package.install extension.install persist config.change memory.write
        secret.use vcs.push vcs.rewrite remote.change remote.delete message.send agent.spawn opaque`),
    );
  });

  test('attributes', () => {
    assert.deepEqual(
      model.ATTRIBUTES,
      words(`recursive force irreversible truncate append create tree-root glob device setuid world-writable owner
        inline decoded fetched stdin script unread interactive background remote-shell upload download all-history
        delete-ref unpinned scripts bypass loosens limit syntax unknown-program unknown-tool env workspace-build`),
    );
  });

  test('finding codes', () => {
    assert.deepEqual(
      model.FINDING_CODES,
      words(`lower.gave-up text.control text.bidi-control text.tag-block text.variation-selector text.zero-width
        host.userinfo host.disguised-address host.disguised-name host.mixed-script host.confusable call-id-reused
        folder-seen ran-without-verdict verdict-not-held ledger/torn-tail ledger/room-again`),
    );
  });

  test('scopes', () => {
    assert.deepEqual(
      model.SCOPES,
      words('workspace temp home system device loopback local-net metadata internet remote'),
    );
  });

  test('tools', () => {
    assert.deepEqual(
      model.TOOLS,
      words('shell exec request read write edit delete move fetch search mcp message spawn config unknown none'),
    );
  });

  test('seams', () => {
    assert.deepEqual(model.SEAMS, words('hook mcp egress model kernel check'));
  });

  test('severities, profiles, layers, marks', () => {
    assert.deepEqual(model.SEVERITIES, words('info low medium high critical'));
    assert.deepEqual(model.PROFILES, words('observe balanced strict locked'));
    assert.deepEqual(model.LAYERS, words('deny ask modify waive allow'));
    assert.deepEqual(model.MARKS, words('external private secret'));
  });

  test('verdict levels and their two orders', () => {
    assert.deepEqual(model.LEVELS, words('pass allow modify ask deny'));
    const sorted = (stronger: (a: model.Level, b: model.Level) => model.Level): model.Level[] =>
      model.LEVELS.toSorted((a, b) => (a === b ? 0 : stronger(a, b) === a ? -1 : 1));
    assert.deepEqual(sorted(model.strongest), words('deny ask modify allow pass'), 'for one effect');
    assert.deepEqual(sorted(model.together), words('deny ask modify pass allow'), 'across effects');
  });

  test('limits that others can see', () => {
    assert.equal(model.limits.RECORD_BYTES, 16_384);
    assert.equal(model.limits.SHELL_TEXT, 65_536);
    assert.equal(model.limits.PAYLOAD_BYTES, 16_777_216);
    assert.equal(model.limits.JSON_DEPTH, 64);
    assert.equal(model.limits.ROUNDS, 4);
  });

  test('the hash of a value is over its canonical text', () => {
    // sha256 of {"a":[1,null,"é"],"b":{"x":true}}, taken with another program.
    assert.equal(
      model.digest({ b: { x: true }, a: [1, null, 'é'] }),
      '808e5d0dee128643224d0c5ebb5a8d8290272a1977ce60940f535cda3cbf0999',
    );
  });
});

describe('pins: shapes (compiled, see shape.ts)', () => {
  test('events', () => {
    type Pinned = {
      'session.opened': Words<'type session agent parent depth workspace time'>;
      'session.closed': Words<'type session time'>;
      'task.set': Words<'type session print proven time'>;
      'limit.added': Words<'type session limit'>;
      'mark.set': Words<'type session mark seq'>;
      'secret.seen': Words<'type session print class length'>;
      'file.labelled': Words<'type path mark digest session'>;
      'action.decided': Words<'type session action callId join level executes marks time'>;
      'action.ended': Words<'type session action ran time'>;
      'grant.added': Words<'type session grant'>;
      'grant.used': Words<'type session bind'>;
      'standing.set': Words<'type of name standing'>;
      'folder.seen': Words<'type folder holes time'>;
      'gap.seen': Words<'type session callId time'>;
      'rules.changed': Words<'type digest'>;
    };
    pinned<Same<KeysBy<Event, 'type'>, Pinned>>();
    pinned<Same<keyof Grant, Words<'bind rules uses until by'>>>();
  });

  test('action, outcome, effect, verdict', () => {
    pinned<
      Same<keyof Action, Words<'id callId seam agent session parent tool hostTool input cwd workspace home time'>>
    >();
    pinned<Same<keyof Outcome, Words<'session action callId ran exit join result time'>>>();
    pinned<Same<keyof Effect, Words<'kind target certain attributes via span args data'>>>();
    pinned<Same<keyof Target, Words<'type name scope groups exists'>>>();
    pinned<Same<Target['type'], Words<'path host program party remote secret tool unknown'>>>();
    pinned<Same<keyof Span, Words<'at from to'>>>();
    pinned<Same<keyof Finding, Words<'code severity by effect span evidence'>>>();
    pinned<Same<Finding['by'], Words<'lower flow intent anomaly seam vetting'>>>();
    pinned<Same<keyof Reason, Words<'rule effect level erred waivedBy'>>>();
    pinned<Same<keyof Verdict, Words<'level reasons risk modified'>>>();
  });

  test('facts', () => {
    type Pinned = {
      path: Words<'ask path'>;
      text: Words<'ask path max'>;
      list: Words<'ask dir max'>;
      program: Words<'ask name path'>;
      vcs: Words<'ask dir'>;
      resolve: Words<'ask host'>;
      'file-label': Words<'ask path'>;
    };
    pinned<Same<KeysBy<Want, 'ask'>, Pinned>>();
    pinned<Same<Extract<Fact, { none: unknown }>['none'], Words<'absent refused too-big late unknown'>>>();
  });
});
