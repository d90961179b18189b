/* The daemon under test and the world around it: time, its process, the registry. */
#ifndef KD_REPLAY_WORLD_H
#define KD_REPLAY_WORLD_H

#include "caller.h"
#include "holder.h"
#include "host.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct world {
    const char *socket;
    const char *daemon; /* a command line with {socket} in it; NULL: somebody else's daemon */
    pid_t pid;
    unsigned working;     /* calls in the simulation, as it last said */
    bool controlled;      /* a simulation: its world can be told to change */
    struct host host;     /* of a real one: its containers' processes, as they last were */
    struct holder holder; /* beside a real one: ports that no container can have */
};

/* Starts it where it is ours. False: it does not come up. */
bool world_start(struct world *world);
void world_stop(struct world *world); /* at the end */

/* No containers, nothing remembered. False: they could not be removed. */
bool world_reset(struct world *world);

/* With SIGTERM first: the way out when the end of a process was missed. False: refused. */
bool world_remove(struct world *world, const char *id);

void world_wait(struct world *world, int64_t ms);
/* A line to the simulation. False: it refuses, or there is none. */
bool world_tell(struct world *world, const char *line);

/* SIGTERM (given up after a while: false), SIGKILL. */
bool world_signal(struct world *world, int signal);
/* The daemon and all processes at once. */
bool world_power_cut(struct world *world);
/* To a container's process, the daemon being there or not. */
bool world_kill_process(struct world *world, const char *id, const char *signal);
bool world_is_up(struct world *world);
/* A program of the host listens on that port ("45212", "45212/udp"), or has ended. */
bool world_hold_port(struct world *world, const char *port);
bool world_free_port(struct world *world, const char *port);

#endif
