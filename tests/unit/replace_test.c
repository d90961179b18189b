/* Every way through a replacement, with an end at every point of it: a toy daemon behaves as the
 * recorded one does (stops under each policy, an Update that starts), jobs are advanced by `next`
 * alone, and after each interruption a new job knows nothing but the List. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/defaults.h"
#include "plan/job.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 40
#define NEVER     999

enum behaviour { GOOD, CRASHES, REFUSED, UNUSABLE_ONCE };
enum before { RUNS, STOPPED_BY_HAND, LOOPS, WAS_DOWN };

struct scenario {
    enum container_policy policy;
    enum behaviour behaviour;
    enum before before;
    bool start_first;
    bool soak;
};

/* The daemon: containers, and what their process does. */
static struct {
    Kanto__ListContainersResponse list;
    Kanto__Container *containers[8];
    bool unusable[8];
    enum behaviour behaviour; /* of image 2 */
    bool unusable_already;
    char trouble[200]; /* something that must never happen */
} toy;

static struct desired_set desired_set;
static uint64_t fired; /* every step that was taken */

static void set_text(char **place, const char *text)
{
    free(*place);
    *place = memory_string(text);
}

static bool is_new(const Kanto__Container *container)
{
    return strstr(container->image->name, ":2") != NULL;
}

static bool runs(const Kanto__Container *container)
{
    return container_status(container) == STATUS_RUNNING;
}

static Kanto__Container *toy_add(const Kanto__Container *container)
{
    Kanto__Container *copy = container_clone(container);
    size_t at = toy.list.n_containers++;
    ck_assert_uint_lt(at, countof(toy.containers));
    container_normalise(copy);
    if (!copy->state) {
        copy->state = memory_zeroed(1, sizeof(*copy->state));
        kanto__state__init(copy->state);
    }
    set_text(&copy->state->status, "Created");
    toy.containers[at] = copy;
    toy.unusable[at] = false;
    return copy;
}

static size_t toy_find(const char *id)
{
    for (size_t i = 0; i < toy.list.n_containers; i++)
        if (strcmp(toy.containers[i]->id, id) == 0)
            return i;
    return SIZE_MAX;
}

static void toy_remove(size_t at)
{
    container_free(toy.containers[at]);
    toy.list.n_containers--;
    for (size_t i = at; i < toy.list.n_containers; i++) {
        toy.containers[i] = toy.containers[i + 1];
        toy.unusable[i] = toy.unusable[i + 1];
    }
}

static void toy_clear(void)
{
    while (toy.list.n_containers)
        toy_remove(0);
    memset(&toy, 0, sizeof(toy));
    kanto__list_containers_response__init(&toy.list);
    toy.list.containers = toy.containers;
}

static void exit_with(Kanto__Container *container, int code)
{
    set_text(&container->state->status, "Exited");
    container->state->has_exit_code = true;
    container->state->exit_code = code;
}

static enum result toy_start(size_t at)
{
    Kanto__Container *container = toy.containers[at];
    if (runs(container))
        return RESULT_OK;
    if (is_new(container) && toy.behaviour == UNUSABLE_ONCE && !toy.unusable_already) {
        toy.unusable_already = true;
        toy.unusable[at] = true;
    }
    if (toy.unusable[at])
        return RESULT_UNUSABLE;
    if (is_new(container) && toy.behaviour == REFUSED)
        return RESULT_REFUSED;
    set_text(&container->state->status, "Running");
    set_text(&container->state->started_at, "2026-01-01T00:00:00Z");
    set_text(&container->state->error, NULL);
    container->state->has_exit_code = true;
    container->state->exit_code = 0;
    container->has_manually_stopped = container->has_restart_count = true;
    container->manually_stopped = false;
    container->restart_count = 0;
    return RESULT_OK;
}

