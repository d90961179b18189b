/* A program of the host that listens on ports: this one. */
#ifndef KD_REPLAY_HOLDER_H
#define KD_REPLAY_HOLDER_H

#include <stdbool.h>
#include <stddef.h>

#define HOLDER_MAX 16

struct holder {
    struct held {
        char *port; /* "45212", "45212/udp" */
        int fd;
    } list[HOLDER_MAX];
    size_t count;
};

/* On every address. False: it is taken, it is not one, or there are too many. */
bool holder_hold(struct holder *holder, const char *port);
bool holder_free(struct holder *holder, const char *port); /* false: it does not hold that */
void holder_finish(struct holder *holder);

#endif
