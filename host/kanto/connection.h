/* The socket: waiting for it, and who is at its other end. Private to the room. */
#ifndef KD_KANTO_CONNECTION_H
#define KD_KANTO_CONNECTION_H

#include "kanto/client.h"

/* A connected, non-blocking descriptor. */
int connection_open(const struct kanto_options *options, int *ret_fd, struct error *err);

/* Milliseconds since the process at the other end began; negative when that cannot be told. */
int64_t connection_peer_age_ms(int fd);

#endif
