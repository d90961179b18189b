#include "clock.h"

#include "base/memory.h"

#include <stddef.h>
#include <time.h>

static int64_t machine_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_init(struct clock *clock, bool stands, int64_t at_least_ms)
{
    int64_t now = machine_ms();
    int64_t begin = at_least_ms > now ? at_least_ms : now;
    *clock = (struct clock){.stands = stands, .offset_ms = stands ? begin : begin - now};
}

int64_t clock_now(const struct clock *clock)
{
    return clock->stands ? clock->offset_ms : machine_ms() + clock->offset_ms;
}

static int64_t hurry(const struct clock *clock)
{
    return clock->hurry > 0 ? clock->hurry : 1;
}

int64_t clock_since(const struct clock *clock, int64_t then_ms)
{
    return (clock_now(clock) - then_ms) * hurry(clock);
}

void clock_unset(struct clock *clock, struct timer *timer)
{
    struct timer **at = &clock->timers;
    if (!timer->set)
        return;
    while (*at && *at != timer)
        at = &(*at)->next;
    if (*at)
        *at = timer->next;
    timer->set = false;
}

void clock_set(struct clock *clock, struct timer *timer, int64_t in_ms, void (*fire)(void *context),
    void *context)
{
    clock_unset(clock, timer);
    int64_t due = clock_now(clock) + in_ms / hurry(clock);
    struct timer **at = &clock->timers;
    while (*at && (*at)->due_ms <= due)
        at = &(*at)->next;
    *timer =
        (struct timer){.due_ms = due, .fire = fire, .context = context, .next = *at, .set = true};
    *at = timer;
}

static void fire_first(struct clock *clock)
{
    struct timer *timer = clock->timers;
    clock->timers = timer->next;
    timer->set = false;
    timer->fire(timer->context);
}

void clock_run(struct clock *clock)
{
    while (clock->timers && clock->timers->due_ms <= clock_now(clock))
        fire_first(clock);
}

/* Each timer sees the time at which it was due, so that what it sets in turn is due in order. */
void clock_advance(struct clock *clock, int64_t ms)
{
    int64_t until = clock_now(clock) + ms;
    while (clock->timers && clock->timers->due_ms <= until) {
        int64_t ahead = clock->timers->due_ms - clock_now(clock);
        if (ahead > 0)
            clock->offset_ms += ahead;
        fire_first(clock);
    }
    int64_t rest = until - clock_now(clock);
    if (rest > 0)
        clock->offset_ms += rest;
}

bool clock_jump(struct clock *clock)
{
    if (!clock->timers)
        return false;
    int64_t ahead = clock->timers->due_ms - clock_now(clock);
    if (ahead > 0)
        clock->offset_ms += ahead;
    fire_first(clock);
    return true;
}

int64_t clock_wait_ms(const struct clock *clock)
{
    if (!clock->timers)
        return -1;
    int64_t wait = clock->timers->due_ms - clock_now(clock);
    return wait > 0 ? wait : 0;
}

void clock_stop(struct clock *clock)
{
    clock->timers = NULL;
}

char *clock_text(const struct clock *clock)
{
    int64_t now = clock_now(clock);
    time_t seconds = (time_t)(now / 1000);
    struct tm parts;
    char text[32];
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
    return memory_format("%s.%03d000001Z", text, (int)(now % 1000));
}
