// What is a secret and what is none: tables, and the limits that keep the scan linear.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checksum62, crc32 } from './checksum.ts';
import { findSecrets } from './detect.ts';
import { knownValues } from './known-values.ts';
import { isCredentialName } from './names.ts';
import { planted } from '../../../../../test/support/planted.ts';

// One line per hit: class, `!` when known, the text.
const found = (text: string, options = {}): string[] =>
  findSecrets(text, options).map((span) => `${span.class}${span.known ? '!' : ''} ${span.value}`);

describe('formats', () => {
  for (const [kind, value] of planted(1)) {
    test(`${kind} is known by its form, wherever it stands`, () => {
      for (const [before, after] of [
        ['', ''],
        ['x ', ' y'],
        ['"', '"'],
        ['k=', '&z=1'],
        ['(', ')'],
        ['\\n', '\\n'],
        ['https://h.example/a/', '/b'],
        ['[', ']'],
        ["'", "',"],
      ] as const) {
        const spans = findSecrets(before + value + after);
        assert.ok(
          spans.some((span) => span.known && span.value.includes(value)),
          `${before}${value}${after}: ${JSON.stringify(spans)}`,
        );
      }
    });
  }

  test('a wrong checksum leaves a suspicion, a wrong shape nothing', () => {
    const body = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5';
    assert.deepEqual(found(`ghp_${body}${checksum62(body)}`), [`github-token! ghp_${body}${checksum62(body)}`]);
    assert.deepEqual(found(`ghp_${body}AAAAAA`), [`github-token ghp_${body}AAAAAA`]);
    assert.deepEqual(found('ghp_short'), []);
    assert.deepEqual(found('AKIAQWERTYUIOPASDFGHx'), []);
    assert.equal(crc32('123456789'), 0xcbf43926);
  });

  test('documentation keys are suspected only', () => {
    assert.deepEqual(found('AKIAIOSFODNN7EXAMPLE'), ['aws-access-key AKIAIOSFODNN7EXAMPLE']);
  });

  test('a secret key of AWS is known beside its id or under its name', () => {
    const secret = 'wJ4lrXUtnFEMI/K7MDENG/bPxRfiCY9zQvTr+2aB';
    assert.ok(found(`AKIAQWERTYUIOPASDFGH\n${secret}\n`).includes(`aws-secret-key! ${secret}`));
    assert.deepEqual(found(`aws_secret_access_key = ${secret}`), [`aws-secret-key! ${secret}`]);
    assert.deepEqual(found(`sha: ${secret}`), []);
  });
});

