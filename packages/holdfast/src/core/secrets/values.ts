// Whether the value beside a credential's name is a credential itself, or a placeholder, a reference, a piece of code.
import { entropy, mixOf } from './chars.ts';

export type Judgement = 'known' | 'suspected' | 'no';

// Words that stand where a secret will stand.
const PLACEHOLDER =
  /example|changeme|change[-_]me|change[-_]it|placeholder|your[-_ ]|yourpass|yoursecret|yourtoken|yourkey|dummy|redacted|xxxx|\*\*\*|insert[-_]|replace[-_]|process\.env|os\.environ|getenv|secrets\.|vault:|not[-_]set|foobar|test[-_]?only/i;
const LITERAL = new Set(
  'null none nil true false undefined string password passwd secret token key value required optional enabled disabled basic bearer digest redacted'.split(
    ' ',
  ),
);
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * Judges `value` found under a credential's name. `quoted`: it stood in quotes. `store`: the text is that of a credential
 * file, where such a value is what it says and proves itself.
 */
export function judgeValue(value: string, quoted: boolean, store: boolean): Judgement {
  if (value.length < (store ? 4 : 6) || isReference(value) || LITERAL.has(value.toLowerCase())) return 'no';
  if (isUniform(value)) return 'no';
  if (store) return PLACEHOLDER.test(value.slice(0, 256)) ? 'suspected' : 'known';
  if (PLACEHOLDER.test(value.slice(0, 256)) || UUID.test(value)) return 'no';
  const mix = mixOf(value);
  const letters = mix.lower || mix.upper;
  // Code on the right-hand side: calls, members, types. In quotes these are text like any other.
  if (!quoted && (/[(){}[\]]/.test(value) || isIdentifier(value))) return 'no';
  if (isPlace(value) || (quoted && !mix.digit && /\s/.test(value))) return 'no';
  if (letters && (mix.digit || mix.other)) return isVersion(value) ? 'no' : 'suspected';
  if (letters && value.length >= 20)
    return mix.lower && mix.upper && entropy(value) >= 4 && !/[-_.]/.test(value) ? 'suspected' : 'no';
  return !letters && mix.digit && (value.length >= 12 || mix.other) ? 'suspected' : 'no';
}

/** Stands for a value that is elsewhere: `$X`, `${X}`, `{{x}}`, `<x>`, `%X%`, `‹redacted…›`, `ref+…`. */
export function isReference(value: string): boolean {
  return /^(?:\$[A-Za-z_{(]|\{\{|<[^>]*>?$|%[A-Za-z_]+%|\u2039|!ref|!vault|ref\+|op:\/\/|env:|file:|arn:aws:|projects\/|@[A-Za-z_]+\()/i.test(
    value,
  );
}

function isUniform(value: string): boolean {
  for (let i = 1; i < value.length; i++) if (value.charCodeAt(i) !== value.charCodeAt(0)) return false;
  return true;
}

// A URL, a path of ordinary words, a colour.
function isPlace(value: string): boolean {
  if (/^(?:https?:\/\/|[A-Za-z]:\\|#[0-9a-fA-F]{3,8}$)/.test(value)) return true;
  return /^[.~]{0,2}\/[\w.\-/ ]*$/.test(value) && (entropy(value) < 4 || !mixOf(value).digit);
}

// `config.auth.token`, `my_secret_name`, `SomeType`: words only.
function isIdentifier(value: string): boolean {
  if (/^[A-Za-z_]\w{0,24}(?:\.[A-Za-z_]\w{0,32})+$/.test(value)) return true;
  return (
    /^[A-Za-z_$][A-Za-z_$]*(?:[.\-:/?!][A-Za-z_$]+)*[?!]?$/.test(value) &&
    !(value.length >= 20 && /[a-z]/.test(value) && /[A-Z]/.test(value) && /^[A-Za-z]+$/.test(value))
  );
}

function isVersion(value: string): boolean {
  return /^[v^~>=<]*[0-9]+(?:\.[0-9a-z]+)*$/i.test(value) && value.length < 16;
}
