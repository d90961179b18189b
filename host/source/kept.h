/* The kept set: what a source stated last and COMPLETE, on disk in the state folder. A source that
 * cannot be asked (no network, a plugin that crashes) is served from it, and its revision and memo
 * are what the plugin gets as `have`.
 *
 * One file a source, FOLDER/NAME.set, replaced atomically: set, revision and memo belong together.
 * It is of mode 0600, as manifests may hold secrets, and ends with a SHA-256 over all before it.
 * It belongs to a question, which is the plugin and its settings: under others it is not used, as
 * it answers something else (another URL, an unverified bundle). Settings that only say how to ask
 * (KD_SETTING_HOW) are no part of it. Which these are is the plugin's word when it stated the set,
 * and stands in the file: what is kept is needed before the plugin is asked, or when it cannot be. */
#ifndef KD_SOURCE_KEPT_H
#define KD_SOURCE_KEPT_H

#include "base/stamp.h"
#include "base/text.h"
#include "source/source.h"

/* Of the file. Another number is foreign: it is not used, and replaced by the next COMPLETE set. */
#define KEPT_FORMAT 1

struct kept {
    struct source_set set; /* items, faults, revision, memo; nothing else of it is filled */
    char *how;             /* names of settings that are no part of the question, blanks between
                              them; "" in a file of before there were any */
    struct stamp stamp;    /* when it was stated, or found unchanged (see KEPT_REFRESH_MS) */
};

/* A set that stays as it is gets a new stamp in a new boot and after this time, not with each
 * answer: flash wears out. A reported age may be too high by so much. */
#define KEPT_REFRESH_MS (INT64_C(6) * 3600 * 1000)

/* Reads what is kept for the source, from options->kept_folder. 1: it is there; 0: there is none
 * (also where the folder is NULL). Negative: damaged, foreign or of another question; err says so.
 * A damaged file is set aside as NAME.set.bad when options->kept_write. */
int kept_load(const struct source_options *options, struct kept *ret_kept, struct error *err);
void kept_finish(struct kept *kept);

/* The names for `how`, from what the plugin said of its settings. free() it. */
struct intake;
char *kept_how(const struct intake *intake);

/* Replaces what is kept by the set. `former` (or NULL) is what kept_load gave: when the set says
 * the same, the disk is left alone until the stamp is to be refreshed. Makes the folder. */
int kept_store(const struct source_options *options, const struct source_set *set, const char *how,
    const struct kept *former, struct error *err);

/* Serves a set that is not COMPLETE from the kept one: items and errors are moved into it. */
void kept_serve(struct kept *kept, struct source_set *set);

/* kept_bytes.c: the file's bytes. Private to the room. `question`: 64 hex digits. */
#define KEPT_QUESTION_SIZE 65
#define KEPT_BYTES_MAX     ((size_t)65 << 20) /* KD_SET_BYTES_MAX, and a head */
void kept_write(const struct source_set *set, const struct stamp *stamp, const char *question,
    const char *how, struct text *out);
void kept_write_set(const struct source_set *set, struct text *out); /* the part that is the set */
/* Negative: what was found. *ret_question is the one it was kept for. */
int kept_read(const char *bytes, size_t length, struct kept *ret_kept,
    char ret_question[KEPT_QUESTION_SIZE], struct error *err);

#endif