describe('contexts', () => {
  const table: readonly [text: string, want: string[]][] = [
    ['DB_PASSWORD=s3cr3tPa55', ['password s3cr3tPa55']],
    ['export API_KEY="a8F3kd92Lq01"', ['token a8F3kd92Lq01']],
    ['{"client_secret": "a8F3-kd92-Lq01"}', ['token a8F3-kd92-Lq01']],
    ['"{\\"password\\": \\"a8F3kd92\\"}"', ['password a8F3kd92']],
    ['password: hunter2!', ['password hunter2!']],
    ["config['apiKey'] = 'a8F3kd92Lq01'", ['token a8F3kd92Lq01']],
    ['mysql --password a8F3kd92x', ['password a8F3kd92x']],
    ['mysql --password=a8F3kd92x db', ['password a8F3kd92x']],
    ['Authorization: Basic dXNlcjpwYXNzdzByZA==', ['basic-auth! dXNlcjpwYXNzdzByZA==']],
    ['Authorization: Bearer a8F3kd92Lq01zzXX9', ['bearer-token a8F3kd92Lq01zzXX9']],
    ['postgres://app:Xk29qPzz@db.internal:5432/x', ['url-password! Xk29qPzz']],
    ['https://8f3kd92lq01zzxx9ab12@git.example.org/r', ['url-password! 8f3kd92lq01zzxx9ab12']],
    ['the api key is 8f3kd92Lq01zzXX9ab12cd', ['token 8f3kd92Lq01zzXX9ab12cd']],
    ['AccountKey=' + 'Ab1+'.repeat(21) + 'Zz==', ['azure-key! ' + 'Ab1+'.repeat(21) + 'Zz==']],
  ];
  for (const [text, want] of table) test(text.slice(0, 60), () => assert.deepEqual(found(text), want));

  const quiet = [
    'password: string',
    'const token = getToken()',
    'token = req.headers.authorization',
    'API_KEY=${API_KEY}',
    'API_KEY=$KEY',
    'api_key: <your key>',
    'password=changeme',
    'PASSWORD={{ vault.password }}',
    'max_tokens: 4096',
    'tokenizer: "cl100k_base"',
    'token_count=12345678',
    'secret_name: prod/db-2',
    'key: value1',
    'sort_key=abc123def',
    'postgres://postgres:postgres@localhost:5432/db',
    'postgres://user:${PASS}@h/db',
    'http://example.org:8080/a@b',
    'git@github.com:acme/tool.git',
    'https://user@example.org/',
    'commit 3f786850e387550fdab836ed7e6dc881de23001b',
    '"integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="',
    'id: 123e4567-e89b-12d3-a456-426614174000',
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4',
    'resolved "https://registry.example.org/a/-/a-1.0.0.tgz#3f786850e387550fdab836ed7e6dc881de23001b"',
    'password_hash: $2b$10$abcdefghijk',
    'md5: 9e107d9d372bb6826bd81d3542a419d6',
    'public_key: MIIBIjANBgkqhkiG9w0B',
    'eyJhbGciOi',
    'task-sk-circle-fade-dot-animation',
    'primary_key=user_id',
    'auth: required',
    'a == b',
    "password = 'Password used to generate key'",
    "Token: '#f8f8f2'",
    "PWD: '/Users/ann/src'",
    'private_key: ed25519.Ed25519PrivateKey',
    'token: https://example.org/a?b=1',
    'PATH=/usr/bin:/bin',
    '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----',
    'x-request-id: 8f3kd92Lq01zzXX9ab12cd',
  ];
  for (const text of quiet) test(`none: ${text.slice(0, 60)}`, () => assert.deepEqual(found(text), []));

  test('in a credential file what stands under a name is known', () => {
    const store = { store: true };
    assert.deepEqual(found('DB_PASSWORD=correcthorse\nDEBUG=1\nTOKEN_URL_X=abc', store), ['password! correcthorse']);
    assert.deepEqual(found('PASSWORD=p@ss;w(o)rd', store), ['password! p@ss;w(o)rd']);
    assert.deepEqual(found('machine h.example login me password tiger7', store), ['password! tiger7']);
    assert.deepEqual(found('db.example:5432:app:me:tiger7\n', store), ['password! tiger7']);
    assert.deepEqual(found('API_KEY=your_key_here', store), ['token your_key_here']);
    assert.deepEqual(found('//registry.example.org/:_authToken=abcd-efgh', store), ['token! abcd-efgh']);
  });

  test('a private key is one span, cut short, escaped or joined in code as well', () => {
    const body = 'MIIEpAIBAAKCAQEA7bq3pXW9vTnE1yQk0cZr5uJm2h8sLd4gFf6aWxYoB1iK3eRt\n'.repeat(3);
    const key = `-----BEGIN RSA PRIVATE KEY-----\n${body}-----END RSA PRIVATE KEY-----`;
    assert.deepEqual(found(`a ${key} b`), [`private-key! ${key}`]);
    const escaped = JSON.stringify({ private_key: key });
    assert.deepEqual(
      findSecrets(escaped).map((span) => span.class),
      ['private-key'],
    );
    assert.equal(findSecrets(escaped)[0]?.to, escaped.length - 2);
    assert.deepEqual(found(key.slice(0, 150)), [`private-key! ${key.slice(0, 150)}`]);
    const joined = key.replaceAll('\n', '\\n" +\n  "');
    assert.deepEqual(
      findSecrets(`const k = "${joined}";`).map((span) => span.value),
      [joined],
    );
  });
});

