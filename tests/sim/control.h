/* The other socket: what a test does to the world around the daemon. `<socket>.control`, a line
 * each way:
 *
 *     advance MS               time passes at once
 *     kill-process ID SIGNAL   from outside
 *     missed-exit ID           its process is gone and the daemon does not know
 *     pull-rate BYTES          a second, of the registry; 0: no limit
 *     registry HOST=ANSWER     from now on: 503, eof, html, …, ok (registry.h)
 *     forget-images            none is in the daemon's store any more
 *     hold-port, free-port PORT[/udp]
 *                              a program of the host listens on it, has ended
 *     add-address, drop-address ADDRESS
 *                              of this machine, beside those of the loopback
 *     fault, fail, latency, sigkill-client-at, with, without TEXT
 *                              as the switches of that name, from the next call on
 *     person TEXT              acts beside the client, at one of its calls (person.h)
 *     no-faults                none befalls a call any more, nor does one take time
 *     reset                    an empty daemon
 *
 * The answer is "ok N", N being the calls that are in the daemon, or "error TEXT". */
#ifndef KD_SIM_CONTROL_H
#define KD_SIM_CONTROL_H

#include "daemon.h"

#include <pthread.h>

struct control;

/* NULL: it cannot, and has said why. */
struct control *control_start(struct daemon *daemon, const char *path, pthread_mutex_t *lock);
void control_stop(struct control *control);

#endif
