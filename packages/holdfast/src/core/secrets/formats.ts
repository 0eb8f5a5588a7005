// Formats of tokens that providers hand out, one row each: where they begin, what they consist of, what proves them.
import { BASE64, DOTTED, decodeBase64, entropy, HEX, is, mixOf, type Runs, UPPER_DIGIT, WORD, ALNUM } from './chars.ts';
import { checksumHolds } from './checksum.ts';

export type Format = {
  readonly class: string;
  readonly prefix: string;
  /** Class of characters that follow the prefix. */
  readonly body: number;
  /** Fewest and most characters after the prefix; a longer run is another thing. */
  readonly least: number;
  readonly most: number;
  /** Of a candidate of that shape: proven, merely likely, or not one. Absent: the shape proves it. */
  readonly judge?: (token: string) => 'known' | 'suspected' | 'no';
};

const row = (
  kind: string,
  prefixes: string,
  body: number,
  least: number,
  most = least,
  judge?: Format['judge'],
): Format[] =>
  prefixes
    .split(' ')
    .map((prefix) =>
      judge === undefined
        ? { class: kind, prefix, body, least, most }
        : { class: kind, prefix, body, least, most, judge },
    );

// A token that should hold letters and digits at random: words joined by hyphens do not.
const random = (token: string): 'suspected' | 'no' => {
  const mix = mixOf(token.slice(3));
  return mix.digit && (mix.lower || mix.upper) && entropy(token) > 3.3 ? 'suspected' : 'no';
};
const knownIfRandom = (token: string): 'known' | 'no' => (random(token) === 'no' ? 'no' : 'known');
const checksum =
  (prefix: number) =>
  (token: string): 'known' | 'suspected' | 'no' =>
    checksumHolds(token, prefix) ? 'known' : random(token);
// Hex has 4 bits a character at most, and a short sample of it less; repetition alone rules it out.
const lowerHex = (token: string): 'known' | 'no' => {
  for (let i = 2; i < token.length; i++) if (token.charCodeAt(i) >= 0x41 && token.charCodeAt(i) <= 0x46) return 'no';
  return mixOf(token.slice(3)).digit && entropy(token) > 2.6 ? 'known' : 'no';
};

