// Text for people and for frames, put together without stdio: it would be half of the binary.
#include "hook.h"

void add_text(struct text *to, const char *text, size_t max) {
  for (; *text != 0 && max > 0 && to->at < to->end; max--) *to->at++ = *text++;
}

void add_number(struct text *to, long value) {
  char digits[24], *at = digits + sizeof digits;
  unsigned long left = value < 0 ? 0ul - (unsigned long)value : (unsigned long)value;
  *--at = 0;
  do *--at = (char)('0' + left % 10);
  while ((left /= 10) > 0);
  if (value < 0) *--at = '-';
  add_text(to, at, sizeof digits);
}

void to_hex(const unsigned char *bytes, size_t n, char *out) {
  static const char digit[] = "0123456789abcdef";
  for (size_t i = 0; i < n; i++) out[2 * i] = digit[bytes[i] >> 4], out[2 * i + 1] = digit[bytes[i] & 15];
  out[2 * n] = 0;
}
