/* One container of the simulation: what the daemon says of it, its process, and what hangs on it.
 */
#ifndef KD_SIM_BOX_H
#define KD_SIM_BOX_H

#include "clock.h"
#include "image.h"
#include "model/container.h"
#include "ports.h"

#include <cjson/cJSON.h>

struct daemon;
struct operation;

struct box {
    struct daemon *daemon;
    Kanto__Container *container;
    struct {
        bool alive;
        int64_t since_ms;
        int ended_with; /* it died while nobody looked */
        struct behaviour behaviour;
        bool frozen; /* paused: signals but SIGKILL wait */
    } process;
    bool taken_over;      /* lives on from before a crash: nobody restarts it */
    bool started_before;  /* by a client: the next start of the daemon may start it */
    bool starting;        /* containerd has it, and no daemon would know that after its own end */
    bool missed;          /* its process is gone and the daemon does not know */
    bool restart_pending; /* between two restarts */
    int64_t backoff_ms;
    struct timer ends, restarts;
    struct operation *working;       /* calls on one container wait for each other */
    struct operation *first, **last; /* those that wait, in their order */
    struct operation *stopping;      /* whom the end of the process is to be told */
    struct ports ports;              /* of the host, taken while it runs */
    cJSON *log;                      /* lines as kanto-cm keeps them */
};

struct box *box_create(struct daemon *daemon, Kanto__Container *container); /* takes it over */
void box_free(struct box *box);

enum container_status box_status(const struct box *box);

/* The states, with all the fields that go with them. `error` may be NULL. */
void box_set_created(struct box *box);
void box_set_running(struct box *box);
void box_set_paused(struct box *box, bool paused);
void box_set_ended(
    struct box *box, enum container_status status, int exit_code, const char *error, bool oom);

void box_set_manually_stopped(struct box *box, bool stopped);
void box_set_restart_count(struct box *box, int64_t count);
/* In a log line: a byte that is no UTF-8. The log has an escaped U+FFFD there. */
#define BOX_NO_CHARACTER "\x01"
void box_add_log(struct box *box, const char *stream, const char *text);

/* To and from a file of the state folder. */
cJSON *box_save(const struct box *box);
struct box *box_load(struct daemon *daemon, const cJSON *saved); /* NULL: it is not one */

#endif
