// Names that say that a value is a credential: `DB_PASSWORD`, `apiKey`, `client-secret` – and not `max_tokens`, `tokenizer`.

// Asked first: without one of these no name can be one, and most names have none.
const HINT = /pass|pwd|secret|token|key|cred|auth|bearer|pat|jwt|cookie|dsn|connection/i;

const LAST = new Set(
  (
    'password passwd passwort pwd passphrase passcode pass pw secret secrets token apikey apitoken authtoken accesstoken refreshtoken secretkey privatekey ' +
    'accesskey credential credentials creds cred pat auth bearer jwt authorization cookie dsn'
  ).split(' '),
);
const KEYS = new Set(
  (
    'api access secret private encryption signing master account shared storage auth app application consumer subscription service admin client deploy ' +
    'webhook hmac aes jwt cipher rsa ssh gpg session token license bot server root user db database openai anthropic gemini google aws azure stripe'
  ).split(' '),
);
// Endings that keep what comes before: `client-key-data`, `TOKEN_PROD`, `SECRET_VALUE`.
const AFTER = new Set([
  'data',
  'value',
  'base64',
  'b64',
  'prod',
  'production',
  'dev',
  'development',
  'staging',
  'live',
  'old',
  'new',
  'current',
  'default',
  'string',
  'text',
  'plain',
]);
const NEVER = new Set('hash hashes checksum digest integrity sha sha1 sha256 sha512 md5 public fingerprint'.split(' '));

/** True when `name`, as a whole, names a credential. Bounded: longer names than 64 characters do not. */
export function isCredentialName(name: string): boolean {
  // A placeholder names a class, and a class reads like a credential's name.
  if (name.length < 2 || name.length > 64 || !HINT.test(name) || name.includes('\u2039')) return false;
  const words = splitWords(name);
  if (words.some((word) => NEVER.has(word))) return false;
  while (words.length > 1 && (AFTER.has(words.at(-1) ?? '') || words.at(-1) === '')) words.pop();
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (last === 'key') return KEYS.has(before);
  if (last === 'connection') return before === 'database' || before === 'db' || name.toLowerCase().includes('string');
  // `basic auth`, `auth` alone; a `pass` that counts is told by its value.
  return LAST.has(last);
}

/** Lower-case words of a name: split at separators and humps, trailing digits dropped. */
function splitWords(name: string): string[] {
  const words: string[] = [];
  let word = '';
  let before = 0;
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    const upper = c >= 0x41 && c <= 0x5a;
    const alnum = upper || (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39);
    const hump = upper && before === 1;
    if ((!alnum || hump) && word !== '') {
      words.push(word);
      word = '';
    }
    if (alnum) word += name[i]?.toLowerCase() ?? '';
    before = alnum && !upper ? 1 : 0;
  }
  if (word !== '') words.push(word);
  return words
    .map((each) => (/^[a-z]+[0-9]$/.test(each) && !NEVER.has(each) ? each.slice(0, -1) : each))
    .filter((each) => !/^[0-9]+$/.test(each));
}

/** Class of a value under a credential's name. */
export function valueClass(name: string): 'password' | 'token' {
  return /pass|pwd|pw$/i.test(name) ? 'password' : 'token';
}
