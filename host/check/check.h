/* Judges a source plugin: what is in its file, what it does when it is loaded, whether it keeps the
 * interface's contract, and how it behaves with the given settings. The plugin is never loaded into
 * this process: helper processes (kanto-deployer-probe, and the loader itself) do so under a
 * deadline. */
#ifndef KD_CHECK_CHECK_H
#define KD_CHECK_CHECK_H

#include "source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum check_verdict { CHECK_OK, CHECK_WARNING, CHECK_FAILED, CHECK_SKIPPED };

struct check_rule {
    const char *part;  /* static, load, contract, behaviour */
    const char *name;  /* "part.name" is the check's id */
    const char *probe; /* of kanto-deployer-probe, which states it; NULL: found out here */
    const char *rule;  /* what it demands, one line */
};

#define CHECK_RULES_MAX 64
extern const struct check_rule check_rules[];
extern const size_t check_rule_count;

struct check_result {
    enum check_verdict verdict;
    char *text; /* what was found; NULL: nobody came to it */
};

struct check_profile {    /* -1: not measured */
    int64_t start_us;     /* a process, the plugin loaded and described */
    int64_t init_us;      /* the first init */
    int64_t first_us;     /* the first reconcile */
    int64_t reconcile_us; /* the mean of those after it */
    int64_t worst_us;     /* the longest of all */
    int64_t reconciles;   /* how many were made */
    int64_t memory_kib;   /* most resident memory of one life, the helper's own included */
    int64_t heap_bytes;   /* what init and the first reconcile left allocated */
    int64_t items, bytes; /* of the set */
};

struct check {
    struct check_result results[CHECK_RULES_MAX]; /* in the order of check_rules */
    struct check_profile profile;
    struct source_info info;
    bool has_info;
    unsigned major, minor; /* of its note; 0.0: it has none */
};

struct check_options {
    const char *plugin; /* path */
    const char *loader, *probe;
    /* Its settings, and what is said of its sandbox: the rest of it does not matter. */
    const struct source_options *source;
    int64_t deadline_ms; /* of one life of the plugin */
};

void check_plugin(const struct check_options *options, struct check *ret_check);
void check_finish(struct check *check);

size_t check_count(const struct check *check, enum check_verdict verdict);
const char *check_verdict_word(enum check_verdict verdict); /* ok, warning, failed, skipped */

#endif
