#include "apply/observe.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/index.h"
#include "model/container.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define APART_MS      500  /* between two Lists that are compared */
#define YOUNG_MS      2000 /* states are old until then */
#define WAIT_SLICE_MS 100

void observed_finish(struct observed *observed)
{
    if (observed->list)
        kanto__list_containers_response__free_unpacked(observed->list, NULL);
    *observed = (struct observed){0};
}

static bool stopped(const struct observe_options *options)
{
    return options->stop && options->stop(options->context);
}

/* A List that is given up is cut with its connection, and harms nothing. */
static Kanto__ListContainersResponse *list_once(
    struct kanto *kanto, const struct observe_options *options, struct error *err)
{
    struct kanto_request request = {.method = KANTO_LIST};
    struct kanto_answer answer = {0};
    if (kanto->table->submit(kanto, &request, err) < 0)
        return NULL;
    while (kanto->table->next(kanto, WAIT_SLICE_MS, &answer) == 0)
        if (stopped(options)) {
            error_set(err, ERROR_UNREACHABLE, "kanto-cm does not answer List");
            return NULL;
        }
    Kanto__ListContainersResponse *list = steal(&answer.list);
    if (!list)
        error_set(err, ERROR_UNREACHABLE, "kanto-cm does not answer List: %s",
            answer.message ? answer.message : "an empty message");
    kanto_answer_finish(&answer);
    return list;
}

static bool told_by(const Kanto__ListContainersResponse *list, const struct index *ids,
    const Kanto__Container *container)
{
    size_t place = 0;
    return index_find(ids, container_id(container), &place) &&
           container_status(list->containers[place]) == container_status(container);
}

/* The order of a List is random. */
static bool same(const Kanto__ListContainersResponse *a, const Kanto__ListContainersResponse *b)
{
    struct index ids = {0};
    bool same = a->n_containers == b->n_containers;
    for (size_t i = 0; i < b->n_containers; i++)
        index_put(&ids, container_id(b->containers[i]), i);
    for (size_t i = 0; same && i < a->n_containers; i++)
        same = told_by(b, &ids, a->containers[i]);
    index_finish(&ids);
    return same;
}

static void wait_ms(int64_t ms, const struct observe_options *options)
{
    for (; ms > 0 && !stopped(options); ms -= WAIT_SLICE_MS)
        poll(NULL, 0, (int)(ms < WAIT_SLICE_MS ? ms : WAIT_SLICE_MS));
}

static bool owns_any(const struct journal *journal)
{
    for (size_t i = 0; i < journal->count; i++)
        if (journal->entries[i].phase == JOURNAL_DEPLOYED)
            return true;
    return false;
}

/* Lists until two say the same. An observed->list is there when this returns 0. */
static int settle(struct kanto *kanto, const struct journal *journal,
    const struct observe_options *options, struct observed *observed, struct error *err)
{
    int64_t until = clock_now_ms() + options->patience_ms;
    int64_t age = kanto->table->daemon_age_ms(kanto);
    if (age >= 0)
        wait_ms(YOUNG_MS - APART_MS - age, options);
    for (;;) {
        Kanto__ListContainersResponse *list = list_once(kanto, options, err);
        if (!list)
            return -1;
        observed->calls++;
        bool agreed = observed->list && same(observed->list, list);
        if (observed->list)
            kanto__list_containers_response__free_unpacked(observed->list, NULL);
        observed->list = list;
        if (agreed && !(list->n_containers == 0 && owns_any(journal)))
            return 0;
        if (clock_now_ms() >= until || stopped(options))
            return 0;
        wait_ms(APART_MS, options);
    }
}

int observe(struct kanto *kanto, const struct journal *journal,
    const struct observe_options *options, struct observed *ret_observed, struct error *err)
{
    struct observed observed = {.booted = clock_wall_ms() - clock_now_ms()};
    int64_t age = kanto->table->daemon_age_ms(kanto);
    if (age >= 0)
        observed.daemon_began = clock_wall_ms() - age;
    bool settled = age >= 0 && age >= options->settle_ms;
    if (settled && (observed.list = list_once(kanto, options, err)))
        observed.calls = 1;
    if (settled ? !observed.list : settle(kanto, journal, options, &observed, err) < 0) {
        observed_finish(&observed);
        return -1;
    }
    *ret_observed = observed;
    return 0;
}
