/* Persons beside the program, in the middle of its passes: who they are is left to chance, and what
 * they did is read from the daemon's log, where the program's calls stand too. */
#ifndef KD_CONVERGE_PERSONS_H
#define KD_CONVERGE_PERSONS_H

#include "chance.h"
#include "manifests.h"
#include "stage.h"

/* One container that a person laid hands on. */
struct deed {
    char *id;
    unsigned name; /* it bore; NAMES_MAX: none of those that are desired */
    enum { DEED_STOPPED, DEED_KEPT, DEED_MADE, DEED_TAKEN } kind;
    bool made; /* by a person: it is never pruned */
    /* DEED_STOPPED, and DEED_MADE where `stopped` */
    bool stopped;
    bool unchanged; /* its manifest is, since then; false: there was none */
    bool loose;     /* the daemon itself may start it again, by its policy */
    bool fresh;     /* the program had made it right before: its Start of that moment is excused */
    struct spec spec;
    /* DEED_KEPT (renamed) and DEED_MADE (a second one of the name): theirs from this line on.
     * DEED_TAKEN: was made, and stands for the name now. */
    unsigned since;
    bool looked; /* the program had looked at it right before: a call of that moment is excused */
};

struct persons {
    struct deed *deeds;
    size_t count, capacity;
    bool meddled[NAMES_MAX];  /* in this pass: removed, renamed, stopped, started */
    bool doubled[NAMES_MAX];  /* two may run, by a person's doing */
    unsigned ours[NAMES_MAX]; /* how many are there that no person made, or that were taken over */
    bool faulty;              /* in this pass answers may be lost */
    bool journal_lost;        /* and with it that ids of the manifests' own are ours */
    unsigned kept;            /* how many names were given away */
    /* reading the log */
    size_t read;
    unsigned line;
    struct look {
        char *id;
        unsigned at;    /* line of the last look */
        unsigned got;   /* of the last Get */
        unsigned made;  /* of the Create */
        unsigned hands; /* Stops by a person between two passes, which are calls in the log, too */
        unsigned stops; /* of the program, since its last Start */
        bool ours;      /* counted as such in this pass */
    } * looks;
    size_t look_count, look_capacity;
    unsigned listed; /* line of the last List */
};

void persons_begin(struct persons *persons); /* a new story; frees what was */

/* Before a pass: nobody meddles yet; then up to three wait for calls of it. `faulty`: answers may get
 * lost. */
void persons_enter(struct persons *persons, const Kanto__ListContainersResponse *list, bool faulty);
void persons_arm(struct persons *persons, struct chance *chance, const struct wanted *wanted,
    bool gentle, struct stage *stage);
/* A person stopped that one between two passes. */
void persons_stopped(
    struct persons *persons, const struct wanted *wanted, const Kanto__Container *container);
/* The journal is lost, and it looks as if a person had stopped that one. */
void persons_mistaken(
    struct persons *persons, const struct wanted *wanted, const Kanto__Container *container);
/* Manifests were edited: what was stopped may run again in its new form. */
void persons_notice(struct persons *persons, const struct wanted *wanted);

/* After a pass: what they did, and whether the program left it alone. */
void persons_read(struct persons *persons, const struct wanted *wanted, struct stage *stage);
void persons_check(
    struct persons *persons, const Kanto__ListContainersResponse *list, struct stage *stage);

/* Whether it stands still since a person stopped it; whether a person made or renamed it. */
const struct deed *persons_find(const struct persons *persons, const char *id);
/* Those that are theirs, beside ours. */
unsigned persons_count_made(
    const struct persons *persons, const Kanto__ListContainersResponse *list, const char *name);
/* Those that a person made, whatever became of them. */
unsigned persons_count_all(
    const struct persons *persons, const Kanto__ListContainersResponse *list, const char *name);

#endif
