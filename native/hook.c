// The hook client: standard input ▶ the watcher ▶ standard output, standard error and exit code; anything else stops the action.
// usage: holdfast-hook HOST [EVENT] --socket PATH --key FINGERPRINT [--deadline MS] [--uid UID] [--on-failure deny|pass]
// The protocol, and what each check is worth, is described in docs/adr/0005-hook-protocol.md. The environment is never read.
#define _GNU_SOURCE
#include "hook.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/random.h>
#endif

// Static and as large as the limits, so that there is nothing to allocate and nothing to grow; untouched pages cost nothing.
static unsigned char payload[PAYLOAD_MAX + 1];
static unsigned char body[REPLY_MAX];

static void new_nonce(char nonce[NONCE_DIGITS + 1]) {
  unsigned char random[NONCE_DIGITS / 2];
#ifdef __linux__
  if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) fail_with("there is no randomness", NULL, strerror(errno), DOCTOR);
#else
  arc4random_buf(random, sizeof random);
#endif
  to_hex(random, sizeof random, nonce);
}

static void bad_reply(const char *why) {
  if (why != NULL) fail_with("the answer is not one of this watcher on", option.socket, why, DOCTOR);
}

static struct reply receive_reply(const char *nonce, const char *hash, const unsigned char key[32]) {
  struct reply reply;
  unsigned char size[4];
  receive(size, 4);
  size_t total = (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3];
  bad_reply(wrong_length(total));
  receive(body, total);
  bad_reply(read_reply(body, total, nonce, hash, key, &reply));
  return reply;
}

int main(int argc, char **argv) {
  unsigned char key[32];
  char nonce[NONCE_DIGITS + 1], hash[65];
  signal(SIGPIPE, SIG_IGN); // to be killed for speaking to nobody would not be exit 2
  read_options(argc, argv);
  prepare();
  new_nonce(nonce);
  size_t n = read_input(payload, PAYLOAD_MAX);
  if (n == 0) fail_with("there is no payload on standard input", NULL, NULL, DOCTOR);
  connect_to_watcher();
  read_key(key);
  send_request(nonce, payload, n, hash);
  struct reply reply = receive_reply(nonce, hash, key);
  put_out(1, reply.out, reply.out_size);
  put_out(2, reply.err, reply.err_size);
  _exit(reply.exit);
}
