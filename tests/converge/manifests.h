/* What a history desired_set for at the moment: manifests by chance, in two sources, and the conf. */
#ifndef KD_CONVERGE_MANIFESTS_H
#define KD_CONVERGE_MANIFESTS_H

#include "chance.h"
#include "stage.h"

#define NAMES_MAX 5
#define SOURCES   2

/* What becomes of a container that was made from it. */
enum fate { FATE_RUNS, FATE_ENDS, FATE_FAILS };

struct spec {
    bool there;
    unsigned image, policy, memory;
    bool id, port;
    int peer; /* whose host name it wants to know; -1: nobody's */
};

struct wanted {
    struct chance *chance;
    unsigned names; /* how many there are */
    struct spec specs[SOURCES][NAMES_MAX];
    bool prune[SOURCES];
    bool start_first[NAMES_MAX];
    int with[NAMES_MAX];  /* restart_with; -1: nobody */
    int after[NAMES_MAX]; /* likewise */
    bool hold;
};

const char *wanted_name(unsigned name);

void wanted_begin(struct wanted *wanted, struct chance *chance);
/* One edit, deletion, move, or change of the conf; told in the stage's notes. */
void wanted_change(struct wanted *wanted, struct stage *stage);
/* All manifests and the conf as files. */
void wanted_write(const struct wanted *wanted, struct stage *stage);

/* The manifest that counts for that name, or NULL. */
const struct spec *wanted_spec(const struct wanted *wanted, unsigned name);
/* What must become of that name, what it waits for included. */
enum fate wanted_fate(const struct wanted *wanted, unsigned name);
/* The same, but for what could be changed in place. */
bool wanted_is_but_for_place(const struct spec *spec, const Kanto__Container *container);
/* Whether it is of a kind that runs until somebody stops it. */
bool wanted_is_solid(const Kanto__Container *container);
bool wanted_twice(const struct wanted *wanted); /* a name is in both sources */
/* Whether the container was made from the manifest that counts. */
bool wanted_is(const struct spec *spec, const Kanto__Container *container);

#endif
