/* Loaded before libc: reads, writes and syncs of files below a folder fail with EIO while a trigger file exists, one of so many.
   EIO_UNDER: the folder. EIO_TRIGGER: a path; .read, .write or .sync is appended. EIO_EVERY: one of how many fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(int fd, const char *kind) {
    static unsigned long calls;
    const char *under = getenv("EIO_UNDER"), *trigger = getenv("EIO_TRIGGER"), *every = getenv("EIO_EVERY");
    char name[4096], link[64], path[4096];
    if (!under || !trigger) return 0;
    int kept = errno;
    snprintf(name, sizeof name, "%s.%s", trigger, kind);
    int armed = access(name, F_OK) == 0;
    ssize_t length = -1;
    if (armed) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        length = readlink(link, path, sizeof path - 1);
    }
    errno = kept;
    if (length < 0 || strncmp(path, under, strlen(under)) != 0) return 0;
    unsigned long number = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    if (number % (every ? strtoul(every, NULL, 10) : 1)) return 0;
    errno = EIO;
    return 1;
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)
#define WRAP(type, name, kind, given, passed) type name given { REAL(name); return fails(fd, kind) ? -1 : real passed; }

WRAP(ssize_t, write, "write", (int fd, const void *data, size_t count), (fd, data, count))
WRAP(ssize_t, pwrite, "write", (int fd, const void *data, size_t count, off_t at), (fd, data, count, at))
WRAP(ssize_t, pwrite64, "write", (int fd, const void *data, size_t count, off64_t at), (fd, data, count, at))
WRAP(ssize_t, writev, "write", (int fd, const struct iovec *parts, int count), (fd, parts, count))
WRAP(ssize_t, read, "read", (int fd, void *data, size_t count), (fd, data, count))
WRAP(ssize_t, pread, "read", (int fd, void *data, size_t count, off_t at), (fd, data, count, at))
WRAP(ssize_t, pread64, "read", (int fd, void *data, size_t count, off64_t at), (fd, data, count, at))
WRAP(int, fsync, "sync", (int fd), (fd))
WRAP(int, fdatasync, "sync", (int fd), (fd))
