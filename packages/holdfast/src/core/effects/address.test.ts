// Addresses: schemes, and the host of `user@host:path` as ssh and git take it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOfRemote, schemeOf } from './address.ts';

test('schemes', () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['https://h.test/a', 'https'],
    ['GIT+SSH://h', 'git+ssh'],
    ['https:/h', undefined],
    ['//h', undefined],
    ['1x://h', undefined],
    ['a b://h', undefined],
    ['', undefined],
    ['://h', undefined],
  ];
  for (const [text, want] of rows) assert.equal(schemeOf(text), want, text);
});

test('machines by `host:path`', () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['h.test:a/b', 'h.test'],
    ['git@h.test:a/b.git', 'h.test'],
    ['h.test:', 'h.test'],
    ['h.test::module', 'h.test'],
    ['u@[::1]:a', '[::1]'],
    ['[::1]:a', '[::1]'],
    ['[::1]', undefined],
    ['C:\\a', undefined],
    ['./a:b', undefined],
    ['/a:b', undefined],
    ['a b:c', undefined],
    ['https://h.test/a', undefined],
    [':a', undefined],
    ['a', undefined],
    ['u@x@h:a', undefined],
  ];
  for (const [text, want] of rows) assert.equal(hostOfRemote(text), want, text);
});
