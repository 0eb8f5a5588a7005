// What the parts of the hook client share: limits, options, and the contract of every function that another part calls.
#ifndef HOLDFAST_HOOK_H
#define HOLDFAST_HOOK_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
  PAYLOAD_MAX = 16 * 1024 * 1024, // limits.PAYLOAD_BYTES
  REPLY_MAX = 1024 * 1024,
  NONCE_DIGITS = 32,
  MAC_DIGITS = 64,
  NAME_MAX_LEN = 64,
};
#define REPLY_MAGIC "holdfast-reply 1\n"
#define START "start it with `holdfast start`"
#define DOCTOR "find out with `holdfast doctor`"

// ---- hook-options.c: the arguments ----

struct hook_options {
  const char *host, *event, *socket, *key;
  long deadline; // milliseconds
  long uid;      // whose watcher counts; -1: one's own or root's
  int fail_exit; // exit code of a failure: 2 stops the action, 0 (profile observe) lets it go on
};
extern struct hook_options option;

// Fills `option`, or ends with a usage message and exit 2. To be called once.
void read_options(int argc, char **argv);

// ---- hook-io.c: failing, time, and bytes with a deadline ----

// One line on standard error, then the exit code of a failure. `about` and `detail` may be NULL. Async-signal-unsafe.
_Noreturn void fail_with(const char *what, const char *about, const char *detail, const char *repair);

// Takes the descriptors, signals and timers as whoever started us left them, and makes sure that this process ends in time.
void prepare(void);

extern int connection; // to the watcher, non-blocking; -1 before there is one

// Each moves exactly `n` bytes over the connection (`put_out`: to a descriptor of ours) or fails with a sentence.
void send_bytes(const unsigned char *p, size_t n);
void receive(unsigned char *to, size_t n);
void put_out(int fd, const unsigned char *p, size_t n);

// Standard input to its end; fails when it holds more than `max` bytes. `to` has room for one byte more than that.
size_t read_input(unsigned char *to, size_t max);

// 1 while there is time left; 0 past the deadline.
int in_time(void);
_Noreturn void late(void);

// ---- hook-watcher.c: who answers ----

// Opens `connection` to a watcher of a trusted user in a directory of a trusted user, or fails.
void connect_to_watcher(void);
// The installation's key, or fails unless it is the one whose fingerprint the installed command carries.
void read_key(unsigned char key[32]);

// ---- hook-request.c: payload ▶ frame ----

// Sends the request; `hash` gets the hex SHA-256 of the frame's body, to which the reply is bound.
void send_request(const char *nonce, const unsigned char *payload, size_t n, char hash[65]);

// ---- hook-reply.c: frame ▶ answer ----

struct reply {
  int exit;
  const unsigned char *out, *err; // inside the frame
  size_t out_size, err_size;
};

// NULL when a frame's body may have this length, or why not. Anything longer is never read.
const char *wrong_length(size_t total);
// NULL and `*to` filled when the body is the watcher's answer to the request with this nonce and hash, or why it is not. Pure.
const char *read_reply(const unsigned char *body, size_t total, const char *nonce, const char *hash, const unsigned char key[32],
                       struct reply *to);

// ---- hook-text.c ----

// Text that is put together in a buffer of fixed size. What does not fit is left out, and `at == end` then.
struct text {
  char *at, *end;
};
void add_text(struct text *to, const char *text, size_t max);
void add_number(struct text *to, long value);
void to_hex(const unsigned char *bytes, size_t n, char *out); // 2n digits and a zero
#endif
