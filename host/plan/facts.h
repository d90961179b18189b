/* facts = fold(snapshot, story): what is there now and how the pass has gone, from the first List
 * and every row since. Private to the room. */
#ifndef KD_PLAN_FACTS_H
#define KD_PLAN_FACTS_H

#include "plan/job.h"

/* Sets job->now, live, facts, former. */
void facts_fold(struct job *job, int64_t now_ms);

#endif
