/* What images and command lines do: from a file in the format of the recordings' images-used.json.
 * An image that the file does not name pulls at once and sleeps, unless its name holds "nosuch". */
#ifndef KD_SIM_IMAGE_H
#define KD_SIM_IMAGE_H

#include "base/error.h"
#include "proto/containers.pb-c.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct image {
    const char *name;
    const char *error; /* why it cannot be pulled; NULL: it can */
    int64_t after_ms;  /* the error is known then */
    int64_t pull_ms;   /* without a limit of the registry's rate */
    int64_t bytes;
    const cJSON *entry; /* NULL: not in the file */
    bool present;       /* in the daemon's store */
    char *spoiled;      /* why not what lies there in its place; NULL: nothing does */
};

/* What process 1 does. */
struct behaviour {
    bool known;             /* by the file; what it does not know ends at SIGTERM with 0 */
    bool start_error;       /* the command is not there */
    const char *command;    /* argv[0], for the message */
    int64_t exits_ms;       /* by itself; negative: never */
    int exit_code;          /* then */
    bool needs_64m;         /* killed for want of memory when its limit is below that */
    const cJSON *signals;   /* those that end it */
    const cJSON *output;    /* pairs of stream and line in their order, or NULL */
    const cJSON *out, *err; /* lines, or NULL */
};

struct images {
    cJSON *file;
    struct image **images;
    size_t count, capacity;
    bool unknown_fail; /* images that the file does not name cannot be pulled */
    bool emptied;      /* none is in the store but what was pulled since */
};

int images_read(struct images *images, const char *path, struct error *err);
void images_finish(struct images *images);

/* The store is as at first, or empty. */
void images_restore(struct images *images);
void images_empty(struct images *images);

/* Never NULL; lives as long as `images`. */
struct image *images_find(struct images *images, const char *name);

void images_behaviour(const struct images *images, const struct image *image,
    const Kanto__Container *container, struct behaviour *ret_behaviour);

/* Whether the signal ends process 1, after how long and with which code. */
bool behaviour_signal(
    const struct behaviour *behaviour, int signal, int64_t *ret_after_ms, int *ret_exit_code);

#endif
