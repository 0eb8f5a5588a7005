// SHA-256 and HMAC-SHA-256 as the hook client uses them: init, add as often as wanted, end.
#ifndef HOLDFAST_SHA256_H
#define HOLDFAST_SHA256_H
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint32_t state[8];
  uint64_t bytes;
  unsigned char block[64];
} sha256_ctx;

void sha256_init(sha256_ctx *c);
void sha256_add(sha256_ctx *c, const void *data, size_t n);
void sha256_end(sha256_ctx *c, unsigned char out[32]);
// The key is always 32 bytes here, so that it needs no hashing itself. Between the two, sha256_add.
void hmac_init(sha256_ctx *c, const unsigned char key[32]);
void hmac_end(sha256_ctx *c, const unsigned char key[32], unsigned char out[32]);
#endif
