/* The host as its plugins may meet it: of an older or a newer minor, gone after the call, and twice
 * at once. */
#include "probe/life.h"
#include "probe/probe.h"
#include "probe/state.h"

#include <stdbool.h>
#include <unistd.h>

/* A life in that memory states what a plain one does. */
static bool live_in(const struct kd_source *source, const struct job *job, enum life_memory memory,
    const char *check, int32_t expected, const struct record *plain)
{
    struct life life;
    life_begin(&life, source, job->settings, job->count, memory);
    int32_t result = life_init(&life);
    if (result == KD_OK) {
        result = life_reconcile(&life, NULL, NULL, 0);
        life_shutdown(&life);
    }
    bool same = result == expected && life.record.digest == plain->digest;
    if (!same)
        found(FOUND_FAILED, check, "found %s with %zu items, expected %s with %zu, as elsewhere",
            life_word(result), life.record.items, life_word(expected), plain->items);
    life_end(&life);
    return same;
}

void probe_sizes(const struct kd_source *source, const struct job *job)
{
    struct record plain;
    trying("a host of this version");
    int32_t expected = life_once(source, job, &plain);
    trying("a host whose structs end where their size says");
    live_in(source, job, LIFE_EXACT, "contract.sizes", expected, &plain);
    trying("a host of a newer minor, with larger structs");
    live_in(source, job, LIFE_LARGER, "contract.sizes", expected, &plain);
    found(FOUND_OK, "contract.sizes", "the same set from an older and a newer host");
}

void probe_lifetime(const struct kd_source *source, const struct job *job)
{
    struct life life;
    life_begin(&life, source, job->settings, job->count, LIFE_EXACT);
    life_stay(&life);
    if (life_init(&life) != KD_OK) {
        found(FOUND_FAILED, "contract.lifetime", "init failed");
        return;
    }
    trying("the settings are gone after init");
    life_seal_settings(&life);
    life_reconcile(&life, "", NULL, 0);
    if (source->flags & KD_FLAG_RESIDENT) {
        trying("a second reconcile; have and out of the first are gone");
        life_reconcile(&life, "", NULL, 0);
    }
    trying("have and out are gone after reconcile");
    life_shutdown(&life);
    trying("kd_host is gone after shutdown");
    life_seal_host(&life);
    usleep(50000); /* for a thread that should not be there */
    found(FOUND_OK, "contract.lifetime", "settings, have, out and host were let go");
}

static bool agree(struct life *life, const char *which, size_t items, uint64_t digest)
{
    int32_t result = life_reconcile(life, NULL, NULL, 0);
    if (result == KD_COMPLETE && life->record.digest == digest)
        return true;
    found(FOUND_FAILED, "contract.instances",
        "%s: found %s with %zu items, expected KD_COMPLETE with %zu", which, life_word(result),
        life->record.items, items);
    return false;
}

void probe_instances(const struct kd_source *source, const struct job *job)
{
    struct record plain;
    struct life first, second;
    life_once(source, job, &plain);
    life_begin(&first, source, job->settings, job->count, LIFE_EXACT);
    life_begin(&second, source, job->settings, job->count, LIFE_EXACT);
    life_stay(&first);
    life_stay(&second);
    trying("two inits");
    int32_t one = life_init(&first), two = life_init(&second);
    if (one != KD_OK || two != KD_OK) {
        found(FOUND_FAILED, "contract.instances", "the first init returned %s, the second %d",
            life_word(one), two);
        return;
    }
    if (first.state && first.state == second.state)
        found(FOUND_FAILED, "contract.instances",
            "both inits gave the same state: a static variable, where each should have its own");
    trying("two at once: the first reconciles after the second's init");
    agree(&first, "the first of two", plain.items, plain.digest);
    trying("two at once: the first is shut down");
    life_shutdown(&first);
    life_seal_host(&first);
    trying("two at once: the second reconciles after the first's shutdown");
    agree(&second, "the second, after the first's shutdown", plain.items, plain.digest);
    life_shutdown(&second);
    if (first.too_late)
        found(FOUND_FAILED, "contract.instances",
            "%s of the first's host was called after its shutdown", first.too_late);
    found(FOUND_OK, "contract.instances", "two at once, and one outlives the other");
}
