// Valid keys of every supported format, made from a seed: what the tests plant. Not used by the product.
import { checksum62 } from '../../packages/holdfast/src/core/secrets/checksum.ts';

const ALNUM = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const HEX = '0123456789abcdef';

/** Pairs of class and key; equal seeds give equal keys. Never a key that anybody was given. */
export function planted(seed: number): readonly (readonly [kind: string, value: string])[] {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  const next = (): number => {
    // xorshift32: enough to fill keys, the same on every machine.
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  const some = (chars: string, length: number): string =>
    Array.from({ length }, () => chars[next() % chars.length]).join('');
  const body = some(ALNUM, 30);
  const npm = some(ALNUM, 30);
  const base64url = (json: object): string =>
    btoa(JSON.stringify(json)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const mixed = (length: number): string => `a1Z${some(ALNUM, length - 3)}`;
  return [
    ['aws-access-key', `AKIA${some('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`],
    ['github-token', `ghp_${body}${checksum62(body)}`],
    ['github-token', `github_pat_${mixed(22)}_${mixed(59)}`],
    ['npm-token', `npm_${npm}${checksum62(npm)}`],
    ['gitlab-token', `glpat-${mixed(20)}`],
    ['slack-token', `xoxb-${next() % 1e9}-${next()}-${mixed(24)}`],
    ['stripe-key', `sk_live_${mixed(24)}`],
    ['google-api-key', `AIza${mixed(35)}`],
    ['anthropic-key', `sk-ant-api03-${mixed(93)}AA`],
    ['openai-key', `sk-proj-${mixed(48)}`],
    ['openai-key', `sk-${mixed(20)}T3BlbkFJ${mixed(20)}`],
    ['twilio-key', `SK${some(HEX, 30)}a1`],
    ['sendgrid-key', `SG.${mixed(22)}.${mixed(43)}`],
    ['huggingface-token', `hf_${mixed(34)}`],
    ['digitalocean-token', `dop_v1_${some(HEX, 64)}`],
    ['shopify-token', `shpat_${some(HEX, 32)}`],
    ['vault-token', `hvs.${mixed(90)}`],
    ['pypi-token', `pypi-AgEIcHlwaS5vcmc${mixed(120)}`],
    ['age-key', `AGE-SECRET-KEY-1${some('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)}`],
    ['jwt', `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub: mixed(8), iat: 1 })}.${mixed(43)}`],
    ['private-key', `-----BEGIN PRIVATE KEY-----\n${some(ALNUM, 64)}\n${some(ALNUM, 64)}\n-----END PRIVATE KEY-----`],
  ];
}