/** The rows. Sources: the providers' own documents on token formats, and tokens' structure. */
export const FORMATS: readonly Format[] = [
  ...row('aws-access-key', 'AKIA ASIA ABIA ACCA', UPPER_DIGIT, 16, 16, (token) =>
    token.endsWith('EXAMPLE') ? 'suspected' : /^[A-Z]{4}[A-Z2-7]{16}$/.test(token) ? 'known' : 'suspected',
  ),
  ...row('github-token', 'ghp_ gho_ ghu_ ghs_ ghr_', ALNUM, 36, 255, checksum(4)),
  ...row('github-token', 'github_pat_', WORD, 82, 82, (token) =>
    token[33] === '_' ? knownIfRandom(token) : 'suspected',
  ),
  ...row('npm-token', 'npm_', ALNUM, 36, 36, checksum(4)),
  ...row(
    'gitlab-token',
    'glpat- gldt- glrt- glcbt- glptt- glft- glimt- glsoat- glagent- gloas-',
    DOTTED,
    20,
    300,
    knownIfRandom,
  ),
  ...row(
    'slack-token',
    'xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xoxc- xoxd- xoxe- xoxe.xoxp- xoxe.xoxb- xapp-',
    DOTTED,
    20,
    300,
    knownIfRandom,
  ),
  ...row('stripe-key', 'sk_live_ rk_live_ sk_test_ rk_test_ whsec_', ALNUM, 16, 255, knownIfRandom),
  ...row('stripe-key', 'whsec_', BASE64, 32, 128, knownIfRandom),
  ...row('google-api-key', 'AIza', WORD, 35, 35, knownIfRandom),
  ...row('google-oauth', 'GOCSPX-', WORD, 28, 28, knownIfRandom),
  ...row('google-oauth', 'ya29.', DOTTED, 30, 2_048, knownIfRandom),
  ...row('anthropic-key', 'sk-ant-', WORD, 40, 255, knownIfRandom),
  ...row('openai-key', 'sk-proj- sk-svcacct- sk-admin- sk-None-', WORD, 32, 255, knownIfRandom),
  ...row('openrouter-key', 'sk-or-v1-', HEX, 64),
  ...row('api-key', 'sk-lf- pk-lf- sk-live- sk-prod-', WORD, 24, 255, knownIfRandom),
  ...row('openai-key', 'sk-', WORD, 20, 255, (token) => (token.includes('T3BlbkFJ') ? 'known' : random(token))),
  ...row('twilio-key', 'SK', HEX, 32, 32, lowerHex),
  ...row('sendgrid-key', 'SG.', DOTTED, 66, 66, (token) => (token[25] === '.' ? knownIfRandom(token) : 'no')),
  ...row('mailgun-key', 'key-', HEX, 32, 32, lowerHex),
  ...row('huggingface-token', 'hf_ api_org_', ALNUM, 34, 40, (token) => (mixOf(token).upper ? 'known' : 'no')),
  ...row('digitalocean-token', 'dop_v1_ doo_v1_ dor_v1_', HEX, 64),
  ...row('shopify-token', 'shpat_ shpca_ shppa_ shpss_', HEX, 32),
  ...row('square-token', 'sq0atp- sq0csp-', WORD, 22, 50, knownIfRandom),
  ...row('databricks-token', 'dapi', HEX, 32, 34, lowerHex),
  ...row('vault-token', 'hvs. hvb. hvr.', WORD, 24, 300, knownIfRandom),
  ...row('docker-token', 'dckr_pat_ dckr_oat_', WORD, 24, 40, knownIfRandom),
  ...row('pypi-token', 'pypi-AgE', WORD, 50, 500),
  ...row('rubygems-token', 'rubygems_', HEX, 48),
  ...row('grafana-token', 'glsa_', WORD, 41, 41, knownIfRandom),
  ...row('grafana-token', 'glc_', BASE64, 32, 400, knownIfRandom),
  ...row('atlassian-token', 'ATATT3xFf ATCTT3xFf ATBB', BASE64, 24, 300, knownIfRandom),
  ...row('linear-key', 'lin_api_ lin_oauth_', ALNUM, 32, 64, knownIfRandom),
  ...row('notion-token', 'ntn_', ALNUM, 40, 60, knownIfRandom),
  ...row('supabase-key', 'sbp_', HEX, 40),
  ...row('supabase-key', 'sb_secret_', WORD, 24, 60, knownIfRandom),
  ...row('planetscale-token', 'pscale_tkn_ pscale_pw_ pscale_oauth_', WORD, 32, 64, knownIfRandom),
  ...row('postman-key', 'PMAK-', WORD, 59, 59, knownIfRandom),
  ...row('newrelic-key', 'NRAK-', ALNUM, 27, 27, knownIfRandom),
  ...row('sentry-token', 'sntrys_ sntryu_', BASE64, 40, 400, knownIfRandom),
  ...row('doppler-token', 'dp.pt. dp.st. dp.ct. dp.sa. dp.scim.', DOTTED, 40, 80, knownIfRandom),
  ...row('figma-token', 'figd_ figu_', WORD, 38, 60, knownIfRandom),
  ...row('cloudflare-token', 'cfut_ cfat_', WORD, 40, 60, knownIfRandom),
  ...row('replicate-token', 'r8_', ALNUM, 37, 40, knownIfRandom),
  ...row('groq-key', 'gsk_', ALNUM, 52, 60, knownIfRandom),
  ...row('api-key', 'xai- pplx- nvapi- tvly- fw_ tgp_v1_ lsv2_pt_ lsv2_sk_ csk- jina_', WORD, 28, 120, knownIfRandom),
  ...row('tailscale-key', 'tskey-auth- tskey-api- tskey-client- tskey-webhook-', WORD, 20, 120, knownIfRandom),
  ...row('pulumi-token', 'pul-', HEX, 40, 40, lowerHex),
  ...row('netlify-token', 'nfp_', WORD, 36, 44, knownIfRandom),
  ...row('fly-token', 'fo1_ fm2_', BASE64, 40, 2_000, knownIfRandom),
  ...row('circleci-token', 'CCIPAT_ CCIPRJ_', WORD, 40, 80, knownIfRandom),
  ...row('buildkite-token', 'bkua_ bkaj_', HEX, 40),
  ...row('onepassword-token', 'ops_eyJ', BASE64, 200, 2_000),
  ...row('age-key', 'AGE-SECRET-KEY-1', UPPER_DIGIT, 58, 58),
  ...row('telegram-token', ':AA', WORD, 33, 33, knownIfRandom),
  ...row('jwt', 'eyJ', DOTTED, 20, 16_384, judgeJwt),
];

