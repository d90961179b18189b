/* A pass as it goes on, for who looks on: the view, and what a signal does. The first one is told
 * with the calls that it waits for, and only from then on a second one counts, which says what it
 * cuts. */
#ifndef KD_COMMAND_PROGRESS_H
#define KD_COMMAND_PROGRESS_H

#include "report/view.h"

struct progress {
    struct view *view; /* NULL: nobody looks on; a signal is told all the same */
    bool told;         /* the first signal */
};

/* From here on containers are changed. The view is the caller's. */
void progress_begin(struct progress *progress, struct view *view);
/* A story_listener; the context is the progress. */
void progress_listen(
    void *progress, const struct stories *stories, size_t index, enum story_event event);
/* The pass is over; what is left is to tell it. */
void progress_end(struct progress *progress);

#endif