static enum result toy_stop(size_t at)
{
    Kanto__Container *container = toy.containers[at];
    enum container_policy policy = container_policy_kind(container);
    if (container_status(container) == STATUS_EXITED)
        return RESULT_REFUSED;
    if (!runs(container))
        return RESULT_OK;
    if (policy == POLICY_ALWAYS || policy == POLICY_ON_FAILURE) /* killed: 137 */
        snprintf(toy.trouble, sizeof(toy.trouble), "a Stop that the policy undoes");
    set_text(&container->state->status, "Stopped");
    container->state->exit_code = 137;
    container->manually_stopped = true;
    return RESULT_OK;
}

/* Recorded: update-states. */
static enum result toy_update(size_t at, const struct job *job)
{
    Kanto__Container *container = toy.containers[at];
    const Kanto__RestartPolicy *policy;
    const Kanto__Resources *resources;
    scoped_container Kanto__Container *owner = NULL;
    enum container_policy before = container_policy_kind(container);
    job_update(job, &policy, &resources, &owner);
    container_copy_policy(container, owner);
    enum container_policy after = container_policy_kind(container);
    enum container_status status = container_status(container);
    bool down = status == STATUS_STOPPED || status == STATUS_EXITED;
    if (!down || before == after)
        return RESULT_OK;
    if (container->manually_stopped && after == POLICY_ALWAYS)
        snprintf(toy.trouble, sizeof(toy.trouble), "a policy that starts what was stopped by hand");
    bool starts = after == POLICY_ALWAYS ||
                  (after == POLICY_UNLESS_STOPPED && !container->manually_stopped) ||
                  (after == POLICY_ON_FAILURE && container->state->exit_code != 0);
    if (starts)
        toy_start(at);
    else if (after == POLICY_NO)
        set_text(&container->state->status, "Stopped");
    return RESULT_OK;
}

/* Time passes: what crashes has crashed. */
static void toy_soak(void)
{
    for (size_t i = 0; i < toy.list.n_containers; i++) {
        Kanto__Container *container = toy.containers[i];
        if (!is_new(container) || toy.behaviour != CRASHES || !runs(container))
            continue;
        container->restart_count++;
        exit_with(container, 3);
    }
}

static void count_running(size_t *ret_old, size_t *ret_new)
{
    *ret_old = *ret_new = 0;
    for (size_t i = 0; i < toy.list.n_containers; i++)
        *(is_new(toy.containers[i]) ? ret_new : ret_old) += runs(toy.containers[i]);
}

static void watch_removal(const struct job *job, size_t at)
{
    size_t old, newer;
    count_running(&old, &newer);
    if (!is_new(toy.containers[at]) && job->live[job->move.live].role == ROLE_OLD && newer == 0 &&
        !toy.unusable[at])
        snprintf(toy.trouble, sizeof(toy.trouble), "the old one removed while no new one runs");
}

static void act(struct job *job)
{
    const char *id = job->target;
    size_t at = id ? toy_find(id) : SIZE_MAX;
    scoped_container Kanto__Container *request = NULL;
    const Kanto__Container *answer = NULL;
    enum result result = RESULT_OK;
    switch (job->move.action) {
    case ACTION_CREATE:
        request = job_request(job);
        if (at == SIZE_MAX)
            answer = toy_add(request);
        else
            result = RESULT_TAKEN;
        break;
    case ACTION_START:
        result = toy_start(at);
        break;
    case ACTION_STOP:
        result = toy_stop(at);
        break;
    case ACTION_UPDATE:
        result = toy_update(at, job);
        break;
    case ACTION_REMOVE:
        watch_removal(job, at);
        toy_remove(at);
        break;
    case ACTION_LOOK:
        answer = at == SIZE_MAX ? NULL : toy.containers[at];
        break;
    case ACTION_SOAK:
        toy_soak();
        answer = job->move.shared ? toy.containers[at] : NULL;
        break;
    default:
        break;
    }
    job_begin(job, 0);
    job_end(job, result, result == RESULT_OK ? NULL : "refused",
        answer ? container_clone(answer) : NULL, NULL, 0);
}

