// Who is at the other end of a unix socket: a Node-API addon with one function, peer(fd) ▶ { pid, uid }, or undefined.
// Node-API is stable across Node versions, and the seven functions used here are of its first one; they are declared here, so
// that no header has to be found, and resolved when Node loads the addon. No libc is linked, so glibc and musl both do.
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#ifdef __APPLE__
#include <sys/un.h>
#include <unistd.h>
#endif

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env, napi_callback_info);

// Each answers 0 (napi_ok) or why not. The real type is an enum, which compilers hold as unsigned; a test compiles both together.
unsigned napi_get_cb_info(napi_env, napi_callback_info, size_t *count, napi_value *arguments, napi_value *self, void **data);
unsigned napi_get_value_int32(napi_env, napi_value, int32_t *to);
unsigned napi_create_int32(napi_env, int32_t, napi_value *to);
unsigned napi_create_uint32(napi_env, uint32_t, napi_value *to);
unsigned napi_create_object(napi_env, napi_value *to);
unsigned napi_set_named_property(napi_env, napi_value object, const char *name, napi_value value);
unsigned napi_create_function(napi_env, const char *name, size_t length, napi_callback, void *data, napi_value *to);

// 1 when the kernel says who is there.
static int look(int fd, pid_t *pid, uid_t *uid) {
#ifdef __APPLE__
  gid_t gid;
  socklen_t size = sizeof *pid;
  return getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, pid, &size) == 0 && size == sizeof *pid && getpeereid(fd, uid, &gid) == 0;
#else
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer) return 0;
  *pid = peer.pid, *uid = peer.uid;
  return 1;
#endif
}

// NULL is undefined in JavaScript: also for a descriptor that is none, or no unix socket.
static napi_value peer(napi_env env, napi_callback_info info) {
  napi_value argument, result, number;
  size_t count = 1;
  int32_t fd;
  pid_t pid;
  uid_t uid;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != 0 || count < 1) return NULL;
  if (napi_get_value_int32(env, argument, &fd) != 0 || fd < 0 || !look(fd, &pid, &uid)) return NULL;
  if (napi_create_object(env, &result) != 0) return NULL;
  if (napi_create_int32(env, pid, &number) != 0 || napi_set_named_property(env, result, "pid", number) != 0) return NULL;
  if (napi_create_uint32(env, uid, &number) != 0 || napi_set_named_property(env, result, "uid", number) != 0) return NULL;
  return result;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports);

// What Node looks for when it loads an addon.
napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function;
  if (napi_create_function(env, "peer", 4, peer, NULL, &function) != 0) return exports;
  if (napi_set_named_property(env, exports, "peer", function) != 0) return exports;
  return exports;
}