test('names of credentials', () => {
  for (const name of [
    'password',
    'DB_PASSWORD',
    'dbPassword',
    'apiKey',
    'API_KEY',
    'x-api-key',
    'clientSecret',
    'AWS_SECRET_ACCESS_KEY',
    '_authToken',
    'GITHUB_TOKEN',
    'token',
    'client-key-data',
    'SECRET_KEY_BASE64',
    'PASSWORD2',
    'passphrase',
    'TOKEN_PROD',
  ]) {
    assert.ok(isCredentialName(name), name);
  }
  for (const name of [
    'max_tokens',
    'tokens',
    'tokenizer',
    'token_type',
    'key',
    'public_key',
    'keyId',
    'primaryKey',
    'password_hash',
    'secret_name',
    'author',
    'bypass',
    'compass',
    'monkey',
    'keyboard',
    'authority',
    'pattern',
    'cache_key',
    'passed',
  ]) {
    assert.ok(!isCredentialName(name), name);
  }
});

describe('known values', () => {
  const value = 'tr0ub4dor&3 horse/+battery';
  const known = knownValues([
    { value, class: 'declared' },
    { value: 'dev7', class: 'declared' },
    { value: 'abc', class: 'declared' },
  ]);
  const forms: readonly [form: string, text: string][] = [
    ['plain', value],
    ['url', encodeURIComponent(value)],
    ['hex', Buffer.from(value).toString('hex')],
    ['hex', Buffer.from(value).toString('hex').toUpperCase()],
    ['reversed', value.split('').reverse().join('')],
    ['json', JSON.stringify(`${value}"x`).slice(1, -3)],
    ...['', 'a', 'ab', 'abc'].map((pad): [string, string] => [
      'base64',
      Buffer.from(pad + value + pad).toString('base64'),
    ]),
    ...['', 'a', 'ab'].map((pad): [string, string] => ['base64', Buffer.from(`${pad}${value}`).toString('base64url')]),
  ];
  for (const [form, text] of forms) {
    test(`found as ${form}: ${text.slice(0, 40)}`, () => {
      const spans = findSecrets(`xx ${text} yy`, { known });
      assert.equal(spans.length, 1);
      assert.equal(spans[0]?.original, value);
      assert.equal(spans[0]?.known, true);
    });
  }

  test('a short value matches as a whole token only, a shorter one never', () => {
    assert.deepEqual(found('a dev7 b', { known }), ['declared! dev7']);
    assert.deepEqual(found('adev7 dev77 dev7-x abc', { known }), []);
  });

  test('a long value is found by its first line, and its whole run goes', () => {
    const long = Array.from({ length: 60 }, (_, i) => `line ${i * 7919} of a long secret`).join('\n');
    const matcher = knownValues([{ value: long, class: 'file' }]);
    const wrapped = Buffer.from(long).toString('base64').replaceAll(/.{76}/g, '$&\n');
    const spans = findSecrets(`begin\n${wrapped}\nend of it`, { known: matcher });
    assert.equal(spans.length, 1);
    assert.ok((spans[0]?.value.length ?? 0) >= wrapped.length - 80);
  });
});

test('overlapping hits become one span over both, named after the known one', () => {
  const [span, ...rest] = findSecrets('TOKEN=zz-AKIAQWERTYUIOPASDFGH-9');
  assert.deepEqual(rest, []);
  assert.deepEqual([span?.class, span?.known, span?.value], ['aws-access-key', true, 'zz-AKIAQWERTYUIOPASDFGH-9']);
});

test('text made to be slow is answered all the same', () => {
  for (const unit of [
    'eyJ.',
    'xoxb-1',
    'token=',
    'token:"',
    '://',
    '-----BEGIN PRIVATE KEY-----',
    '.',
    '=',
    'AKIA',
    '--token ',
    'sk-a1',
    '\u2039redacted:',
    'password=\u2039',
    '"',
    '\\',
    'a:b@c://',
    'ya29.',
  ]) {
    assert.ok(findSecrets(unit.repeat(20_000)).length >= 0, unit);
  }
});
