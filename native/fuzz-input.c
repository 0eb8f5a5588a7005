// Inputs of the fuzz target: seeds for either driver, and the driver without libFuzzer. usage: fuzz SEED RUNS [SECONDS]
#include <time.h>

static uint64_t random_state;

static uint32_t below(uint32_t limit) {
  random_state ^= random_state << 13, random_state ^= random_state >> 7, random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 32) % limit;
}

// Each begins with the kind of input and a byte for its variants. NUL parts arguments.
#define SEED(text) {text, sizeof text - 1}
static const struct { const char *bytes; size_t size; } seeds[] = {
    SEED("\1\0000 2 1\n{}x"), SEED("\1\000255 0 0\n"), SEED("\1\0002 0 12\nno, not this"), SEED("\0\000holdfast-reply 1\n"),
    SEED("\2\000{\"tool_input\":{\"command\":\"echo \\\"a\\\" > /tmp/\xc3\xa9\xf0\x9f\xa6\x8a\"}}\n"), SEED("\2\2\xe0\xa0\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf"),
    SEED("\2\1\0\1\2\3\4\5\6\7"), SEED("\2\1\xff\xfe"), SEED("\2\0plain text that fills the outbox when it is repeated"),
    SEED("\3\000claude-code\0--socket\0/run/h/gate.sock\0--key\00000112233445566778899aabbccddeeff"),
    SEED("\3\000pi\0PreToolUse\0--deadline=500\0--uid\0001000\0--on-failure=pass\0--socket=/a\0--key=ffffffffffffffffffffffffffffffff"),
};
static const char *const words[] = {"0 0 0\n", "00", "-1", "+1", " ", "\n", "255", "256", "99999999", "18446744073709551616", "1048577", "\"", "\\", "\x80",
                                    "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "--socket", "--uid=", "--on-failure", "=", "-", "/"};

static size_t mutate(unsigned char *p, size_t n, size_t room) {
  size_t at = n == 0 ? 0 : below((uint32_t)n), left = n - at, take;
  const char *word = words[below(sizeof words / sizeof *words)];
  switch (below(7)) {
    case 0: if (n > 0) p[at] ^= (unsigned char)(1u << below(8)); return n;
    case 1: if (n > 0) p[at] = (unsigned char)below(256); return n;
    case 2: return at; // cut off
    case 3: // take out
      take = left == 0 ? 0 : 1 + below((uint32_t)left);
      memmove(p + at, p + at + take, left - take);
      return n - take;
    case 4: // put a word in
      take = strlen(word);
      if (n + take > room) return n;
      memmove(p + at + take, p + at, left);
      memcpy(p + at, word, take);
      return n + take;
    case 5: // a word over what is there
      for (size_t i = 0; word[i] != 0 && at + i < n; i++) p[at + i] = (unsigned char)word[i];
      return n;
    default: // a part twice
      take = left == 0 ? 0 : 1 + below((uint32_t)left);
      if (n + take > room) return n;
      memmove(p + at + take, p + at, left);
      return n + take;
  }
}

// A reply that would be taken, so that its damage is tried on the whole body too.
static size_t whole_reply(unsigned char *p) {
  size_t head = 2 + sizeof REPLY_MAGIC - 1, total;
  memcpy(p, "\0\0" REPLY_MAGIC, head);
  memcpy(p + head, nonce, 32);
  p[head + 32] = p[head + 97] = '\n';
  memcpy(p + head + 98, "7 3 2\noutNO", 11);
  total = head + 98 + 11 - 2;
  sign(p + 2, total);
  return total + 2;
}

static size_t new_input(unsigned char *to, size_t room) {
  uint32_t which = below(sizeof seeds / sizeof *seeds + 1);
  if (room < 256) return 0;
  if (which == sizeof seeds / sizeof *seeds) return whole_reply(to);
  memcpy(to, seeds[which].bytes, seeds[which].size);
  if (below(200) == 0) to[1] |= 0xfe; // repeated: see try_payload
  return seeds[which].size;
}

#ifdef FUZZ_MAIN
int main(int argc, char **argv) {
  static unsigned char input[8192];
  uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1, runs = argc > 2 ? strtoull(argv[2], NULL, 10) : 100000, done = 0;
  time_t until = argc > 3 ? time(NULL) + atol(argv[3]) : 0;
  random_state = seed * 0x9e3779b97f4a7c15u + 1;
  LLVMFuzzerInitialize(&argc, &argv);
  for (; until != 0 ? (done % 256 != 0 || time(NULL) < until) : done < runs; done++) {
    size_t n = new_input(input, sizeof input);
    for (uint32_t changes = below(5); changes > 0; changes--) n = 2 + mutate(input + 2, n - 2, sizeof input - 2);
    LLVMFuzzerTestOneInput(input, n);
  }
  printf("runs %llu, seed %llu\n", (unsigned long long)done, (unsigned long long)seed);
  return 0;
}
#else
size_t LLVMFuzzerMutate(unsigned char *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(unsigned char *data, size_t size, size_t max, unsigned int seed);

// Now and then a seed instead of what libFuzzer grew, and words of the protocol beside its own changes.
size_t LLVMFuzzerCustomMutator(unsigned char *data, size_t size, size_t max, unsigned int seed) {
  random_state = seed * 0x9e3779b97f4a7c15u + 1;
  if (size < 3 || below(64) == 0) return new_input(data, max);
  size = below(4) == 0 ? 2 + mutate(data + 2, size - 2, max - 2) : LLVMFuzzerMutate(data, size, max);
  if (size > 1 && below(200) > 0) data[1] &= 1; // repeated ones are slow
  return size;
}
#endif
