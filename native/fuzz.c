// Fuzz target of what the hook client reads: replies, payloads, arguments, each against a second opinion written another way.
// Built with -fsanitize=fuzzer it is driven by libFuzzer; with -DFUZZ_MAIN it drives itself from a seed, with any compiler.
#define _GNU_SOURCE
#include "hook-options.c" // whole, because its memory of flags must start anew with each input
#include "sha256.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char nonce[] = "00112233445566778899aabbccddeeff";
static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const unsigned char key[32] = {7, 1, 2};
static struct { unsigned long accepted, refused, signed_refused, text, base64, options, usage; } count;

#define HOLDS(what) ((what) ? (void)0 : broken(#what, __LINE__))
static void broken(const char *what, int line) {
  fprintf(stderr, "fuzz.c:%d: does not hold: %s\n", line, what);
  abort();
}

// ---- in place of hook-io.c ----

static jmp_buf failed;
static unsigned char sent[8 * 1024 * 1024];
static size_t sent_size;

_Noreturn void fail_with(const char *what, const char *about, const char *detail, const char *repair) {
  (void)about, (void)detail;
  HOLDS(*what != 0 && *repair != 0);
  longjmp(failed, 1);
}

void send_bytes(const unsigned char *p, size_t n) {
  HOLDS(n <= sizeof sent - sent_size);
  memcpy(sent + sent_size, p, n);
  sent_size += n;
}

// ---- replies ----

// 1 when the numbers and what follows are in the one form that the watcher writes: written out again they are the same bytes.
static int well_formed(const unsigned char *p, size_t n, unsigned long numbers[3]) {
  char head[64], again[128];
  size_t taken = n < sizeof head - 1 ? n : sizeof head - 1;
  memcpy(head, p, taken);
  head[taken] = 0;
  if (sscanf(head, "%8lu %8lu %8lu", &numbers[0], &numbers[1], &numbers[2]) != 3) return 0;
  int length = snprintf(again, sizeof again, "%lu %lu %lu\n", numbers[0], numbers[1], numbers[2]);
  return (size_t)length <= n && memcmp(again, p, (size_t)length) == 0 && numbers[0] <= 255 &&
         (size_t)length + numbers[1] + numbers[2] == n;
}

static void sign(unsigned char *body, size_t total) {
  size_t head = sizeof REPLY_MAGIC - 1 + NONCE_DIGITS + 1;
  unsigned char mac[32];
  char hex[65];
  sha256_ctx c;
  hmac_init(&c, key);
  sha256_add(&c, REPLY_MAGIC, sizeof REPLY_MAGIC - 1);
  sha256_add(&c, nonce, NONCE_DIGITS);
  sha256_add(&c, "\n", 1);
  sha256_add(&c, hash, 64);
  sha256_add(&c, "\n", 1);
  sha256_add(&c, body + head + 65, total - head - 65);
  hmac_end(&c, key, mac);
  to_hex(mac, 32, hex);
  memcpy(body + head, hex, 64);
}