/* What the daemon told, which stays as it was told. */
struct told {
    Kanto__ListContainersResponse list;
    Kanto__Container *containers[8];
};

static void toy_list(struct told *told)
{
    kanto__list_containers_response__init(&told->list);
    told->list.containers = told->containers;
    told->list.n_containers = toy.list.n_containers;
    for (size_t i = 0; i < toy.list.n_containers; i++)
        told->containers[i] = container_clone(toy.containers[i]);
}

static void told_finish(struct told *told)
{
    for (size_t i = 0; i < told->list.n_containers; i++)
        container_free(told->containers[i]);
}

/* One pass that is killed before its call number `end`. Returns the verdict, VERDICT_NONE when it
 * was killed. */
static enum verdict pass(unsigned end, bool hold, unsigned *ret_calls)
{
    struct told told;
    struct snapshot world = {.mode = MODE_UPDATE, .list = &told.list, .hold = hold};
    struct job job;
    unsigned calls = 0;
    toy_list(&told);
    snapshot_index(&world);
    job_init(&job, &desired_set.items[0], &world);
    for (; job.move.action != ACTION_VERDICT && calls < end; calls++) {
        ck_assert_msg(calls < CALLS_MAX, "a pass that does not end");
        ck_assert_msg(!hold || job.move.action == ACTION_START, "%s under hold",
            action_word(job.move.action));
        fired |= UINT64_C(1) << job.move.step;
        act(&job);
        job_decide(&job, 0);
    }
    enum verdict verdict = job.move.action == ACTION_VERDICT ? job.move.verdict : VERDICT_NONE;
    *ret_calls = calls;
    job_finish(&job);
    snapshot_finish(&world);
    told_finish(&told);
    return verdict;
}

static Kanto__Container *version(int number, enum container_policy policy)
{
    Kanto__Container *container = memory_zeroed(1, sizeof(*container));
    kanto__container__init(container);
    container->name = memory_string("web");
    container->image = memory_zeroed(1, sizeof(*container->image));
    kanto__image__init(container->image);
    container->image->name = memory_format("localhost:5000/web:%d", number);
    container_set_policy(container, policy);
    return container;
}

static void set_up(const struct scenario *scenario)
{
    scoped_container Kanto__Container *one = version(1, scenario->policy);
    scoped_container Kanto__Container *two = version(2, scenario->policy);
    struct desired_set first = {0};
    char id[ID_SIZE];
    toy_clear();
    desired_finish(&desired_set);
    desired_add(&first, one, "manifests", "web.json", "web.json", NULL);
    desired_add(&desired_set, two, "manifests", "web.json", "web.json", NULL);
    desired_set.items[0].soak_ms = scenario->soak ? 10 : 0;
    desired_set.items[0].start_first = scenario->start_first;
    id_make("web", &first.items[0].digest, 0, id);
    one->id = memory_string(id);
    Kanto__Container *old = toy_add(one);
    desired_finish(&first);
    toy_start(0);
    toy.behaviour = scenario->behaviour;
    if (scenario->before == STOPPED_BY_HAND) {
        set_text(&old->state->status, "Stopped");
        old->manually_stopped = true;
        old->state->exit_code = 137;
    } else if (scenario->before == LOOPS) {
        exit_with(old, 1);
    } else if (scenario->before == WAS_DOWN) {
        set_text(&old->state->status, "Stopped");
    }
}

static const char *told(const struct scenario *scenario, unsigned end)
{
    static char text[300];
    static const char *const befores[] = {"runs", "stopped by hand", "loops", "was down"};
    static const char *const behaviours[] = {"good", "crashes", "refused", "unusable once"};
    int length = snprintf(text, sizeof(text),
        "%s, old %s, new %s, %s%s, killed before call %u:", container_policy_word(scenario->policy),
        befores[scenario->before], behaviours[scenario->behaviour],
        scenario->start_first ? "start-first" : "create-first", scenario->soak ? "" : ", no soak",
        end);
    for (size_t i = 0; i < toy.list.n_containers && length < (int)sizeof(text); i++)
        length += snprintf(text + length, sizeof(text) - (size_t)length, " [%s %s %s]",
            toy.containers[i]->image->name + 15, toy.containers[i]->state->status,
            container_policy(toy.containers[i]));
    return text;
}

