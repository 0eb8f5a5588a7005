// Hosts, parties and Unicode: one reading for every spelling, and findings where the spelling misleads.
import assert from 'node:assert/strict';
import { domainToASCII } from 'node:url';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileGroups } from './groups.ts';
import { hostFindings, hostTarget, readHost, strictest } from './hosts.ts';
import { confusableLabel, decodePunycode } from './idn.ts';
import { mailAddress, partyTarget } from './parties.ts';
import { unicodeFindings } from './unicode.ts';

const index = compileGroups({
  'trusted-hosts': ['*.example.org', 'example.net:443'],
  people: ['*@example.org', 'github.com/acme/**'],
});

test('hosts of every spelling', () => {
  const table: readonly [text: string, name: string, scope: string][] = [
    ['https://example.org/a?b#c', 'example.org', 'internet'],
    ['HTTPS://EXAMPLE.ORG.:443/', 'example.org', 'internet'],
    ['example.org', 'example.org', 'internet'],
    ['example.org/path', 'example.org', 'internet'],
    ['example.org:8443', 'example.org:8443', 'internet'],
    ['//example.org/x', 'example.org', 'internet'],
    ['https:example.org', 'example.org', 'internet'],
    ['http://good.test@evil.test/', 'evil.test', 'local-net'],
    ['http://good.com@evil.com/', 'evil.com', 'internet'],
    ['ssh://git@github.com:22/x', 'github.com', 'internet'],
    ['postgres://u:p@db.example.com:5432/x', 'db.example.com:5432', 'internet'],
    ['redis://cache:6379', 'cache:6379', 'local-net'],
    ['localhost:3000', 'localhost:3000', 'loopback'],
    ['localhost.', 'localhost', 'loopback'],
    ['a.localhost', 'a.localhost', 'loopback'],
    ['127.1', '127.0.0.1', 'loopback'],
    ['http://0x7f.1/', '127.0.0.1', 'loopback'],
    ['http://2130706433/', '127.0.0.1', 'loopback'],
    ['http://017700000001/', '127.0.0.1', 'loopback'],
    ['0.0.0.0', '0.0.0.0', 'loopback'],
    ['[::1]:80', '[::1]:80', 'loopback'],
    ['::1', '[::1]', 'loopback'],
    ['http://[::ffff:169.254.169.254]/', '[::ffff:a9fe:a9fe]', 'metadata'],
    ['http://[::ffff:127.0.0.1]/', '[::ffff:7f00:1]', 'loopback'],
    ['[fd00:ec2::254]', '[fd00:ec2::254]', 'metadata'],
    ['169.254.169.254', '169.254.169.254', 'metadata'],
    ['http://2852039166/latest', '169.254.169.254', 'metadata'],
    ['100.100.100.200', '100.100.100.200', 'metadata'],
    ['metadata.google.internal', 'metadata.google.internal', 'metadata'],
    ['http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/', '127.0.0.1', 'loopback'],
    ['http://google\u3002com/', 'google.com', 'internet'],
    ['192.168.1.1', '192.168.1.1', 'local-net'],
    ['10.1.2.3', '10.1.2.3', 'local-net'],
    ['172.32.0.1', '172.32.0.1', 'internet'],
    ['printer.local', 'printer.local', 'local-net'],
    ['fe80::1%eth0', '[fe80::1]', 'local-net'],
    ['64:ff9b::7f00:1', '[64:ff9b::7f00:1]', 'loopback'],
    ['b\u00fccher.de', 'xn--bcher-kva.de', 'internet'],
  ];
  for (const [text, name, scope] of table) {
    const target = hostTarget(index, text);
    assert.deepEqual([target.type, target.name, target.scope], ['host', name, scope], text);
  }
});

