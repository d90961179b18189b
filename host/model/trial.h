/* One check of what a manifest asks for (permit.h): by whose grants, who gets its findings, and what
 * its parts share. Private to the room. */
#ifndef KD_MODEL_TRIAL_H
#define KD_MODEL_TRIAL_H

#include "model/checker.h"
#include "model/permit.h"

#include <stdbool.h>
#include <stddef.h>

/* Where the items of a list lead. */
struct reached {
    char **items;
    size_t count;
};

struct trial {
    struct checker checker;
    const struct permit *permit;
    struct reached mounts, devices, logs, decrypt;
};

/* Where something stands, and the key that grants it. */
struct demand {
    const char *path; /* with %zu for the index */
    size_t index;
    const char *key;
    const struct permit_list *list;
    struct reached *reached; /* of the list, when it is one of paths */
};

/* "found …; KEY = GRANT in [source NAME] would allow it" */
void trial_refuse(
    const struct trial *trial, const struct demand *demand, const char *found, const char *grant);
/* The same of a key that takes yes or no, and of one item more of a list: the line to write. */
void trial_refuse_flag(
    const struct trial *trial, const char *path, size_t index, const char *key, const char *found);
void trial_refuse_item(
    const struct trial *trial, const struct demand *demand, const char *found, const char *item);

/* Whether the path is granted: as it is written, and where it leads, for whoever may write in a
 * granted folder can put a link there. Else it is refused. Empty: it is. */
bool trial_check_path(const struct trial *trial, const struct demand *demand, const char *path);

/* Where item `i` of the list leads; NULL: nobody can tell. Each is resolved once for a manifest,
 * which may have thousands of paths: the folders of a list may be links themselves, /data that is
 * /mnt/data on this machine. */
const char *reached_item(const struct permit_list *list, size_t i, struct reached *reached);
/* Whether a path without links lies below one of them. */
bool reached_holds(const struct permit_list *list, const char *real, struct reached *reached);

/* The parts that have a file of their own. */
void permit_check_logs(struct trial *trial, const Kanto__LogConfiguration *log);
void permit_check_decrypt(struct trial *trial, const Kanto__DecryptConfig *decrypt);

void trial_finish(struct trial *trial);

#endif
