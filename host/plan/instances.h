/* The containers that bear a job's name: the facts about them and our copies of them, kept in step.
 * Private to the room. */
#ifndef KD_PLAN_INSTANCES_H
#define KD_PLAN_INSTANCES_H

#include "plan/job.h"

void instances_add(struct job *job, const Kanto__Container *container);
void instances_remove(struct job *job, size_t index);
void instances_dismiss(struct job *job); /* all of them */
bool instances_has(const struct job *job, const char *id);
/* The daemon's newer word of one of them. */
void instances_renew(struct job *job, size_t index, const Kanto__Container *container);

/* What an action that went well changes in our copy. */
void instances_started(struct job *job, size_t index);
void instances_stopped(struct job *job, size_t index);
void instances_updated(struct job *job, size_t index);

/* Who is old and new, and what is known of the old one. */
void instances_assign_roles(struct job *job);
/* Keeps the state of the one in that role (or of the chosen one) for the report. */
void instances_keep_state(struct job *job, enum role role);

#endif