// `whole`: the input is the body as it comes; otherwise what stands behind the MAC, which is then made right.
static void try_reply(const unsigned char *data, size_t n, int whole) {
  const size_t fixed = sizeof REPLY_MAGIC - 1 + 33 + 65;
  size_t total = whole ? n : fixed + n;
  unsigned char *body = malloc(total + (total == 0)); // of exactly this size, so that one byte too many is seen
  struct reply reply;
  unsigned long numbers[3];
  if (body == NULL) return;
  if (whole) memcpy(body, data, n);
  else {
    memcpy(body, REPLY_MAGIC, sizeof REPLY_MAGIC - 1);
    memcpy(body + sizeof REPLY_MAGIC - 1, nonce, 32);
    body[fixed - 66] = body[fixed - 1] = '\n';
    memcpy(body + fixed, data, n);
    sign(body, total);
  }
  int right = total >= fixed && total <= REPLY_MAX && well_formed(body + fixed, total - fixed, numbers);
  const char *why = read_reply(body, total, nonce, hash, key, &reply);
  if (!whole) HOLDS((why == NULL) == right);
  if (why == NULL) {
    unsigned char *again = malloc(total);
    if (again == NULL) abort();
    HOLDS(right && reply.exit == (int)numbers[0] && reply.out_size == numbers[1] && reply.err_size == numbers[2]);
    HOLDS(reply.err == reply.out + reply.out_size && reply.err + reply.err_size == body + total);
    memcpy(again, body, total);
    memcpy(again, REPLY_MAGIC, sizeof REPLY_MAGIC - 1);
    memcpy(again + sizeof REPLY_MAGIC - 1, nonce, 32);
    again[fixed - 66] = again[fixed - 1] = '\n';
    sign(again, total);
    HOLDS(memcmp(again, body, total) == 0);
    free(again);
  }
  why == NULL ? count.accepted++ : whole ? count.refused++ : count.signed_refused++;
  free(body);
}

// ---- payloads ----