/** A JWT parses: three parts, the first JSON with an algorithm, the second JSON. Five parts are an encrypted one. */
function judgeJwt(token: string): 'known' | 'suspected' | 'no' {
  const parts = token.split('.');
  if (parts.length !== 3 && parts.length !== 5) return 'no';
  const header = decodeBase64(parts[0] ?? '');
  if (header === undefined || !/"alg"\s*:/.test(header) || !header.endsWith('}')) return 'no';
  if (parts.length === 5) return 'known';
  const claims = decodeBase64(parts[1] ?? '');
  return claims?.startsWith('{') === true && (parts[2] ?? '').length >= 16 ? 'known' : 'suspected';
}

// Rows by the first two characters, longest prefix first, so that `sk-ant-` is asked before `sk-`.
const BY_PAIR = new Map<number, Format[]>();
for (const format of FORMATS.toSorted((a, b) => b.prefix.length - a.prefix.length)) {
  const pair = (format.prefix.charCodeAt(0) << 7) | format.prefix.charCodeAt(1);
  BY_PAIR.set(pair, [...(BY_PAIR.get(pair) ?? []), format]);
}
/** 1 where a row may begin with these two characters. */
const PAIRS = new Uint8Array(128 * 128);
for (const pair of BY_PAIR.keys()) PAIRS[pair] = 1;

/** Whether some row begins with the two characters at `at`; the first must be ASCII. Most places of a text fail here. */
export function mayBegin(text: string, at: number): boolean {
  const second = text.charCodeAt(at + 1);
  return second < 128 && PAIRS[(text.charCodeAt(at) << 7) | second] === 1;
}

/** Bodies longer than this begin where a run of their characters begins, so that no run is judged again and again. */
const SHORT = 300;

export type Found = { readonly to: number; readonly class: string; readonly known: boolean };

/** The token of some row that begins at `at`, or undefined. */
export function formatAt(runs: Runs, at: number): Found | undefined {
  const { text } = runs;
  const rows = BY_PAIR.get((text.charCodeAt(at) << 7) | text.charCodeAt(at + 1));
  if (rows === undefined) return undefined;
  for (const format of rows) {
    if (!text.startsWith(format.prefix, at) || !beginsHere(text, at, format)) continue;
    const from = at + format.prefix.length;
    let to = runs.end(from, format.body);
    if (to - from < format.least || to - from > format.most + 8) continue;
    if (format.body === DOTTED) while (to > from && text.charCodeAt(to - 1) === 0x2e) to--;
    if (to - from < format.least || to - from > format.most || is(text.charCodeAt(to), ALNUM)) continue;
    if (format.judge !== undefined && !runs.mayTry(format.body)) continue;
    const verdict = format.judge?.(text.slice(at, to)) ?? 'known';
    if (verdict !== 'no') return { to, class: format.class, known: verdict === 'known' };
  }
  return undefined;
}

/** A token begins where a word begins, or after an escape such as `\n`, `\u003d` or `%3D`. */
function beginsHere(text: string, at: number, format: Format): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  // The one format that begins in the middle: `<bot id>:AA…`.
  if (format.prefix === ':AA') return before >= 0x30 && before <= 0x39;
  const inside = format.most > SHORT ? format.body | ALNUM : ALNUM;
  return !is(before, inside) || isEscape(text, at);
}

function isEscape(text: string, at: number): boolean {
  const c = (back: number): number => text.charCodeAt(at - back);
  if (c(2) === 0x5c && (c(1) === 0x6e || c(1) === 0x74 || c(1) === 0x72)) return true;
  if (!is(c(1), HEX) || !is(c(2), HEX)) return false;
  return c(3) === 0x25 || (c(6) === 0x5c && c(5) === 0x75) || (c(4) === 0x5c && c(3) === 0x78);
}
