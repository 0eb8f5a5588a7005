// The arguments of the hook client, read strictly: an installed command that is wrong is said, never guessed at.
#include "hook.h"
#include <string.h>
#include <sys/un.h>

enum { DEADLINE_DEFAULT = 10000, DEADLINE_MAX = 600000 };

struct hook_options option = {.deadline = DEADLINE_DEFAULT, .uid = -1, .fail_exit = 2};
static unsigned seen; // which flags were given, one bit each

static _Noreturn void usage(const char *what, const char *about) {
  option.fail_exit = 2; // an installed command that is wrong is never taken for profile observe
  fail_with(what, about, NULL, "put the hook right with `holdfast init`");
}

static long number(const char *text, long max, const char *name) {
  long value = 0;
  if (*text == 0 || strlen(text) > 10 || (text[0] == '0' && text[1] != 0)) usage("not a number for", name);
  for (; *text != 0; text++) {
    if (*text < '0' || *text > '9') usage("not a number for", name);
    value = value * 10 + (*text - '0');
    if (value > max) usage("too large a number for", name);
  }
  return value;
}

// Host and event go into the request unescaped, so they are held to names.
static const char *name_of(const char *text) {
  size_t n = strlen(text);
  if (n == 0 || n > NAME_MAX_LEN) usage("not a name:", text);
  for (size_t i = 0; i < n; i++) {
    char c = text[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'))
      usage("not a name:", text);
  }
  return text;
}

static void read_option(const char *name, size_t length, const char *value) {
  static const char *const known[] = {"--socket", "--key", "--deadline", "--uid", "--on-failure"};
  for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
    if (strlen(known[i]) != length || strncmp(known[i], name, length) != 0) continue;
    if (seen & (1u << i)) usage("given twice:", known[i]);
    seen |= 1u << i;
    if (value == NULL) usage("no value for", known[i]);
    switch (i) {
      case 0: option.socket = value; return;
      case 1: option.key = value; return;
      case 2: option.deadline = number(value, DEADLINE_MAX, name); return;
      case 3: option.uid = number(value, 0x7fffffff, name); return;
      default:
        if (strcmp(value, "deny") == 0) return;
        if (strcmp(value, "pass") != 0) usage("neither deny nor pass:", value);
        option.fail_exit = 0;
        return;
    }
  }
  usage("there is no flag", name);
}

void read_options(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] != '-') {
      if (option.host == NULL) option.host = name_of(argv[i]);
      else if (option.event == NULL) option.event = name_of(argv[i]);
      else usage("one argument too many:", argv[i]);
      continue;
    }
    char *equals = strchr(argv[i], '=');
    if (equals != NULL) read_option(argv[i], (size_t)(equals - argv[i]), equals + 1);
    else {
      const char *value = i + 1 < argc ? argv[i + 1] : NULL;
      read_option(argv[i], strlen(argv[i]), value);
      i++;
    }
  }
  if (option.host == NULL) usage("no host is named", NULL);
  if (option.socket == NULL || option.socket[0] != '/') usage("no absolute path in", "--socket");
  if (strlen(option.socket) >= sizeof((struct sockaddr_un *)0)->sun_path) usage("the socket path is too long:", option.socket);
  if (option.key == NULL || strlen(option.key) != 32 || strspn(option.key, "0123456789abcdef") != 32) usage("no fingerprint in", "--key");
  if (option.deadline < 1) usage("no time at all in", "--deadline");
}