// By value of the character, not by ranges of bytes.
static int is_utf8(const unsigned char *p, size_t n) {
  static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
  for (size_t i = 0; i < n;) {
    size_t size = p[i] < 0x80 ? 1 : p[i] >> 5 == 6 ? 2 : p[i] >> 4 == 14 ? 3 : p[i] >> 3 == 30 ? 4 : 0;
    if (size == 0 || size > n - i) return 0;
    uint32_t c = size == 1 ? p[i] : p[i] & (0xffu >> (size + 1));
    for (size_t k = 1; k < size; k++) {
      if (p[i + k] >> 6 != 2) return 0;
      c = c << 6 | (p[i + k] & 63);
    }
    if (c < least[size] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return 0;
    i += size;
  }
  return 1;
}

static size_t json_size(const unsigned char *p, size_t n) {
  size_t size = 0;
  for (size_t i = 0; i < n; i++) size += p[i] < 32 ? 6 : p[i] == '"' || p[i] == '\\' ? 2 : 1;
  return size;
}

// The next byte of a JSON string's inside.
static unsigned char unescape(const unsigned char **p, const unsigned char *stop) {
  unsigned int c = *(*p)++;
  HOLDS(c >= 32 && c != '"');
  if (c != '\\') return (unsigned char)c;
  HOLDS(*p < stop);
  c = *(*p)++;
  if (c == '"' || c == '\\') return (unsigned char)c;
  HOLDS(c == 'u' && stop - *p >= 4 && memcmp(*p, "00", 2) == 0 && sscanf((const char *)*p + 2, "%2x", &c) == 1 && c < 32);
  *p += 4;
  return (unsigned char)c;
}

static void try_payload(const unsigned char *data, size_t n, unsigned times, int with_event) {
  char got[65], want[65], head[512];
  unsigned char digest[32];
  sha256_ctx c;
  size_t size = n * times;
  unsigned char *payload = malloc(size + (size == 0));
  if (payload == NULL || size == 0) return free(payload);
  for (unsigned i = 0; i < times; i++) memcpy(payload + i * n, data, n);
  sent_size = 0;
  option.host = "host-1", option.event = with_event ? "Event" : NULL;
  send_request(nonce, payload, size, got);
  const unsigned char *body = sent + 4, *stop = sent + sent_size - 2;
  HOLDS(sent_size > 4 && ((size_t)sent[0] << 24 | (size_t)sent[1] << 16 | (size_t)sent[2] << 8 | sent[3]) == sent_size - 4);
  sha256_init(&c);
  sha256_add(&c, body, sent_size - 4);
  sha256_end(&c, digest);
  to_hex(digest, 32, want);
  HOLDS(strcmp(got, want) == 0);
  int as_text = is_utf8(payload, size) && json_size(payload, size) <= (size + 2) / 3 * 4 + 1024;
  int length = snprintf(head, sizeof head, "{\"v\":1,\"nonce\":\"%s\",\"host\":\"host-1\",%s\"pid\":%ld,\"ppid\":%ld,\"%s\":\"", nonce,
                        with_event ? "\"event\":\"Event\"," : "", (long)getpid(), (long)getppid(), as_text ? "payload" : "payload64");
  HOLDS(stop - body >= length && memcmp(body, head, (size_t)length) == 0 && memcmp(stop, "\"}", 2) == 0);
  const unsigned char *p = body + length;
  if (as_text) {
    for (size_t i = 0; i < size; i++) HOLDS(p < stop && unescape(&p, stop) == payload[i]);
    HOLDS(p == stop);
  } else {
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    HOLDS((size_t)(stop - p) == (size + 2) / 3 * 4);
    unsigned bits = 0, held = 0;
    size_t read = 0;
    for (; p < stop && *p != '='; p++) {
      const char *at = memchr(digit, *p, 64);
      HOLDS(at != NULL);
      bits = (bits << 6 | (unsigned)(at - digit)) & 0xffff, held += 6;
      if (held >= 8) held -= 8, HOLDS(read < size && payload[read++] == (bits >> held & 0xff));
    }
    HOLDS(read == size && (bits & ((1u << held) - 1)) == 0 && (size_t)(stop - p) == (3 - size % 3) % 3);
    for (; p < stop; p++) HOLDS(*p == '=');
  }
  as_text ? count.text++ : count.base64++;
  free(payload);
}

// ---- arguments ----

static void try_options(const unsigned char *data, size_t n) {
  static char words[4096];
  char *argv[24] = {"holdfast-hook"};
  int argc = 1;
  if (n >= sizeof words) return;
  memcpy(words, data, n);
  words[n] = 0;
  for (size_t at = 0; at < n && argc < 23; at += strlen(words + at) + 1) argv[argc++] = words + at;
  option = (struct hook_options){.deadline = DEADLINE_DEFAULT, .uid = -1, .fail_exit = 2};
  seen = 0;
  if (setjmp(failed) != 0) {
    HOLDS(option.fail_exit == 2);
    count.usage++;
    return;
  }
  read_options(argc, argv);
  HOLDS(option.host != NULL && strlen(option.host) <= NAME_MAX_LEN && strpbrk(option.host, "\"\\\n/ ") == NULL);
  HOLDS(option.event == NULL || (strlen(option.event) <= NAME_MAX_LEN && strpbrk(option.event, "\"\\\n/ ") == NULL));
  HOLDS(*option.socket == '/' && strlen(option.socket) < sizeof((struct sockaddr_un *)0)->sun_path);
  for (int i = 0; i < 32; i++) HOLDS(option.key[i] != 0 && strchr("abcdef0123456789", option.key[i]) != NULL);
  HOLDS(strlen(option.key) == 32 && option.deadline >= 1 && option.deadline <= DEADLINE_MAX && option.uid >= -1);
  HOLDS(option.fail_exit == 2 || option.fail_exit == 0);
  count.options++;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n) {
  if (n < 2) return 0;
  const unsigned char *rest = data + 2;
  switch (data[0] % 4) {
    case 0: try_reply(rest, n - 2, 1); break;
    case 1: try_reply(rest, n - 2, 0); break;
    case 2: try_payload(rest, n - 2, data[1] < 254 ? 1 : (unsigned)(150000 / n), data[1] & 1); break; // or over the outbox's edge
    default: try_options(rest, n - 2);
  }
  return 0;
}

static void tell(void) {
  printf("replies taken %lu, refused %lu, refused although signed %lu; payloads as text %lu, as base64 %lu; arguments taken %lu, refused %lu\n",
         count.accepted, count.refused, count.signed_refused, count.text, count.base64, count.options, count.usage);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  atexit(tell);
  return 0;
}

#include "fuzz-input.c"
