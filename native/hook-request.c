// The request: the payload as it came, inside a JSON frame, as text where it is text and in base64 where it is not.
#include "hook.h"
#include "sha256.h"
#include <string.h>
#include <unistd.h>

// Length prefix and body leave together: the watcher wakes once for a small request.
static unsigned char outbox[64 * 1024];
static size_t outbox_used, unhashed; // the first `unhashed` bytes are the prefix, which is not part of the body
static sha256_ctx body_hash;

static void flush(void) {
  sha256_add(&body_hash, outbox + unhashed, outbox_used - unhashed);
  send_bytes(outbox, outbox_used);
  outbox_used = unhashed = 0;
}

static void put(const void *bytes, size_t n) {
  const unsigned char *p = bytes;
  while (n > 0) {
    size_t room = sizeof outbox - outbox_used, take = n < room ? n : room;
    memcpy(outbox + outbox_used, p, take);
    outbox_used += take, p += take, n -= take;
    if (outbox_used == sizeof outbox) flush();
  }
}

// Length of the UTF-8 sequence at p, 0 when there is none (RFC 3629: no overlong forms, no surrogates, no more than U+10FFFF).
static size_t utf8_length(const unsigned char *p, size_t left) {
  unsigned char c = p[0], low = 0x80, high = 0xbf;
  size_t n;
  if (c < 0x80) return 1;
  if (c >= 0xc2 && c <= 0xdf) n = 2;
  else if (c >= 0xe0 && c <= 0xef) n = 3, low = c == 0xe0 ? 0xa0 : 0x80, high = c == 0xed ? 0x9f : 0xbf;
  else if (c >= 0xf0 && c <= 0xf4) n = 4, low = c == 0xf0 ? 0x90 : 0x80, high = c == 0xf4 ? 0x8f : 0xbf;
  else return 0;
  if (left < n || p[1] < low || p[1] > high) return 0;
  for (size_t i = 2; i < n; i++)
    if (p[i] < 0x80 || p[i] > 0xbf) return 0;
  return n;
}

static size_t escaped_size(unsigned char c) { return c == '"' || c == '\\' ? 2 : c < 0x20 ? 6 : 1; }

// Bytes of the payload as the inside of a JSON string; 0 for not valid UTF-8.
static size_t text_size(const unsigned char *payload, size_t n) {
  size_t size = 0;
  for (size_t i = 0, step; i < n; i += step) {
    step = utf8_length(payload + i, n - i);
    if (step == 0) return 0;
    size += step == 1 ? escaped_size(payload[i]) : step;
  }
  return size;
}

static void put_escaped(const unsigned char *payload, size_t n) {
  size_t plain = 0;
  char code[] = "\\u00xx";
  for (size_t i = 0; i < n; i++) {
    size_t size = escaped_size(payload[i]);
    if (size == 1) continue;
    put(payload + plain, i - plain);
    plain = i + 1;
    if (size == 6) to_hex(payload + i, 1, code + 4);
    char pair[2] = {'\\', (char)payload[i]};
    put(size == 6 ? code : pair, size);
  }
  put(payload + plain, n - plain);
}

static void put_base64(const unsigned char *payload, size_t n) {
  static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < n; i += 3) {
    uint32_t v = (uint32_t)payload[i] << 16 | (i + 1 < n ? (uint32_t)payload[i + 1] << 8 : 0) | (i + 2 < n ? payload[i + 2] : 0);
    char four[4] = {digit[v >> 18], digit[v >> 12 & 63], i + 1 < n ? digit[v >> 6 & 63] : '=', i + 2 < n ? digit[v & 63] : '='};
    put(four, 4);
  }
}

void send_request(const char *nonce, const unsigned char *payload, size_t n, char hash[65]) {
  char head[512];
  unsigned char size[4], digest[32];
  struct text t = {head, head + sizeof head};
  size_t as_text = text_size(payload, n), as_base64 = (n + 2) / 3 * 4;
  // Text where it is text; base64 where it is not, or where escapes would make it much longer (this bounds the frame).
  int text = as_text > 0 && as_text <= as_base64 + 1024;
  add_text(&t, "{\"v\":1,\"nonce\":\"", sizeof head);
  add_text(&t, nonce, sizeof head);
  add_text(&t, "\",\"host\":\"", sizeof head);
  add_text(&t, option.host, sizeof head);
  if (option.event != NULL) add_text(&t, "\",\"event\":\"", sizeof head), add_text(&t, option.event, sizeof head);
  add_text(&t, "\",\"pid\":", sizeof head);
  add_number(&t, getpid());
  add_text(&t, ",\"ppid\":", sizeof head);
  add_number(&t, getppid());
  add_text(&t, text ? ",\"payload\":\"" : ",\"payload64\":\"", sizeof head);
  if (t.at == t.end) fail_with("the request is too long", NULL, NULL, DOCTOR);
  size_t length = (size_t)(t.at - head), total = length + (text ? as_text : as_base64) + 2;
  for (int i = 0; i < 4; i++) size[i] = (unsigned char)(total >> (24 - 8 * i));
  sha256_init(&body_hash);
  outbox_used = 0, unhashed = sizeof size;
  put(size, sizeof size);
  put(head, length);
  if (text) put_escaped(payload, n);
  else put_base64(payload, n);
  put("\"}", 2);
  flush();
  sha256_end(&body_hash, digest);
  to_hex(digest, 32, hash);
}
