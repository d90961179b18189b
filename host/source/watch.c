#include "source/watch.h"

#include "base/backoff.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "source/intake.h"
#include "source/kept.h"
#include "source/reach.h"

#include <poll.h>
#include <stdlib.h>

#define POLL_MAX_MS 60000

static const struct backoff backoff = {WATCH_BACK_OFF_MS, WATCH_USUAL_MS};

enum watched_state {
    WATCHED_AWAY,  /* no helper */
    WATCHED_WORKS, /* a helper that was asked */
    WATCHED_IDLE,  /* a resident one that waits */
};

struct watched {
    uint64_t reached; /* reach_identity, of the helper's start */
    enum watched_state state;
    struct intake intake;
    struct kept kept;
    int64_t asked_ms; /* when it was asked last */
    int64_t due_ms;   /* when it is asked next; INT64_MAX: not by time */
    unsigned failures;
};

struct source_watch {
    struct watched *sources;
    struct pollfd *polls;
    size_t count;
};

struct source_watch *source_watch_start(const struct source_options *options, size_t count)
{
    struct source_watch *watch = memory_zeroed(1, sizeof(*watch));
    watch->sources = memory_zeroed(count, sizeof(*watch->sources));
    watch->polls = memory_zeroed(PUMP_POLLS * count, sizeof(*watch->polls));
    watch->count = count;
    for (size_t i = 0; i < count; i++)
        watch->sources[i].intake = (struct intake){.options = &options[i],
            .stay = true,
            .over = true,
            .frames = -1,
            .output = -1,
            .process = -1};
    return watch;
}

static int64_t later(int64_t now, int64_t ms)
{
    return ms > INT64_MAX - now ? INT64_MAX : now + ms;
}

/* What it watches is not there any more, and what is there it may not read. */
static void end_idle(struct watched *source)
{
    source->intake.done = true;
    helper_end(&source->intake);
    source_set_finish(&source->intake.set);
}

/* A fresh helper, or another word to the one that is there. */
static void ask(struct watched *source, int64_t now)
{
    struct intake *intake = &source->intake;
    const struct source_options *options = intake->options;
    kept_finish(&source->kept);
    source->asked_ms = now;
    source->due_ms = INT64_MAX;
    if (source->state == WATCHED_IDLE && source->reached != reach_identity(options)) {
        end_idle(source);
        source->state = WATCHED_AWAY;
    }
    if (source->state == WATCHED_IDLE) {
        source_load(intake, &source->kept);
        if (helper_ask_again(intake) < 0)
            helper_end(intake);
    } else {
        intake_finish(intake);
        *intake = (struct intake){.options = options, .stay = true};
        source_load(intake, &source->kept);
        source->reached = reach_identity(options);
        if (helper_start(intake) < 0)
            helper_end(intake);
    }
    source->state = WATCHED_WORKS;
}

/* A result that is to be reported: the helper said it and waits or is gone, or it died. */
static bool is_ready(const struct watched *source)
{
    const struct intake *intake = &source->intake;
    if (source->state == WATCHED_WORKS)
        return intake->over || (intake->settled && intake->phase == PHASE_IDLE);
    return source->state == WATCHED_IDLE && intake->over;
}

static void schedule(struct watched *source, const struct source_set *set, int64_t now)
{
    int64_t wait = set->next_ms > 0 ? set->next_ms : 0;
    bool failed = set->result == SOURCE_RETRY || set->result == SOURCE_FATAL;
    source->failures = failed ? source->failures + 1 : 0;
    if (failed) {
        int64_t least = backoff_spread(backoff_ms(&backoff, source->failures), 25);
        wait = wait > least ? wait : least;
    } else if (!wait) {
        wait = source->state == WATCHED_IDLE ? INT64_MAX : WATCH_USUAL_MS;
    }
    bool asked = source->due_ms == 0; /* while it worked */
    source->due_ms = later(now, asked || wait < WATCH_LEAST_MS ? WATCH_LEAST_MS : wait);
}