/* The new one, and nothing else. */
static void expect_replaced(const struct scenario *scenario, unsigned end)
{
    ck_assert_msg(toy.list.n_containers == 1 && is_new(toy.containers[0]) &&
                      runs(toy.containers[0]) &&
                      container_policy_kind(toy.containers[0]) == scenario->policy,
        "%s", told(scenario, end));
}

/* The old one as it was, and nothing else. */
static void expect_restored(const struct scenario *scenario, unsigned end)
{
    ck_assert_msg(toy.list.n_containers == 1 && !is_new(toy.containers[0]) &&
                      container_policy_kind(toy.containers[0]) == scenario->policy,
        "%s", told(scenario, end));
    ck_assert_msg(scenario->before != RUNS || runs(toy.containers[0]), "%s", told(scenario, end));
    ck_assert_msg(scenario->before != STOPPED_BY_HAND || toy.containers[0]->manually_stopped, "%s",
        told(scenario, end));
}

static void go(const struct scenario *scenario, unsigned end, unsigned *ret_calls)
{
    unsigned again = 0;
    set_up(scenario);
    pass(end, false, ret_calls);
    enum verdict verdict = pass(NEVER, false, &again);
    ck_assert_msg(!*toy.trouble, "%s %s", told(scenario, end), toy.trouble);
    bool good = scenario->behaviour == GOOD || scenario->behaviour == UNUSABLE_ONCE ||
                (scenario->behaviour == CRASHES && !scenario->soak);
    if (good)
        expect_replaced(scenario, end);
    else
        expect_restored(scenario, end);
    if (good)
        ck_assert_msg(verdict != VERDICT_FAILED && verdict != VERDICT_NONE, "%s: verdict %s",
            told(scenario, end), verdict_word(verdict));
}

static const enum container_policy policies[] = {
    POLICY_NO, POLICY_ON_FAILURE, POLICY_ALWAYS, POLICY_UNLESS_STOPPED};

START_TEST(killed_before_every_call)
{
    struct scenario scenario = {.policy = policies[_i % 4], .behaviour = (enum behaviour)(_i / 4)};
    unsigned most = 0, calls = 0;
    for (int rest = 0; rest < 16; rest++) {
        scenario.before = (enum before)(rest & 3);
        scenario.start_first = rest & 4;
        scenario.soak = rest & 8;
        /* One that never loops cannot be found looping. */
        if (scenario.before == LOOPS && scenario.policy == POLICY_NO)
            continue;
        go(&scenario, NEVER, &most);
        for (unsigned end = 0; end < most; end++)
            go(&scenario, end, &calls);
    }
    toy_clear();
    desired_finish(&desired_set);
}
END_TEST

/* Whatever was going on when the file appeared: something runs if something ran, and when the file
 * is gone it is brought to its end. */
START_TEST(held_before_every_call)
{
    struct scenario scenario = {.policy = policies[_i % 4], .behaviour = GOOD, .soak = true};
    scenario.start_first = _i / 4;
    unsigned most = 0, calls = 0;
    size_t old, new;
    set_up(&scenario);
    pass(NEVER, false, &most);
    for (unsigned end = 0; end < most; end++) {
        set_up(&scenario);
        pass(end, false, &calls);
        pass(NEVER, true, &calls);
        count_running(&old, &new);
        ck_assert_msg(old + new > 0, "%s nothing runs under hold", told(&scenario, end));
        pass(NEVER, false, &calls);
        expect_replaced(&scenario, end);
    }
    toy_clear();
    desired_finish(&desired_set);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replace");
    TCase *cases = tcase_create("replace");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, killed_before_every_call, 0, 16);
    tcase_add_loop_test(cases, held_before_every_call, 0, 8);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