test('what programs would read differently is unknown', () => {
  for (const text of [
    '',
    'a\0.example.org',
    'http://a b/',
    'http://a\tb.com',
    'http://good.com\\@evil.com/',
    'http://a@b@c/',
    'file:///etc/passwd',
    'mailto:a@b.c',
    'http:///x',
    'data:text/plain,x',
    '[::1',
    'http://exa$(x)mple.<>/',
    'http://999.999.999.999/',
    `http://${'a'.repeat(5000)}/`,
  ]) {
    assert.equal(hostTarget(index, text).type, 'unknown', JSON.stringify(text.slice(0, 40)));
  }
});

test('groups of hosts follow the parsed name and the scheme port', () => {
  assert.deepEqual(hostTarget(index, 'https://a.example.org/').groups, ['trusted-hosts']);
  assert.deepEqual(hostTarget(index, 'https://a.example.org.evil.com/').groups, []);
  assert.deepEqual(hostTarget(index, 'https://a.example.org@evil.com/').groups, []);
  assert.deepEqual(hostTarget(index, 'https://example.net/').groups, ['trusted-hosts']);
  assert.deepEqual(hostTarget(index, 'http://example.net/').groups, []);
});

test('a name that resolves inside counts as inside', () => {
  assert.equal(strictest('internet', ['93.184.216.34']), 'internet');
  assert.equal(strictest('internet', ['93.184.216.34', '127.0.0.1']), 'loopback');
  assert.equal(hostTarget(index, 'rebind.example.com', ['169.254.169.254']).scope, 'metadata');
});

test('misleading spellings are findings, ordinary international names are not', () => {
  const span = { at: '/url', from: 0, to: 1 };
  const codes = (text: string): string[] => hostFindings(text, span).map((finding) => finding.code);
  assert.deepEqual(codes('https://user:x@evil.com/'), ['host.userinfo']);
  assert.deepEqual(codes('http://0x7f.1/'), ['host.disguised-address']);
  assert.deepEqual(codes('http://[::ffff:169.254.169.254]/'), ['host.disguised-address']);
  assert.deepEqual(codes('http://google\u3002com'), ['host.disguised-name']);
  assert.deepEqual(codes('https://p\u0430ypal.com'), ['host.mixed-script']);
  assert.deepEqual(codes('https://xn--pypal-4ve.com'), ['host.mixed-script']);
  assert.deepEqual(codes('https://\u0430\u0440\u0440\u04cf\u0435.com'), ['host.confusable']);
  for (const text of [
    'https://example.org/a@b',
    'https://b\u00fccher.de',
    'https://\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444',
    'https://\u4f8b\u3048.jp',
    'http://127.0.0.1:8080',
    'http://[::1]/',
    'ssh://git@github.com/x',
    'EXAMPLE.org:80',
  ]) {
    assert.deepEqual(codes(text), [], text);
  }
});

test('punycode decodes as the platform encodes', () => {
  for (const label of [
    'b\u00fccher',
    '\u4f8b\u3048',
    '\u043f\u0440\u0438\u043c\u0435\u0440',
    'fa\u00dfade-x',
    'ma\u00f1ana',
  ]) {
    const ascii = domainToASCII(label);
    assert.equal(decodePunycode(ascii.slice(4)), label.normalize('NFC'), label);
  }
  assert.equal(decodePunycode('!!!'), undefined);
  assert.equal(confusableLabel('xn--!!!'), 'host.mixed-script');
});

test('parties have one form', () => {
  const table: readonly [text: string, type: string, name: string, groups: string[]][] = [
    ['Ann <Ann@EXAMPLE.org>', 'party', 'Ann@example.org', ['people']],
    ['mailto:ann@example.org?subject=x', 'party', 'ann@example.org', ['people']],
    ['https://github.com/Acme/Tool.git', 'party', 'github.com/acme/tool', ['people']],
    ['git@github.com:Acme/Tool.git', 'party', 'github.com/acme/tool', ['people']],
    ['ssh://git@github.com/acme/tool', 'party', 'github.com/acme/tool', ['people']],
    ['github.com/acme/tool', 'party', 'github.com/acme/tool', ['people']],
    ['https://git.evil.com/acme/tool', 'party', 'git.evil.com/acme/tool', []],
    ['#ops', 'party', '#ops', []],
    ['/srv/git/x.git', 'party', '/srv/git/x.git', []],
    ['origin', 'party', 'origin', []],
    ['', 'unknown', 'an empty recipient', []],
    ['a@b.c, d@e.f', 'unknown', 'several recipients in one', []],
    ['a@b.c\nBcc: x@y.z', 'unknown', 'a recipient with control characters', []],
  ];
  for (const [text, type, name, groups] of table) {
    const target = partyTarget(index, text);
    assert.deepEqual([target.type, target.name, target.groups], [type, name, groups], text);
  }
  assert.equal(partyTarget(index, 'git@github.com:a/b').scope, 'internet');
  assert.equal(mailAddress('no mail'), undefined);
});

