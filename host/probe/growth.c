/* A thousand reconciles: what grows with them grows for ever. Measures the profile as well. */
#include "base/clock.h"
#include "probe/life.h"
#include "probe/probe.h"
#include "probe/state.h"

#define RECONCILES   1000
#define BUDGET_US    8000000
#define WARM         20   /* caches are filled by then */
#define LEAST        60   /* fewer tell nothing */
#define LEAK_BYTES   24   /* of memory, for each: less than the least block */
#define RESIDENT_KIB 4096 /* mapped memory, in all */

struct level {
    size_t heap;
    long resident;
    int descriptors, threads;
};

static struct level look(void)
{
    return (struct level){.heap = state_heap(),
        .resident = state_resident(),
        .descriptors = state_descriptors(),
        .threads = state_threads()};
}

struct run {
    const struct kd_source *source;
    const struct job *job;
    struct life life;
    bool resident, living;
    int64_t total_us, worst_us;
};

static long long timed(struct run *run)
{
    long long began = clock_now_us();
    life_reconcile(&run->life, NULL, NULL, 0);
    long long took = clock_now_us() - began;
    run->worst_us = took > run->worst_us ? took : run->worst_us;
    return took;
}

/* One reconcile; of a plugin that is not resident, with a life of its own around it. */
static bool step(struct run *run)
{
    if (!run->living) {
        life_begin(&run->life, run->source, run->job->settings, run->job->count, LIFE_PLAIN);
        run->life.quiet = true;
        life_stay(&run->life);
        if (life_init(&run->life) != KD_OK)
            return false;
        run->living = true;
    }
    run->total_us += timed(run);
    if (!run->resident) {
        life_shutdown(&run->life);
        life_end(&run->life);
        run->living = false;
    }
    return true;
}

/* How long its reconcile took. */
static long long measure_first(struct run *run)
{
    size_t before = state_heap();
    life_begin(&run->life, run->source, run->job->settings, run->job->count, LIFE_PLAIN);
    run->life.quiet = true;
    long long began = clock_now_us();
    if (life_init(&run->life) != KD_OK)
        return 0;
    measured("init_us", clock_now_us() - began);
    long long took = timed(run);
    measured("first_us", took);
    size_t after = state_heap();
    measured("heap_bytes", after > before ? (long long)(after - before) : 0);
    life_shutdown(&run->life);
    life_end(&run->life);
    measured("memory_kib", state_most_resident());
    return took;
}

/* The allocator's own caches fill up slowly, and then no more: what is lost is lost in both halves.
 */
static bool grows(const struct level levels[3], int count)
{
    size_t half = (size_t)count / 2 * LEAK_BYTES;
    return levels[1].heap > levels[0].heap + half && levels[2].heap > levels[1].heap + half;
}

static void check(const struct level levels[3], int count, bool resident)
{
    const char *what = resident ? "reconciles" : "lives";
    const struct level *middle = &levels[0], *last = &levels[2];
    if (grows(levels, count))
        found(FOUND_FAILED, "behaviour.growth", "%d %s took %zu bytes of memory, %zu each", count,
            what, last->heap - middle->heap, (last->heap - middle->heap) / (size_t)count);
    if (last->descriptors > middle->descriptors)
        found(FOUND_FAILED, "behaviour.growth", "%d %s left %d descriptors open", count, what,
            last->descriptors - middle->descriptors);
    if (last->threads > middle->threads)
        found(FOUND_FAILED, "behaviour.growth", "%d %s left %d threads", count, what,
            last->threads - middle->threads);
#ifndef __SANITIZE_ADDRESS__ /* which holds freed memory back */
    if (last->resident > middle->resident + RESIDENT_KIB)
        found(FOUND_FAILED, "behaviour.growth",
            "%d %s took %ld KiB of memory that is not the heap's", count, what,
            last->resident - middle->resident);
#endif
}

/* As many reconciles as the time allows, a look at the beginning and one at the middle. */
static int go_on(struct run *run, int most, long long until, struct level levels[2])
{
    int count = 0;
    for (; count < most && clock_now_us() < until; count++) {
        if (count == WARM)
            levels[0] = levels[1] = look();
        if (count == WARM + (most - WARM) / 2)
            levels[1] = look();
        trying("reconcile %d of %d", count + 1, most);
        if (!step(run))
            break;
    }
    return count;
}

void probe_growth(const struct kd_source *source, const struct job *job)
{
    static struct run run;
    struct level levels[3] = {0};
    run.source = source;
    run.job = job;
    run.resident = source->flags & KD_FLAG_RESIDENT;
    long long first = measure_first(&run);
    /* A slow one gets fewer, so that there is a middle. */
    long long most = first > 0 ? BUDGET_US / first / 2 : RECONCILES;
    most = most > RECONCILES ? RECONCILES : most;
    int count = go_on(&run, (int)most, clock_now_us() + BUDGET_US, levels);
    levels[2] = look();
    measured("reconciles", count);
    if (count)
        measured("reconcile_us", run.total_us / count);
    measured("worst_us", run.worst_us);
    if (count < LEAST) {
        found(FOUND_SKIPPED, "behaviour.growth", "only %d reconciles in %d s", count,
            BUDGET_US / 1000000);
        return;
    }
    check(levels, count - WARM, run.resident);
    found(FOUND_OK, "behaviour.growth", "%d %s", count, run.resident ? "reconciles" : "lives");
}
