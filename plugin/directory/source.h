/* What the files of this plugin share. */
#ifndef KD_DIRECTORY_SOURCE_H
#define KD_DIRECTORY_SOURCE_H

#include <kanto-deployer/source.h>

#include <limits.h>
#include <stdbool.h>

#define DEPTH_MAX    16  /* folders below each other */
#define PROBLEM_SIZE 256 /* of a sentence about one entry */

struct watch;

enum symlinks { SYMLINKS_FOLLOW, SYMLINKS_INSIDE, SYMLINKS_REFUSE };

struct source {
    const struct kd_host *host;
    char path[PATH_MAX];
    bool recursive;
    enum symlinks symlinks;
    uint64_t max_bytes;
    uint64_t poll_ms;    /* 0: none */
    struct watch *watch; /* of a host that stays, or NULL */
    bool failed; /* something could not be read in the last walk: no watch sees when it can be */
    bool broken; /* a link led nowhere in the last walk: no watch sees what it may lead to */
};

/* One pass over the folder. Returns what reconcile returns. */
int32_t walk(struct source *source, struct kd_out *out);

/* Puts one file, or its error. `key` is relative to the folder that `folder` is open at. Not 0: put
 * refused it. */
int32_t read_file(
    struct source *source, int folder, const char *name, const char *key, struct kd_out *out);

void say(const struct source *source, uint32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
