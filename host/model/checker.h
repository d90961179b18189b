/* What the checks of the parts share: reporting, and the small grammars of kanto-cm's values. Private
 * to the room. */
#ifndef KD_MODEL_CHECKER_H
#define KD_MODEL_CHECKER_H

#include "model/check.h"

struct checker {
    check_report *report;
    void *context;
};

/* The path's format takes one index: "mounts[%zu].source"; a path without %zu ignores it. */
void checker_report(const struct checker *checker, enum severity severity, const char *path,
    size_t index, const char *verdict, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

bool checker_empty(const char *text);
bool checker_is(const char *text, const char *value); /* NULL is "" */
/* digits, perhaps a fraction, perhaps a blank, one of kKmMgG; *ret_bytes in bytes (may be NULL) */
bool checker_size(const char *text, double *ret_bytes);
/* Letters, digits, the characters of `more`; the first one a letter, a digit or of `first`. */
bool checker_word(const char *text, const char *first, const char *more);

/* The parts, in the daemon's order. */
void check_identity(const struct checker *checker, const Kanto__Container *container);
void check_mounts(const struct checker *checker, const Kanto__Container *container);
void check_hooks(const struct checker *checker, const Kanto__Container *container);
void check_privileges(const struct checker *checker, const Kanto__HostConfig *host);
void check_network(const struct checker *checker, const Kanto__HostConfig *host);
void check_devices(const struct checker *checker, const Kanto__HostConfig *host);
void check_log(const struct checker *checker, const Kanto__LogConfiguration *log);
void check_restart(const struct checker *checker, const Kanto__RestartPolicy *policy);
void check_resources(const struct checker *checker, const Kanto__Resources *resources);
void check_process(const struct checker *checker, const Kanto__ContainerConfiguration *config);

#endif
