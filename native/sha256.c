// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), small and without allocation; checked against node:crypto in the tests.
#include "sha256.h"
#include <string.h>

static const uint32_t SHA256_K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t sha256_turn(uint32_t x, int n) { return (x >> n) | (x << (32 - n)); }

static void sha256_block(sha256_ctx *c, const unsigned char *p) {
  uint32_t w[64];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    uint32_t x = sha256_turn(w[i - 15], 7) ^ sha256_turn(w[i - 15], 18) ^ (w[i - 15] >> 3);
    uint32_t y = sha256_turn(w[i - 2], 17) ^ sha256_turn(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + x + w[i - 7] + y;
  }
  uint32_t *s = c->state;
  uint32_t a = s[0], b = s[1], d = s[2], e = s[3], f = s[4], g = s[5], h = s[6], k = s[7]; // the standard's a b c d e f g h
  for (int i = 0; i < 64; i++) {
    uint32_t t1 = k + (sha256_turn(f, 6) ^ sha256_turn(f, 11) ^ sha256_turn(f, 25)) + ((f & g) ^ (~f & h)) + SHA256_K[i] + w[i];
    uint32_t t2 = (sha256_turn(a, 2) ^ sha256_turn(a, 13) ^ sha256_turn(a, 22)) + ((a & b) ^ (a & d) ^ (b & d));
    k = h, h = g, g = f, f = e + t1, e = d, d = b, b = a, a = t1 + t2;
  }
  s[0] += a, s[1] += b, s[2] += d, s[3] += e, s[4] += f, s[5] += g, s[6] += h, s[7] += k;
}

void sha256_init(sha256_ctx *c) {
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(c->state, start, sizeof start);
  c->bytes = 0;
}

void sha256_add(sha256_ctx *c, const void *data, size_t n) {
  const unsigned char *p = data;
  size_t have = c->bytes % 64;
  c->bytes += n;
  if (have > 0) {
    size_t take = n < 64 - have ? n : 64 - have;
    memcpy(c->block + have, p, take);
    p += take, n -= take;
    if (have + take < 64) return;
    sha256_block(c, c->block);
  }
  for (; n >= 64; p += 64, n -= 64) sha256_block(c, p);
  memcpy(c->block, p, n);
}

void sha256_end(sha256_ctx *c, unsigned char out[32]) {
  static const unsigned char pad[64] = {0x80};
  uint64_t bits = c->bytes * 8;
  unsigned char size[8];
  for (int i = 0; i < 8; i++) size[i] = (unsigned char)(bits >> (56 - 8 * i));
  sha256_add(c, pad, 1 + (119 - c->bytes % 64) % 64);
  sha256_add(c, size, 8);
  for (int i = 0; i < 32; i++) out[i] = (unsigned char)(c->state[i / 4] >> (24 - 8 * (i % 4)));
}

void hmac_init(sha256_ctx *c, const unsigned char key[32]) {
  unsigned char pad[64];
  for (int i = 0; i < 64; i++) pad[i] = (unsigned char)((i < 32 ? key[i] : 0) ^ 0x36);
  sha256_init(c);
  sha256_add(c, pad, 64);
}

void hmac_end(sha256_ctx *c, const unsigned char key[32], unsigned char out[32]) {
  unsigned char pad[64], inner[32];
  sha256_end(c, inner);
  for (int i = 0; i < 64; i++) pad[i] = (unsigned char)((i < 32 ? key[i] : 0) ^ 0x5c);
  sha256_init(c);
  sha256_add(c, pad, 64);
  sha256_add(c, inner, 32);
  sha256_end(c, out);
}
