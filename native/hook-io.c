// Failing with a sentence, and bytes in and out under one deadline: nothing here waits for longer than the hook may take.
#define _GNU_SOURCE
#include "hook.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int connection = -1;
static long long deadline_at;

_Noreturn void fail_with(const char *what, const char *about, const char *detail, const char *repair) {
  char line[1024];
  struct text t = {line, line + sizeof line - 1};
  add_text(&t, "holdfast: ", sizeof line);
  add_text(&t, what, sizeof line);
  if (about != NULL) add_text(&t, " ", 1), add_text(&t, about, 400);
  if (detail != NULL) add_text(&t, ": ", 2), add_text(&t, detail, 100);
  add_text(&t, option.fail_exit == 0 ? "; the action goes on unwatched (profile observe); " : "; the action was stopped; ", sizeof line);
  add_text(&t, repair, sizeof line);
  for (char *c = line; c < t.at; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?'; // a path may hold anything; the answer is one line
  *t.at++ = '\n';
  for (const char *from = line; from < t.at;) {
    ssize_t wrote = write(2, from, (size_t)(t.at - from));
    if (wrote <= 0 && errno != EINTR) break; // nobody listens; the exit code still speaks
    if (wrote > 0) from += wrote;
  }
  _exit(option.fail_exit);
}

_Noreturn void late(void) { fail_with("the watcher did not answer in time on", option.socket, NULL, DOCTOR); }

// The last wall: whatever blocks (a full pipe, a stuck disk) ends here. Only async-signal-safe calls.
static void alarm_rang(int signal_number) {
  (void)signal_number;
  static const char stopped[] = "holdfast: the watcher did not answer in time; the action was stopped; " DOCTOR "\n";
  int flags = fcntl(2, F_GETFL);
  if (flags >= 0) (void)fcntl(2, F_SETFL, flags | O_NONBLOCK);
  if (option.fail_exit != 0 && write(2, stopped, sizeof stopped - 1) < 0) _exit(option.fail_exit);
  _exit(option.fail_exit);
}

static long long now_ms(void) {
  struct timespec t;
  if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) fail_with("there is no clock", NULL, strerror(errno), DOCTOR);
  return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int in_time(void) { return now_ms() < deadline_at; }

void prepare(void) {
  // A descriptor that is closed would be reused by the socket: fill the gaps, then refuse without input or output.
  int missing = 0;
  for (int fd = 0; fd < 3; fd++) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    if (fd < 2) missing = 1;
    if (open("/dev/null", O_RDWR) != fd) _exit(2);
  }
  struct sigaction act;
  memset(&act, 0, sizeof act);
  act.sa_handler = alarm_rang;
  sigaction(SIGALRM, &act, NULL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &only, NULL); // the mask is inherited from whoever started us
  long ms = option.deadline + 250;
  struct itimerval wall = {{0, 0}, {ms / 1000, (int)(ms % 1000) * 1000}};
  setitimer(ITIMER_REAL, &wall, NULL);
  deadline_at = now_ms() + option.deadline;
  if (missing) fail_with("standard input or output is closed", NULL, NULL, DOCTOR);
}

// Waits until `fd` can be read or written; the deadline ends it.
static void wait_for(int fd, short events) {
  for (;;) {
    long long left = deadline_at - now_ms();
    if (left <= 0) late();
    struct pollfd p = {fd, events, 0};
    int n = poll(&p, 1, (int)left);
    if (n > 0) return;
    if (n < 0 && errno != EINTR) fail_with("waiting failed", NULL, strerror(errno), DOCTOR);
  }
}

void send_bytes(const unsigned char *p, size_t n) {
  while (n > 0) {
    ssize_t sent = write(connection, p, n);
    if (sent > 0) p += sent, n -= (size_t)sent;
    else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) wait_for(connection, POLLOUT);
    else if (sent < 0 && errno == EINTR) continue;
    else fail_with("the watcher closed the connection on", option.socket, NULL, DOCTOR);
  }
}

void receive(unsigned char *to, size_t n) {
  while (n > 0) {
    ssize_t got = read(connection, to, n);
    if (got > 0) to += got, n -= (size_t)got;
    else if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) wait_for(connection, POLLIN);
    else if (got < 0 && errno == EINTR) continue;
    else fail_with("the watcher closed the connection without an answer on", option.socket, NULL, DOCTOR);
  }
}

void put_out(int fd, const unsigned char *p, size_t n) {
  while (n > 0) {
    ssize_t wrote = write(fd, p, n);
    if (wrote > 0) p += wrote, n -= (size_t)wrote;
    else if (wrote < 0 && errno == EAGAIN) wait_for(fd, POLLOUT);
    else if (wrote < 0 && errno == EINTR) continue;
    else fail_with("the answer could not be handed on", NULL, strerror(errno), DOCTOR);
  }
}

size_t read_input(unsigned char *to, size_t max) {
  size_t n = 0;
  for (;;) {
    wait_for(0, POLLIN);
    ssize_t got = read(0, to + n, max + 1 - n);
    if (got == 0) return n;
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) fail_with("cannot read the payload", NULL, strerror(errno), DOCTOR);
    n += (size_t)got;
    if (n > max) fail_with("the payload is larger than 16 MB", NULL, NULL, "split the call into smaller ones");
  }
}
