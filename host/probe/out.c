/* How a plugin uses kd_out and kd_have, and whether it listens to the host. */
#include "loader/relay.h"
#include "probe/life.h"
#include "probe/probe.h"
#include "probe/state.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOON_MS 5000
#define GARBAGE 0xa5

void probe_items(const struct kd_source *source, const struct job *job)
{
    struct life life;
    life_begin(&life, source, job->settings, job->count, LIFE_PLAIN);
    life.record.watch_items = true;
    int32_t result = life_init(&life);
    if (result == KD_OK) {
        result = life_reconcile(&life, NULL, NULL, 0);
        life_shutdown(&life);
    }
    if (life.record.item_fault[0])
        found(FOUND_FAILED, "behaviour.items", "%s", life.record.item_fault);
    else if (!life.record.items)
        found(FOUND_SKIPPED, "behaviour.items", "there are none with these settings");
    else
        found(FOUND_OK, "behaviour.items", "%zu", life.record.items);
    life_end(&life);
}

static void refuse(const struct kd_source *source, const struct job *job, size_t at)
{
    struct life life;
    trying("put number %zu is refused", at);
    life_begin(&life, source, job->settings, job->count, LIFE_PLAIN);
    life.record.refuse_at = at;
    if (life_init(&life) == KD_OK) {
        int32_t result = life_reconcile(&life, NULL, NULL, 0);
        if (result != KD_FATAL && result != KD_RETRY)
            found(FOUND_FAILED, "contract.put",
                "put number %zu was refused, and reconcile returned %s, expected KD_FATAL", at,
                life_word(result));
        else if (result == KD_RETRY)
            found(FOUND_WARNING, "contract.put",
                "put number %zu was refused, and reconcile returned KD_RETRY, expected KD_FATAL",
                at);
        if (life.record.puts_after)
            found(FOUND_WARNING, "contract.put",
                "put was called %zu more times after it was refused", life.record.puts_after);
        life_shutdown(&life);
    }
    life_end(&life);
}

void probe_put(const struct kd_source *source, const struct job *job)
{
    struct record plain;
    life_once(source, job, &plain);
    if (plain.items == 0) {
        found(FOUND_SKIPPED, "contract.put", "nothing is put with these settings");
        return;
    }
    refuse(source, job, 1);
    if (plain.items > 1)
        refuse(source, job, plain.items);
    found(FOUND_OK, "contract.put", "KD_FATAL");
}

struct watch {
    struct life *life;
    long long since_us; /* cancelled since; 0: not yet */
};

/* Says "cancelled" after 20 ms, unless put said it before, and ends the process when that did not
 * help. */
static void *cancel_and_wait(void *argument)
{
    struct life *life = argument;
    usleep(20000);
    atomic_store(&life->cancelled, 1);
    for (int i = 0; i < SOON_MS / 10; i++) {
        if (atomic_load(&life->over))
            return NULL;
        usleep(10000);
    }
    found(FOUND_FAILED, "contract.cancelled",
        "reconcile did not return within %d s of being cancelled: look at host->cancelled in every "
        "loop and every wait",
        SOON_MS / 1000);
    relay_empty(FRAME_DONE);
    _exit(EXIT_SUCCESS);
}

static void cancel(const struct kd_source *source, const struct job *job, bool at_put, bool at_once)
{
    struct life life;
    pthread_t thread;
    life_begin(&life, source, job->settings, job->count, LIFE_PLAIN);
    life.cancel_at_put = at_put;
    atomic_store(&life.cancelled, at_once);
    if (life_init(&life) != KD_OK) {
        life_end(&life);
        return;
    }
    if (pthread_create(&thread, NULL, cancel_and_wait, &life) != 0)
        _exit(EXIT_FAILURE);
    int32_t result = life_reconcile(&life, NULL, NULL, 0);
    if (result != KD_RETRY && result != KD_COMPLETE)
        found(FOUND_FAILED, "contract.cancelled",
            "cancelled, reconcile returned %s, expected KD_RETRY (or KD_COMPLETE when it was done)",
            life_word(result));
    life_shutdown(&life);
    pthread_join(thread, NULL);
    life_end(&life);
}

void probe_cancelled(const struct kd_source *source, const struct job *job)
{
    trying("cancelled while it reconciles");
    cancel(source, job, true, false);
    trying("cancelled before it reconciles");
    cancel(source, job, false, true);
    found(FOUND_OK, "contract.cancelled", "it returned soon");
}

