/* What a container's manifest is changed from and to, and how that ends: the trials of those tests
 * that interrupt a pass at each of its calls. */
#ifndef KD_CONVERGE_TRIALS_H
#define KD_CONVERGE_TRIALS_H

#include "stage.h"

enum end {
    END_NEW,  /* one container, made from the second manifest, and it runs */
    END_OLD,  /* one container, made from the first manifest, as it was */
    END_TOLD, /* one container, made from the second manifest, whatever it does */
    END_GONE, /* none */
    END_BOTH, /* as END_NEW; and another one was restarted with it */
};

/* What is between the first manifest and the second one. */
enum before { BEFORE_RUNS, BEFORE_STOPPED, BEFORE_NOTHING };

struct manifest {
    const char *image;
    const char *command; /* JSON, or NULL */
    const char *memory;  /* or NULL */
    const char *policy;  /* NULL: the one of this run */
    const char *id;      /* or NULL */
    bool port;
};

struct trial {
    const char *name;
    enum before before;
    struct manifest first, second;
    enum end end;
};

extern const struct trial trials[];
extern const unsigned trial_count;

/* How trials are played: on which stage, by which strategy, under which restart policy. */
struct theatre {
    struct stage stage;
    const char *strategy, *policy;
    char *peer_started; /* before the change, of END_BOTH */
};

/* Whether that trial says anything under this strategy and policy. */
bool trial_makes_sense(const struct theatre *theatre, const struct trial *trial);
void trial_open(struct theatre *theatre, const struct trial *trial, const char *name);
/* All up to the change: the next pass has it to make. */
void trial_prepare(struct theatre *theatre, const struct trial *trial);
/* Whenever it was killed: the first one, where it ran, is there unless the second one runs; and
 * under create-first they never run together. */
void trial_expect_safe(struct theatre *theatre, const struct trial *trial);
/* After a few passes that nothing befell. */
void trial_expect_end(struct theatre *theatre, const struct trial *trial, enum journal_fate fate);
void trial_close(struct theatre *theatre);

#endif
