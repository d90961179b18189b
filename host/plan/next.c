#include "plan/next.h"

static struct action verdict(enum verdict verdict, const char *reason)
{
    return (struct action){.kind = ACTION_VERDICT, .verdict = verdict, .reason = reason};
}

static struct action start(size_t live)
{
    return (struct action){.kind = ACTION_START, .live = live};
}

/* Asking again: 0.5 s, doubled, at most 8 s. Jitter is the caller's. */
static int64_t backoff_ms(unsigned tries)
{
    unsigned doublings = tries > 4 ? 4 : tries ? tries - 1 : 0;
    return INT64_C(500) << doublings;
}

static int rank(const struct live *live)
{
    if (live->burnt)
        return 0;
    if (live->status == STATUS_RUNNING)
        return live->same ? 6 : 5;
    return (live->same ? 3 : 1) + (live->ours ? 1 : 0);
}

size_t next_chosen(const struct live *live, size_t live_count)
{
    size_t chosen = 0;
    for (size_t i = 1; i < live_count; i++)
        if (rank(&live[i]) > rank(&live[chosen]))
            chosen = i;
    return chosen;
}

static struct action create(const struct known *known, const struct outcome *outcome)
{
    struct action action = {.kind = ACTION_CREATE, .id = ID_FIRST};
    if (outcome->creates >= NEXT_CREATES_MAX)
        return verdict(VERDICT_FAILED, "every id that was tried is taken or burnt");
    if (outcome->creates > 0)
        action.id = ID_FRESH;
    else if (known->intended_id)
        action.id = ID_INTENDED;
    else if (known->explicit_id)
        action.id = ID_EXPLICIT;
    return action;
}

/* The last action did not end well. Returns ACTION_NONE where what is live decides after all. */
static struct action after_failure(const struct outcome *outcome, size_t chosen)
{
    bool creating = outcome->last == ACTION_CREATE;
    switch (outcome->result) {
    case RESULT_TAKEN:
        return creating ? (struct action){.kind = ACTION_LOOK}
                        : verdict(VERDICT_FAILED, "kanto-cm refused it");
    case RESULT_BURNT:
        return (struct action){.kind = ACTION_NONE};
    case RESULT_TRANSIENT:
        if (outcome->tries >= NEXT_TRANSIENT_MAX)
            return verdict(VERDICT_FAILED, "kanto-cm refused it again and again");
        return (struct action){.kind = outcome->last,
            .live = chosen,
            .id = outcome->id,
            .wait_ms = backoff_ms(outcome->tries)};
    case RESULT_REFUSED:
        return verdict(VERDICT_FAILED, "kanto-cm refused it");
    case RESULT_NO_ANSWER:
        return verdict(VERDICT_FAILED, "kanto-cm gave no answer");
    case RESULT_NONE:
    case RESULT_OK:
        break;
    }
    return (struct action){.kind = ACTION_NONE};
}

static struct action running(enum mode mode, const struct live *live, const struct outcome *outcome)
{
    if (live->same)
        return verdict(outcome->acted ? VERDICT_DEPLOYED : VERDICT_KEEP, NULL);
    if (outcome->acted)
        return verdict(VERDICT_DEPLOYED, "runs with other fields than the manifest has now");
    if (mode == MODE_UPDATE)
        return verdict(VERDICT_PENDING, "differs from the manifest");
    return verdict(VERDICT_DIFFERS, "differs from the manifest; left as it is");
}

/* It does not run, nobody is about to start it, and no person wanted that. */
static struct action down(enum mode mode, size_t chosen, const struct outcome *outcome)
{
    if (mode == MODE_IGNORE)
        return verdict(VERDICT_LEFT, "does not run; left as it is (existing = ignore)");
    if (outcome->starts > 0)
        return verdict(VERDICT_FAILED, "was started and is down again");
    return start(chosen);
}

static struct action exited(
    enum mode mode, const struct live *live, size_t chosen, const struct outcome *outcome)
{
    if (live->ends && live->exit_code == 0 && !live->error)
        return verdict(VERDICT_DONE, "ended with exit code 0");
    if (live->exhausted)
        return verdict(VERDICT_LEFT, "its retries are used up");
    if (live->restarts && !live->error && !live->daemon_missed)
        return verdict(outcome->starts ? VERDICT_FAILED : VERDICT_LEFT,
            "ended, and kanto-cm is about to start it again");
    return down(mode, chosen, outcome);
}

static struct action judge(
    enum mode mode, const struct live *live, size_t chosen, const struct outcome *outcome)
{
    switch (live->status) {
    case STATUS_RUNNING:
        return running(mode, live, outcome);
    case STATUS_PAUSED:
        return verdict(VERDICT_LEFT, "is paused");
    case STATUS_CREATED:
        if (live->ours && !live->started_before)
            return start(chosen);
        return down(mode, chosen, outcome);
    case STATUS_EXITED:
        if (live->by_person)
            return verdict(VERDICT_LEFT, "was stopped by hand");
        return exited(mode, live, chosen, outcome);
    case STATUS_STOPPED:
        if (live->by_person)
            return verdict(VERDICT_LEFT, "was stopped by hand");
        return down(mode, chosen, outcome);
    case STATUS_CREATING:
        return verdict(VERDICT_LEFT, "is being created by somebody else");
    case STATUS_DEAD:
    case STATUS_UNKNOWN:
        break;
    }
    return down(mode, chosen, outcome);
}

struct action next(enum mode mode, const struct live *live, size_t live_count,
    const struct known *known, const struct outcome *outcome)
{
    size_t chosen = next_chosen(live, live_count);
    struct action action = after_failure(outcome, chosen);
    if (action.kind != ACTION_NONE)
        return action;
    if (live_count == 0)
        return create(known, outcome);
    if (live[chosen].burnt) {
        if (mode == MODE_IGNORE && !live[chosen].ours)
            return verdict(VERDICT_LEFT, "can never be started again; left (existing = ignore)");
        return (struct action){.kind = ACTION_REMOVE, .live = chosen};
    }
    return judge(mode, &live[chosen], chosen, outcome);
}
