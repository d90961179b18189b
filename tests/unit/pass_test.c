/* A whole pass, against a daemon that lives in this process. */
#include "apply/pass.h"
#include "base/cleanup.h"
#include "base/memory.h"
#include "fake_kanto.h"
#include "suite.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct fake_kanto fake;
static struct desired_set desired_set;
static struct journal journal;
static struct observed observed;
static struct pass pass;
static char folder[32];
static bool stopping;

static void setup(void)
{
    struct error err = {0};
    char *notice = NULL;
    stopping = false;
    snprintf(folder, sizeof(folder), "/tmp/kd-pass-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    fake_kanto_init(&fake);
    ck_assert_int_eq(journal_open(folder, 0, &journal, &notice, &err), 0);
}

static void teardown(void)
{
    pass_finish(&pass);
    observed_finish(&observed);
    desired_finish(&desired_set);
    journal_close(&journal);
    fake_kanto_finish(&fake);
    scoped_free char *command = memory_format("rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void desire(const char *name, const char *explicit_id, const char *peer)
{
    scoped_container Kanto__Container *container = memory_zeroed(1, sizeof(*container));
    kanto__container__init(container);
    container->name = memory_string(name);
    container->id = memory_string(explicit_id);
    container->image = memory_zeroed(1, sizeof(*container->image));
    kanto__image__init(container->image);
    container->image->name = memory_string("localhost:5000/sleeper:1");
    if (peer) {
        container->host_config = memory_zeroed(1, sizeof(*container->host_config));
        kanto__host_config__init(container->host_config);
        container->host_config->extra_hosts = memory_zeroed(1, sizeof(char *));
        container->host_config->extra_hosts[0] = memory_format("peer:container_%s-host", peer);
        container->host_config->n_extra_hosts = 1;
    }
    ck_assert(desired_add(&desired_set, container, "manifests", name, name, NULL));
}

static bool asked(void *context)
{
    (void)context;
    return stopping;
}

/* One pass from the first List to the last verdict. */
static void run(enum mode mode)
{
    struct observe_options observe_options = {.settle_ms = 10000, .patience_ms = 1000};
    struct pass_options options = {.mode = mode, .parallel = 4, .stop = asked};
    struct error err = {0};
    pass_finish(&pass);
    observed_finish(&observed);
    fake.call_count = 0;
    ck_assert_msg(
        observe(&fake.kanto, &journal, &observe_options, &observed, &err) == 0, "%s", err.text);
    pass_init(&pass, &desired_set, &observed, &journal, &options);
    pass_run(&pass, &fake.kanto, &journal, &options);
}

static void expect(size_t index, enum verdict verdict)
{
    const struct story *story = pass.stories.items[index];
    const struct story_row *refusal = story_refusal(story);
    ck_assert_msg(story->verdict == verdict, "%s: got \"%s\" (%s; %s), expected \"%s\"",
        story->name, verdict_word(story->verdict), story->reason ? story->reason : "no reason",
        refusal ? refusal->message : "no message", verdict_word(verdict));
}

static void expect_calls(size_t lists, size_t creates, size_t starts, size_t others)
{
    ck_assert_uint_eq(fake_kanto_count(&fake, KANTO_LIST), lists);
    ck_assert_uint_eq(fake_kanto_count(&fake, KANTO_CREATE), creates);
    ck_assert_uint_eq(fake_kanto_count(&fake, KANTO_START), starts);
    ck_assert_uint_eq(fake.call_count, lists + creates + starts + others);
}

START_TEST(the_second_pass_makes_one_list)
{
    for (int i = 0; i < 20; i++) {
        scoped_free char *name = memory_format("c%d", i);
        desire(name, NULL, NULL);
    }
    run(MODE_START);
    expect_calls(1, 20, 20, 0);
    ck_assert_uint_le(fake.most_in_flight, 4);
    ck_assert_uint_gt(fake.most_in_flight, 1);
    for (size_t i = 0; i < 20; i++)
        expect(i, VERDICT_DEPLOYED);
    run(MODE_START);
    expect_calls(1, 0, 0, 0);
    for (size_t i = 0; i < 20; i++)
        expect(i, VERDICT_KEEP);
}
END_TEST

static bool refuse_bad(
    struct fake_kanto *kanto, const struct fake_call *call, struct kanto_answer *answer)
{
    (void)kanto;
    if (call->method != KANTO_CREATE || strcmp(call->name, "bad") != 0)
        return false;
    answer->outcome = KANTO_REFUSED;
    answer->message = memory_string("failed to resolve reference \"x\": x: not found");
    return true;
}

START_TEST(one_failure_stops_nobody)
{
    desire("a", NULL, NULL);
    desire("bad", NULL, NULL);
    desire("c", NULL, NULL);
    fake.decide = refuse_bad;
    run(MODE_START);
    expect(0, VERDICT_DEPLOYED);
    expect(1, VERDICT_FAILED);
    expect(2, VERDICT_DEPLOYED);
    ck_assert_str_eq(story_refusal(pass.stories.items[1])->message,
        "failed to resolve reference \"x\": x: not found");
}
END_TEST

static bool journal_first(
    struct fake_kanto *kanto, const struct fake_call *call, struct kanto_answer *answer)
{
    struct journal look;
    char *notice = NULL;
    (void)kanto;
    (void)answer;
    if (call->method != KANTO_CREATE)
        return false;
    journal_peek(folder, &look, &notice);
    ck_assert_ptr_null(notice);
    ck_assert_msg(
        journal_find(&look, call->id) != NULL, "%s is sent before it is on the disk", call->id);
    journal_close(&look);
    return false;
}

START_TEST(ids_are_on_the_disk_before_the_call)
{
    desire("a", NULL, NULL);
    desire("b", "b", NULL);
    fake.decide = journal_first;
    run(MODE_START);
    ck_assert_int_eq(journal_find(&journal, "b")->phase, JOURNAL_DEPLOYED);
}
END_TEST

START_TEST(an_explicit_id_is_kept_when_it_is_free)
{
    desire("web", "web", NULL);
    desire("db", "taken", NULL);
    fake_kanto_add(&fake, "taken", "somebody-else", "x/y:1", "Running");
    run(MODE_START);
    ck_assert_str_eq(pass.stories.items[0]->id, "web");
    ck_assert(id_is_for_name(pass.stories.items[1]->id, "db"));
}
END_TEST

/* The Create of an interrupted run went through after all: its answer was lost, and List did not
 * show it. */
static bool appears_late(
    struct fake_kanto *kanto, const struct fake_call *call, struct kanto_answer *answer)
{
    if (call->method != KANTO_CREATE || kanto->context)
        return false;
    kanto->context =
        fake_kanto_add(kanto, call->id, call->name, "localhost:5000/sleeper:1", "Created");
    answer->outcome = KANTO_REFUSED;
    answer->message = memory_format("container with id = %s already exists", call->id);
    return true;
}

START_TEST(a_lost_create_is_found_and_started)
{
    desire("web", NULL, NULL);
    fake.decide = appears_late;
    run(MODE_START);
    expect(0, VERDICT_DEPLOYED);
    ck_assert_uint_eq(fake.list.n_containers, 1);
    expect_calls(1, 1, 1, 1);
}
END_TEST

static bool make_first_unusable(
    struct fake_kanto *kanto, const struct fake_call *call, struct kanto_answer *answer)
{
    if (call->method != KANTO_START || (kanto->context && strcmp(kanto->context, call->id) != 0))
        return false;
    if (!kanto->context)
        kanto->context = memory_string(call->id);
    answer->outcome = KANTO_REFUSED;
    answer->message = memory_format("container with ID = %s already exists", call->id);
    return true;
}

START_TEST(a_unusable_one_is_made_again_under_another_id)
{
    desire("web", NULL, NULL);
    fake.decide = make_first_unusable;
    run(MODE_START);
    expect(0, VERDICT_DEPLOYED);
    ck_assert_uint_eq(fake.list.n_containers, 1);
    ck_assert_str_ne(fake.list.containers[0]->id, fake.context);
    expect_calls(1, 2, 2, 1);
    free(fake.context);
}
END_TEST

static bool lose_connection(
    struct fake_kanto *kanto, const struct fake_call *call, struct kanto_answer *answer)
{
    (void)kanto;
    if (call->method != KANTO_START)
        return false;
    answer->outcome = KANTO_UNKNOWN;
    answer->status = 14;
    answer->message = memory_string("Socket closed");
    return true;
}

START_TEST(a_lost_daemon_ends_the_pass_and_is_remembered)
{
    for (int i = 0; i < 10; i++) {
        scoped_free char *name = memory_format("c%d", i);
        desire(name, NULL, NULL);
    }
    fake.decide = lose_connection;
    run(MODE_START);
    ck_assert(pass.stories.lost);
    for (size_t i = 0; i < 10; i++)
        expect(i, VERDICT_FAILED);
    size_t suspects = 0;
    for (size_t i = 0; i < journal.count; i++)
        suspects += journal.entries[i].phase == JOURNAL_SUSPECT;
    ck_assert_uint_ge(suspects, 1);

    fake.decide = NULL;
    run(MODE_START);
    for (size_t i = 0; i < 10; i++)
        expect(i, VERDICT_DEPLOYED);
    ck_assert_uint_eq(fake.list.n_containers, 10);
}
END_TEST

static bool stop_at_second_start(
    struct fake_kanto *kanto, const struct fake_call *call, struct kanto_answer *answer)
{
    (void)answer;
    if (call->method == KANTO_START && fake_kanto_count(kanto, KANTO_START) == 2)
        stopping = true;
    return false;
}

START_TEST(a_signal_finishes_what_is_in_flight_and_begins_nothing)
{
    for (int i = 0; i < 10; i++) {
        scoped_free char *name = memory_format("c%d", i);
        desire(name, NULL, NULL);
    }
    fake.decide = stop_at_second_start;
    run(MODE_START);
    ck_assert(pass.stories.interrupted);
    size_t deployed = 0;
    for (size_t i = 0; i < 10; i++)
        deployed += pass.stories.items[i]->verdict == VERDICT_DEPLOYED;
    ck_assert_uint_ge(deployed, 2);
    ck_assert_uint_lt(deployed, 10);
    ck_assert_uint_eq(deployed, fake_kanto_count(&fake, KANTO_START));

    stopping = false;
    fake.decide = NULL;
    run(MODE_START);
    ck_assert_uint_eq(fake.list.n_containers, 10);
}
END_TEST

static size_t place_of_start(const char *name)
{
    const char *id = NULL;
    for (size_t i = 0; i < fake.list.n_containers; i++)
        if (strcmp(fake.list.containers[i]->name, name) == 0)
            id = fake.list.containers[i]->id;
    for (size_t i = 0; i < fake.call_count; i++)
        if (fake.calls[i].method == KANTO_START && strcmp(fake.calls[i].id, id) == 0)
            return i;
    ck_abort_msg("%s was not started", name);
    return 0;
}

START_TEST(a_peer_is_started_first)
{
    desire("web", NULL, "db");
    desire("db", NULL, "disk");
    desire("disk", NULL, NULL);
    run(MODE_START);
    ck_assert_uint_lt(place_of_start("disk"), place_of_start("db"));
    ck_assert_uint_lt(place_of_start("db"), place_of_start("web"));
}
END_TEST

START_TEST(a_cycle_of_peers_still_starts)
{
    desire("a", NULL, "b");
    desire("b", NULL, "a");
    run(MODE_START);
    expect(0, VERDICT_DEPLOYED);
    expect(1, VERDICT_DEPLOYED);
}
END_TEST

/* A daemon that shows nothing at first: who believes it deploys everything twice. */
static bool young(
    struct fake_kanto *kanto, const struct fake_call *call, struct kanto_answer *answer)
{
    if (call->method != KANTO_LIST || fake_kanto_count(kanto, KANTO_LIST) > 1)
        return false;
    answer->list = memory_zeroed(1, sizeof(*answer->list));
    kanto__list_containers_response__init(answer->list);
    return true;
}

START_TEST(a_young_daemon_is_asked_again)
{
    desire("web", NULL, NULL);
    fake_kanto_add(&fake, "old", "web", "localhost:5000/sleeper:1", "Running");
    fake.age_ms = 1900;
    fake.decide = young;
    run(MODE_START);
    expect(0, VERDICT_KEEP);
    expect_calls(3, 0, 0, 0);
}
END_TEST

static void count_watches(
    void *context, const struct stories *stories, size_t index, enum story_event event)
{
    unsigned *count = context;
    *count += event == STORY_BEGINS && story_last(stories->items[index])->action == ACTION_SOAK;
}

/* An interrupted pass had started the new one: whether it stays up is watched for all that. */
START_TEST(one_that_was_started_before_is_watched)
{
    char id[ID_SIZE];
    unsigned watches = 0;
    desire("a", NULL, NULL);
    desired_set.items[0].soak_ms = 1;
    struct id_replaced was = {.ran = true, .policy = POLICY_UNLESS_STOPPED};
    id_make("a", &desired_set.items[0].digest, id_replacing_nonce("old", &was, 0), id);
    fake_kanto_add(&fake, "old", "a", "localhost:5000/sleeper:0", "Stopped");
    fake_kanto_add(&fake, id, "a", "localhost:5000/sleeper:1", "Running");
    struct observe_options observe_options = {.patience_ms = 1000};
    struct pass_options options = {
        .mode = MODE_UPDATE, .parallel = 4, .listener = count_watches, .context = &watches};
    struct error err = {0};
    ck_assert_int_eq(observe(&fake.kanto, &journal, &observe_options, &observed, &err), 0);
    pass_init(&pass, &desired_set, &observed, &journal, &options);
    pass_run(&pass, &fake.kanto, &journal, &options);
    expect(0, VERDICT_REPLACED);
    ck_assert_uint_eq(watches, 1);
}
END_TEST

static bool take_a_moment(
    struct fake_kanto *kanto, const struct fake_call *call, struct kanto_answer *answer)
{
    (void)kanto;
    (void)answer;
    if (call->method == KANTO_CREATE)
        poll(NULL, 0, 2);
    return false;
}

/* What a List says was so when it was asked for: nothing of what started since. */
START_TEST(a_slow_list_proves_nothing_of_what_started_after_it)
{
    struct observe_options observe_options = {.patience_ms = 1000};
    struct pass_options options = {.mode = MODE_UPDATE, .parallel = 2};
    struct error err = {0};
    for (char name[] = "a"; *name < 'm'; ++*name) {
        desire(name, NULL, NULL);
        desired_set.items[desired_set.count - 1].soak_ms = 1;
    }
    ck_assert_int_eq(observe(&fake.kanto, &journal, &observe_options, &observed, &err), 0);
    fake.slow_lists = true;
    fake.decide = take_a_moment;
    pass_init(&pass, &desired_set, &observed, &journal, &options);
    pass_run(&pass, &fake.kanto, &journal, &options);
    for (size_t i = 0; i < desired_set.count; i++)
        expect(i, VERDICT_DEPLOYED);
    ck_assert_uint_eq(fake_kanto_count(&fake, KANTO_LOGS), 0);
}
END_TEST

/* Of a cycle one edge is dropped, for restarts too: else they would never end. */
START_TEST(those_that_are_restarted_with_each_other_come_to_rest)
{
    desire("a", NULL, NULL);
    desire("b", NULL, NULL);
    desired_set.items[0].restart_with = memory_string("b");
    desired_set.items[1].restart_with = memory_string("a");
    run(MODE_UPDATE);
    char **image = &desired_set.items[0].container->image->name;
    free(*image);
    *image = memory_string("localhost:5000/sleeper:2");
    container_digest(desired_set.items[0].container, &desired_set.items[0].digest);
    run(MODE_UPDATE);
    expect(0, VERDICT_REPLACED);
    run(MODE_UPDATE);
    run(MODE_UPDATE);
    expect_calls(1, 0, 0, 0);
}
END_TEST

START_TEST(a_plan_foresees_what_a_pass_does)
{
    struct observe_options options = {.settle_ms = 10000};
    struct error err = {0};
    desire("web", NULL, NULL);
    desire("db", NULL, NULL);
    fake_kanto_add(&fake, "x", "db", "localhost:5000/sleeper:1", "Stopped");
    ck_assert_int_eq(observe(&fake.kanto, &journal, &options, &observed, &err), 0);
    pass_init(&pass, &desired_set, &observed, &journal, &(struct pass_options){.mode = MODE_START});
    static const enum action expected[2][2] = {{ACTION_CREATE, ACTION_START}, {ACTION_START}};
    static const size_t counts[2] = {2, 1};
    pass_foresee(&pass);
    char *ids[2] = {memory_string(pass.stories.items[0]->rows[0].id), NULL};
    run(MODE_START);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(pass.stories.items[i]->count, counts[i]);
        for (size_t j = 0; j < counts[i]; j++)
            ck_assert_int_eq(pass.stories.items[i]->rows[j].action, expected[i][j]);
    }
    ck_assert_str_eq(ids[0], pass.stories.items[0]->rows[0].id);
    free(ids[0]);
}
END_TEST

START_TEST(fields_that_differ_are_named)
{
    desire("web", NULL, NULL);
    fake_kanto_add(&fake, "x", "web", "localhost:5000/sleeper:2", "Running");
    run(MODE_START);
    expect(0, VERDICT_DIFFERS);
    ck_assert_uint_eq(pass.stories.items[0]->differences.count, 1);
    ck_assert_str_eq(pass.stories.items[0]->differences.items[0].path, "image.name");
    run(MODE_UPDATE);
    expect(0, VERDICT_REPLACED);
    ck_assert_uint_eq(fake.list.n_containers, 1);
    ck_assert_str_eq(fake.list.containers[0]->image->name, "localhost:5000/sleeper:1");
    run(MODE_UPDATE);
    expect(0, VERDICT_KEEP);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pass");
    TCase *cases = tcase_create("pass");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, the_second_pass_makes_one_list);
    tcase_add_test(cases, one_failure_stops_nobody);
    tcase_add_test(cases, ids_are_on_the_disk_before_the_call);
    tcase_add_test(cases, an_explicit_id_is_kept_when_it_is_free);
    tcase_add_test(cases, a_lost_create_is_found_and_started);
    tcase_add_test(cases, a_unusable_one_is_made_again_under_another_id);
    tcase_add_test(cases, a_lost_daemon_ends_the_pass_and_is_remembered);
    tcase_add_test(cases, a_signal_finishes_what_is_in_flight_and_begins_nothing);
    tcase_add_test(cases, a_peer_is_started_first);
    tcase_add_test(cases, a_cycle_of_peers_still_starts);
    tcase_add_test(cases, a_young_daemon_is_asked_again);
    tcase_add_test(cases, one_that_was_started_before_is_watched);
    tcase_add_test(cases, a_slow_list_proves_nothing_of_what_started_after_it);
    tcase_add_test(cases, those_that_are_restarted_with_each_other_come_to_rest);
    tcase_add_test(cases, a_plan_foresees_what_a_pass_does);
    tcase_add_test(cases, fields_that_differ_are_named);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