/* A pass that asks once does not pay for a watch. */
static void live_once(const struct kd_source *source, const struct job *job, int threads)
{
    struct life life;
    trying("a host that does not stay");
    life_begin(&life, source, job->settings, job->count, LIFE_PLAIN);
    if (life_init(&life) == KD_OK) {
        int more = state_threads() - threads;
        if (more > 0)
            found(FOUND_WARNING, "contract.threads",
                "init started %d threads for a host that does not stay: look at KD_HOST_STAYS",
                more);
        life_shutdown(&life);
    }
    state_settle(threads);
    life_end(&life);
}

void probe_threads(const struct kd_source *source, const struct job *job)
{
    struct life life;
    int threads = state_threads(), children = state_children();
    if (source->flags & KD_FLAG_RESIDENT)
        live_once(source, job, threads);
    trying("a life, in which changed may be called");
    life_begin(&life, source, job->settings, job->count, LIFE_PLAIN);
    life_stay(&life);
    if (life_init(&life) == KD_OK) {
        life_reconcile(&life, NULL, NULL, 0);
        life_shutdown(&life);
    }
    if (life.foreign)
        found(FOUND_FAILED, "contract.threads",
            "%s was called on another thread, expected log, changed and cancelled there alone",
            life.foreign);
    trying("after shutdown");
    int left = state_settle(threads) - threads;
    if (left > 0)
        found(FOUND_FAILED, "contract.threads", "shutdown left %d threads", left);
    if (state_children() > children)
        found(FOUND_FAILED, "contract.threads", "shutdown left %d child processes",
            state_children() - children);
    if (life.too_late)
        found(FOUND_FAILED, "contract.threads", "%s was called after shutdown", life.too_late);
    found(FOUND_OK, "contract.threads", "none is left");
    /* life stays: a thread that is left over may look at it. */
}

/* A life with that in `have`. */
static int32_t with_have(const struct kd_source *source, const struct job *job,
    const char *revision, const void *memo, uint32_t size, struct record *ret_record)
{
    struct life life;
    life_begin(&life, source, job->settings, job->count, LIFE_EXACT);
    int32_t result = life_init(&life);
    if (result == KD_OK) {
        result = life_reconcile(&life, revision, memo, size);
        life_shutdown(&life);
    }
    *ret_record = life.record;
    life_end(&life);
    return result;
}

/* COMPLETE with the set of the first time, or where it is allowed UNCHANGED. */
static void expect(int32_t result, const struct record *got, const struct record *first,
    bool unchanged, const char *have)
{
    if (result == KD_UNCHANGED && !unchanged)
        found(
            FOUND_FAILED, "contract.have", "%s: found KD_UNCHANGED, expected the whole set", have);
    else if (result != KD_COMPLETE && result != KD_UNCHANGED)
        found(FOUND_FAILED, "contract.have", "%s: found %s, expected the whole set", have,
            life_word(result));
    else if (result == KD_COMPLETE && got->digest != first->digest)
        found(FOUND_FAILED, "contract.have", "%s: found %zu items, expected the same %zu as before",
            have, got->items, first->items);
}

void probe_have(const struct kd_source *source, const struct job *job)
{
    static struct record first, again;
    static unsigned char garbage[KD_MEMO_MAX];
    memset(garbage, GARBAGE, sizeof(garbage));
    trying("nothing is kept");
    int32_t result = with_have(source, job, "", NULL, 0, &first);
    expect(result, &first, &first, false, "with nothing kept");
    bool keeps = first.revision[0] || first.memo_size;
    trying("what it gave the first time is kept");
    result = with_have(source, job, first.revision, first.memo, first.memo_size, &again);
    expect(result, &again, &first, keeps, "with its own revision and memo");
    bool unchanged = result == KD_UNCHANGED;
    trying("a revision and a memo that are not its own");
    result = with_have(source, job, "no revision of yours", garbage, sizeof(garbage), &again);
    expect(result, &again, &first, false, "with a revision and a memo that are not its own");
    trying("a memo that was cut short");
    result =
        with_have(source, job, "no revision of yours", first.memo, first.memo_size / 2, &again);
    expect(result, &again, &first, false, "with half its memo and another revision");
    found(FOUND_OK, "contract.have",
        keeps ? unchanged ? "KD_UNCHANGED for its own alone" : "the whole set again"
              : "it keeps neither revision nor memo");
}
