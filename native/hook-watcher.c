// Who answers: a watcher of a trusted user, in a directory that nobody else can write, with the key of this installation.
#define _GNU_SOURCE
#include "hook.h"
#include "sha256.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATH_SIZE = sizeof((struct sockaddr_un *)0)->sun_path };

// Whose watcher counts: the named user's alone, or, where none is named, one's own or root's.
static int trusted(uid_t uid) {
  return option.uid >= 0 ? uid == (uid_t)option.uid : uid == 0 || uid == getuid();
}

// The directory is what keeps others from putting a socket or a key there.
static void check_directory(void) {
  char dir[PATH_SIZE];
  struct stat s;
  const char *slash = strrchr(option.socket, '/');
  size_t n = slash == option.socket ? 1 : (size_t)(slash - option.socket);
  memcpy(dir, option.socket, n);
  dir[n] = 0;
  if (stat(dir, &s) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) fail_with("the watcher is not running, there is no", option.socket, NULL, START);
    fail_with("cannot look at the directory of", option.socket, strerror(errno), DOCTOR);
  }
  if (!S_ISDIR(s.st_mode) || !trusted(s.st_uid) || (s.st_mode & 022) != 0)
    fail_with("the directory belongs to, or is open to, another user: that of", option.socket, NULL, DOCTOR);
}

static uid_t listener(void) {
#ifdef __linux__
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && size == sizeof peer) return peer.uid;
#else
  uid_t uid;
  gid_t gid;
  if (getpeereid(connection, &uid, &gid) == 0) return uid;
#endif
  fail_with("cannot tell who answers on", option.socket, strerror(errno), DOCTOR);
}

void connect_to_watcher(void) {
  struct sockaddr_un to;
  check_directory();
  memset(&to, 0, sizeof to);
  to.sun_family = AF_UNIX;
  strcpy(to.sun_path, option.socket); // its length was checked with the arguments
  connection = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connection < 0) fail_with("cannot open a socket", NULL, strerror(errno), DOCTOR);
  if (fcntl(connection, F_SETFL, O_NONBLOCK) < 0 || fcntl(connection, F_SETFD, FD_CLOEXEC) < 0)
    fail_with("cannot prepare a socket", NULL, strerror(errno), DOCTOR);
  while (connect(connection, (struct sockaddr *)&to, sizeof to) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) fail_with("the watcher is not running, there is no", option.socket, NULL, START);
    if (errno == ECONNREFUSED) fail_with("the watcher is not running, nobody listens on", option.socket, NULL, START);
    if (errno != EAGAIN && errno != EINTR) fail_with("cannot reach the watcher on", option.socket, strerror(errno), DOCTOR);
    if (!in_time()) late(); // EAGAIN: its queue is full, as with a hung watcher
    (void)poll(NULL, 0, 2);
  }
  if (!trusted(listener())) fail_with("another user answers on", option.socket, NULL, DOCTOR);
}

// The key lies beside the socket; what counts is that it has the fingerprint of the installed command.
void read_key(unsigned char key[32]) {
  static const char name[] = "hook.key";
  char path[PATH_SIZE + sizeof name], print[65];
  unsigned char bytes[33], hash[32];
  struct stat s;
  size_t n = (size_t)(strrchr(option.socket, '/') + 1 - option.socket);
  memcpy(path, option.socket, n);
  memcpy(path + n, name, sizeof name);
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) fail_with("cannot read the key", path, strerror(errno), DOCTOR);
  if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode) || read(fd, bytes, sizeof bytes) != 32) fail_with("this is no key:", path, NULL, DOCTOR);
  close(fd);
  sha256_ctx c;
  sha256_init(&c);
  sha256_add(&c, bytes, 32);
  sha256_end(&c, hash);
  to_hex(hash, 32, print);
  if (strncmp(print, option.key, 32) != 0) fail_with("the key is not the one that this hook was installed with:", path, NULL, DOCTOR);
  memcpy(key, bytes, 32);
}
