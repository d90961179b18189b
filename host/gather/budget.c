#include "gather/budget.h"

#include "base/clock.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>

void budget_begin(struct budget *budget, const struct source_options *options)
{
    budget->set = 0;
    budget->timeout_ms = options->deadline_ms;
    budget->until_ms = clock_now_ms() + options->deadline_ms;
    budget->cancelled = options->cancelled;
    free(budget->spent);
    budget->spent = NULL;
}

bool budget_has_time(struct budget *budget)
{
    budget->stopped = budget->stopped || (budget->cancelled && budget->cancelled(NULL));
    if (budget->stopped || budget->spent)
        return false;
    if (clock_now_ms() < budget->until_ms)
        return true;
    budget->spent = memory_format(
        "reading its manifests took longer than timeout (%" PRId64 " ms)", budget->timeout_ms);
    return false;
}

bool budget_take(struct budget *budget)
{
    if (budget->spent)
        return false;
    if (budget->set >= BUDGET_SET_MAX)
        budget->spent = memory_format("found more than %d manifests in its set", BUDGET_SET_MAX);
    else if (budget->pass >= BUDGET_PASS_MAX)
        budget->spent =
            memory_format("found more than %d manifests in all sources", BUDGET_PASS_MAX);
    if (budget->spent)
        return false;
    budget->set++;
    budget->pass++;
    return true;
}

void budget_finish(struct budget *budget)
{
    free(budget->spent);
    *budget = (struct budget){0};
}