static void take_set(struct watched *source, int64_t now, struct source_set *ret_set)
{
    struct intake *intake = &source->intake;
    if (source->state == WATCHED_IDLE) { /* it died: what it stated before is to serve */
        kept_finish(&source->kept);
        source_load(intake, &source->kept);
    }
    source->state = intake->over ? WATCHED_AWAY : WATCHED_IDLE;
    /* What it says now belongs to its next set, and its death is one of its own. */
    intake->waits = !intake->over;
    intake->settled = false;
    intake->until_ms = INT64_MAX;
    intake->set.elapsed_ms = now - source->asked_ms;
    schedule(source, &intake->set, now);
    source_settle(intake, &source->kept);
    *ret_set = intake->set;
    intake->set = (struct source_set){0};
    intake->kept = NULL;
}

/* When the source is to be asked; one that waits and says changed() soon. */
static int64_t due(const struct watched *source)
{
    int64_t due = source->due_ms;
    if (source->state == WATCHED_IDLE && source->intake.changed) {
        int64_t soon = source->asked_ms + WATCH_LEAST_MS;
        due = soon < due ? soon : due;
    }
    return source->state == WATCHED_WORKS ? INT64_MAX : due;
}

/* Waits for a descriptor, a deadline or a time to ask. False: a signal, or `until` is over. */
static bool wait_for_some(struct source_watch *watch, int64_t until)
{
    int64_t now = clock_now_ms(), first = until;
    for (size_t i = 0; i < watch->count; i++) {
        const struct watched *source = &watch->sources[i];
        const struct intake *intake = &source->intake;
        pump_wait_for(intake, &watch->polls[PUMP_POLLS * i]);
        int64_t next = intake->over                     ? due(source)
                       : due(source) < intake->until_ms ? due(source)
                                                        : intake->until_ms;
        first = next < first ? next : first;
    }
    int64_t wait = first <= now ? 0 : first - now < POLL_MAX_MS ? first - now : POLL_MAX_MS;
    if (poll(watch->polls, (nfds_t)(PUMP_POLLS * watch->count), (int)wait) < 0)
        return false;
    return clock_now_ms() < until;
}

static void pump_all(struct source_watch *watch)
{
    int64_t now = clock_now_ms();
    for (size_t i = 0; i < watch->count; i++)
        pump(&watch->sources[i].intake, &watch->polls[PUMP_POLLS * i], now);
}

int source_watch_next(
    struct source_watch *watch, int64_t wait_ms, size_t *ret_which, struct source_set *ret_set)
{
    int64_t until = wait_ms < 0 ? INT64_MAX : later(clock_now_ms(), wait_ms);
    bool more = true;
    for (;;) {
        int64_t now = clock_now_ms();
        for (size_t i = 0; i < watch->count; i++) {
            struct watched *source = &watch->sources[i];
            if (is_ready(source)) {
                take_set(source, now, ret_set);
                *ret_which = i;
                return 1;
            }
            if (now >= due(source))
                ask(source, now);
        }
        if (!more)
            return 0;
        more = wait_for_some(watch, until);
        pump_all(watch);
    }
}

void source_watch_ask(struct source_watch *watch, size_t which)
{
    watch->sources[which].due_ms = 0;
}

unsigned source_watch_failures(const struct source_watch *watch, size_t which)
{
    return watch->sources[which].failures;
}

static bool any_lives(const struct source_watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        if (!watch->sources[i].intake.over)
            return true;
    return false;
}

void source_watch_end(struct source_watch *watch)
{
    if (!watch)
        return;
    for (size_t i = 0; i < watch->count; i++) {
        struct watched *source = &watch->sources[i];
        source->due_ms = INT64_MAX;
        if (source->intake.over)
            continue;
        source->state = WATCHED_WORKS; /* it is not asked any more */
        source->intake.until_ms = INT64_MAX;
        pump_ask_for_end(&source->intake, clock_now_ms());
        if (!source->intake.ending)
            helper_end(&source->intake);
    }
    while (any_lives(watch)) {
        wait_for_some(watch, INT64_MAX);
        pump_all(watch);
    }
    for (size_t i = 0; i < watch->count; i++) {
        source_set_finish(&watch->sources[i].intake.set);
        intake_finish(&watch->sources[i].intake);
        kept_finish(&watch->sources[i].kept);
    }
    free(watch->polls);
    free(watch->sources);
    free(watch);
}
