/* The filter of system calls (seccomp, by libseccomp). A call that is not allowed fails with an
 * error as if the kernel said it; nothing is killed for one, since a library may only have tried. */
#ifndef KD_LOADER_FILTER_H
#define KD_LOADER_FILTER_H

#include <stdbool.h>

enum filter_sockets {
    FILTER_SOCKETS_NONE,
    FILTER_SOCKETS_INTERNET, /* IPv4 and IPv6; it connects, and serves nobody */
    FILTER_SOCKETS_ALL,      /* those of this machine too, and it may listen */
};

/* From now on, for this process and its threads. *ret_listener is a descriptor on which every call
 * that is stopped is told and waits for its answer, until filter_answer gives it in another process;
 * -1: the kernel has none, and answers by itself. 0, or a negative errno: there is no filter. */
int filter_load(enum filter_sockets sockets, int *ret_listener);

/* Answers one call that was stopped: 1, with the name of the call in the text, which is
 * FILTER_NAME_MAX bytes; 0: there was none. */
#define FILTER_NAME_MAX 64
int filter_answer(int listener, char *ret_name);

#endif
