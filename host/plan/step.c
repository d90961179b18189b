#include "plan/step.h"

static const struct step_rule rules[STEPS] = {
#define STEP(step, words, does, id_, gives, once_)                                                 \
    [STEP_##step] = {                                                                              \
        .name = words, .action = ACTION_##does, .id = id_, .update = gives, .once = once_},
#include "plan/steps.tbl"
#undef STEP
};

const struct step_rule *step_rule(enum step step)
{
    return &rules[step];
}
