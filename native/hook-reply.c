// The reply: taken only in the one form of docs/adr/0005-hook-protocol.md, bound to this request and made with the installed key.
#include "hook.h"
#include "sha256.h"
#include <string.h>

enum {
  NONCE_AT = sizeof REPLY_MAGIC - 1,
  MAC_AT = NONCE_AT + NONCE_DIGITS + 1,
  NUMBERS_AT = MAC_AT + MAC_DIGITS + 1,
  REPLY_MIN = NUMBERS_AT + sizeof "0 0 0", // its zero stands for the line end
};

const char *wrong_length(size_t total) { return total > REPLY_MAX || total < REPLY_MIN ? "bad length" : NULL; }

// A decimal number as the watcher writes it (no sign, no leading zero), followed by `end`; moves *p behind that. 0 when it is none.
static int number(const unsigned char **p, const unsigned char *stop, char end, size_t max, size_t *value) {
  const unsigned char *from = *p;
  *value = 0;
  while (*p < stop && **p >= '0' && **p <= '9' && *p - from < 8) *value = *value * 10 + (size_t)(*(*p)++ - '0');
  if (*p == from || *p == stop || **p != (unsigned char)end || (*from == '0' && *p - from > 1) || *value > max) return 0;
  (*p)++;
  return 1;
}

const char *read_reply(const unsigned char *body, size_t total, const char *nonce, const char *hash, const unsigned char key[32],
                       struct reply *to) {
  const unsigned char *p = body + NUMBERS_AT, *stop = body + total;
  unsigned char mac[32], differs = 0;
  char hex[MAC_DIGITS + 1];
  size_t exit_code;
  if (wrong_length(total)) return "bad length";
  if (memcmp(body, REPLY_MAGIC, NONCE_AT) != 0) return "unknown form";
  if (body[MAC_AT - 1] != '\n' || body[NUMBERS_AT - 1] != '\n') return "unknown form";
  if (memcmp(body + NONCE_AT, nonce, NONCE_DIGITS) != 0) return "wrong nonce";
  if (!number(&p, stop, ' ', 255, &exit_code) || !number(&p, stop, ' ', REPLY_MAX, &to->out_size) ||
      !number(&p, stop, '\n', REPLY_MAX, &to->err_size))
    return "bad numbers";
  if (to->out_size + to->err_size != (size_t)(stop - p)) return "bad length";
  sha256_ctx c;
  hmac_init(&c, key);
  sha256_add(&c, body, NONCE_AT + NONCE_DIGITS + 1);
  sha256_add(&c, hash, 64);
  sha256_add(&c, "\n", 1);
  sha256_add(&c, body + NUMBERS_AT, total - NUMBERS_AT);
  hmac_end(&c, key, mac);
  to_hex(mac, 32, hex);
  for (int i = 0; i < MAC_DIGITS; i++) differs |= (unsigned char)hex[i] ^ body[MAC_AT + i];
  if (differs) return "wrong mac";
  to->exit = (int)exit_code;
  to->out = p;
  to->err = p + to->out_size;
  return NULL;
}
