/* One reconcile of a plugin as the host makes it: through its helper, with the kept set. */
#ifndef KD_TESTS_VISIT_H
#define KD_TESTS_VISIT_H

#include "source/source.h"

#include <stdbool.h>

/* PLUGIN of build/plugins (or a path) with these settings: pairs that end with NULL; a pair whose
 * value is NULL is left out. The kept set lies in FOLDER/kept (NULL: none). User: root's children
 * are root, unless `user` is not NULL. Free with source_set_finish. */
struct source_set visit_as(
    const char *user, const char *plugin, const char *folder, const char *const *pairs);
struct source_set visit(const char *plugin, const char *folder, const char *const *pairs);

/* The set is COMPLETE or UNCHANGED, its keys are these, between spaces. */
void visit_expect(const struct source_set *set, enum source_result result, const char *keys);
/* It is RETRY (or FATAL), and the reason has this in it. */
void visit_expect_failure(
    const struct source_set *set, enum source_result result, const char *reason);
/* Whether a note, of any level, has this in it. */
bool visit_noted(const struct source_set *set, const char *part);

/* Each of its settings is in one of these pages of docs/, as `name`. */
void visit_expect_documented(const char *plugin, const char *page, const char *other);

/* Every rule of `plugin check` holds. */
void visit_check(const char *plugin, const char *const *pairs);

#endif