test('hidden characters in commands are findings; honest text is quiet', () => {
  const table: readonly [text: string, codes: string[]][] = [
    ['echo hello', []],
    ['echo \u202e gpj.exe', ['text.bidi-control']],
    ['rm\u200b -rf x', ['text.zero-width']],
    ['ls \u{e0041}\u{e0042}', ['text.tag-block']],
    ['echo a\ufe0f', ['text.variation-selector']],
    ['echo x\u{e0100}\u{e0101}', ['text.variation-selector']],
    ['echo \u001b[8m', ['text.control']],
    ['echo \u2066x\u2069', ['text.bidi-control', 'text.bidi-control']],
    ['echo \u3164', ['text.zero-width']],
    ['git commit -m "family \u{1f468}\u200d\u{1f469}\u200d\u{1f467}"', []],
    ['echo "\u2764\ufe0f\u200d\u{1f525} 1\ufe0f\u20e3 \u{1f469}\u{1f3fd}\u200d\u{1f4bb}"', []],
    ['echo "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}"', []],
    ['echo "\u200f\u05e9\u05dc\u05d5\u05dd\u200f"', []],
    ['echo "\u2067\u05e9\u05dc\u05d5\u05dd"', ['text.bidi-control']],
    ['echo "\u2067\u05e9\u05dc\u05d5\u05dd\u2069"', []],
    ['echo "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"', []],
    ['echo "\u0915\u094d\u200d\u0937"', []],
    ['echo "\u845b\u{e0100}"', []],
    ['echo gr\u00fc\u00dfe \u65e5\u672c\u8a9e', []],
  ];
  for (const [text, codes] of table) {
    assert.deepEqual(
      unicodeFindings(text, '/command').map((finding) => finding.code),
      codes,
      JSON.stringify(text),
    );
  }
  assert.deepEqual(unicodeFindings('ab\u200b\u200bc', '/c', 10)[0]?.span, { at: '/c', from: 12, to: 14 });
  assert.ok(unicodeFindings('\u200bx'.repeat(500), '/c').length <= 32);
  assert.ok('unknown' in readHost('\0'));
});

test('a host in its plain form is what the WHATWG parser says it is', () => {
  let read = 0;
  const part = fc.stringMatching(/^[a-z0-9-]{1,6}$/);
  const octet = fc.oneof(fc.integer({ min: 0, max: 300 }).map(String), fc.constant('00'), fc.constant('0x1'));
  const name = fc.oneof(
    fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    fc.array(octet, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.')),
  );
  const port = fc.oneof(
    fc.constant(''),
    fc.integer({ min: 0, max: 99_999 }).map((n) => `:${n}`),
  );
  fc.assert(
    fc.property(name, port, (host, behind) => {
      const answer = readHost(`${host}${behind}`);
      let wanted: string | undefined;
      try {
        wanted = new URL(`http://${host}${behind}/`).hostname;
      } catch {
        wanted = undefined;
      }
      if ('unknown' in answer) assert.ok(wanted === undefined || wanted === '', `${host}${behind}`);
      else {
        read++;
        assert.equal(answer.host, wanted?.replace(/\.+$/, ''), `${host}${behind}`);
      }
    }),
    { numRuns: 5_000, seed: 5 },
  );
  assert.ok(read > 2_000, String(read));
});
