#include "plan/ladder.h"

bool facts_did(const struct facts *facts, enum step step)
{
    return facts->past.did >> step & 1;
}

bool facts_last_was(const struct facts *facts, enum action action, enum role role)
{
    return facts->past.action == action && facts->past.role == role;
}

static size_t index_of(const struct facts *facts, enum target target)
{
    switch (target) {
    case TARGET_CHOSEN:
        return facts->chosen ? (size_t)(facts->chosen - facts->live) : 0;
    case TARGET_OLD:
        return facts->old ? (size_t)(facts->old - facts->live) : 0;
    case TARGET_NEW:
        return (size_t)(facts->newer - facts->live);
    case TARGET_LAST_ID:
        return NEXT_LAST_ID;
    case TARGET_SAME:
        return facts->past.live;
    case TARGET_NONE:
        break;
    }
    return 0;
}

static struct move move_of(const struct rung *rung, const struct facts *facts)
{
    if (rung->step == STEP_NONE)
        return (struct move){.action = ACTION_VERDICT,
            .verdict = rung->verdict,
            .reason = rung->reason,
            .fault = rung->fault,
            .explain = rung->explain};
    const struct step_rule *rule = step_rule(rung->step);
    return (struct move){.step = rung->step,
        .action = rule->action,
        .live = index_of(facts, rung->target),
        .id = rule->id,
        .update = rule->update,
        .shared = rung->shared};
}

/* From here on the way leads back; its first step says why. */
static struct move turn_back(const struct rung *rung, const struct facts *facts)
{
    struct facts failed = *facts;
    failed.past.failure = rung->reason;
    failed.past.fault = rung->fault;
    struct move move = back_next(&failed);
    move.failure = rung->reason;
    move.fault = rung->fault;
    return move;
}

struct move ladder_climb(const struct rung *rungs, size_t count, const struct facts *facts)
{
    for (size_t i = 0; i < count; i++) {
        const struct rung *rung = &rungs[i];
        if (step_rule(rung->step)->once && facts_did(facts, rung->step))
            continue;
        if (rung->holds && !rung->holds(facts))
            continue;
        if (rung->over)
            break;
        return rung->gives_up ? turn_back(rung, facts) : move_of(rung, facts);
    }
    return (struct move){.step = STEP_NONE};
}

bool ladder_found(const struct move *move)
{
    return move->step != STEP_NONE || move->action == ACTION_VERDICT;
}
