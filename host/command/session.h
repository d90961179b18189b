/* What `apply` and `plan` share: configuration, desired set, the connection, the journal, the first
 * look, and the report of it all. */
#ifndef KD_COMMAND_SESSION_H
#define KD_COMMAND_SESSION_H

#include "apply/pass.h"
#include "command/options.h"
#include "config/config.h"
#include "gather/gathered.h"
#include "journal/daemon_lock.h"
#include "kanto/kanto.h"
#include "report/report.h"
#include "report/view.h"

struct session {
    struct config config;
    bool has_config;
    struct gathered gathered; /* the desired set, and how it came to be */
    struct journal journal;
    bool has_journal;
    bool journal_told; /* something was wrong with it */
    bool writing;      /* containers may be changed: the daemon is locked */
    bool lock_told;
    bool broke_off; /* an error ended it before its work was done */
    struct lock daemon_lock;
    struct kanto *kanto; /* NULL: not connected */
    struct observed observed;
    struct observed *former; /* of connections that were lost */
    size_t former_count, former_capacity;
    struct pass pass;
    struct report report;
    struct view *view; /* somebody looks on while the pass runs; NULL: nobody */
    int64_t began_ms;
};

/* Configuration, locks and journal (`writing`; else the journal is only looked at), and sources,
 * whose sets are kept when `writing`. A daemon that is not there yet is locked when it is connected
 * to. Returns an exit_code; anything but EXIT_DONE comes with *err.
 * No connection is there yet: sources fork, and a gRPC that forked is lost. */
int session_gather(
    struct session *session, const struct options *options, bool writing, struct error *err);

/* Whether kanto-cm has to be asked at all. */
bool session_has_work(const struct session *session);

/* Connection, List, jobs. */
int session_connect(struct session *session, struct error *err);

/* Fits pass_options.reconnect; the context is the session. */
int session_reconnect(
    void *session, struct kanto **ret_kanto, struct observed *ret_observed, struct error *err);

void session_finish(struct session *session);

/* What the configuration says of a pass; who listens is the caller's. */
struct pass_options session_pass_options(struct session *session);
bool session_has_failed(const struct session *session); /* a container, or what follows */
bool session_has_errors(const struct session *session); /* problems that are errors */
void session_problem(struct session *session, enum severity severity, const char *where,
    const char *text); /* printed and reported */
void session_failed(struct session *session, int code, const struct error *err);

typedef void report_printer(
    const struct report *report, bool colour, bool verbose, struct text *out);
/* The report to standard output: as JSON, or by the printer. */
void session_print(struct session *session, const struct options *options, report_printer *printer);

#endif
