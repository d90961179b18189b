/* Ids: none is used twice, and a renamed container makes no copies. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "parts.h"
#include "trial.h"
#include "words.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Its removal, whoever did it, may leave a stopped task of that id in containerd. */
START_TEST(a_container_that_is_made_anew_has_another_id)
{
    if (!trial_begin("ids-anew", NULL))
        return;
    trial_conf("");
    trial_source("one", "prune = yes\nprune_empty = yes\n");
    trial_put("one", "web", "app:1", "");
    TRIAL_APPLY(0);
    scoped_free char *first = harness_id(&trial, "web");
    if (_i == 0) {
        hand_call(&trial, KANTO_REMOVE, "web");
    } else { /* pruned, and desired again */
        trial_drop("one", "web");
        TRIAL_APPLY(0);
        trial_expect_count("web", 0);
        trial_put("one", "web", "app:1", "");
    }
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:1");
    scoped_free char *second = harness_id(&trial, "web");
    ck_assert_str_ne(first, second);
    trial_end();
}
END_TEST

/* The same after a replacement there and back. */
START_TEST(no_id_is_used_a_second_time_by_edits_there_and_back)
{
    if (!trial_begin("ids-back", NULL))
        return;
    char *ids[6] = {0};
    for (size_t i = 0; i < countof(ids); i++) {
        trial_write(i % 2 ? "app:2" : "app:1", "");
        TRIAL_APPLY(0);
        ids[i] = harness_id(&trial, "web");
        if (_i == 1) {
            hand_call(&trial, KANTO_REMOVE, "web");
            TRIAL_APPLY(0);
        }
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(ids[i], ids[k]);
    }
    for (size_t i = 0; i < countof(ids); i++)
        free(ids[i]);
    trial_end();
}
END_TEST

/* A daemon that keeps what it could not stop: Create says "failed to create containerIO". */
START_TEST(an_id_that_the_daemon_keeps_for_itself_is_passed_over)
{
    if (!trial_begin("ids-held", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    scoped_free char *id = harness_id(&trial, "web");
    harness_tell(&trial, "missed-exit %s", id);
    Kanto__StopOptions options = KANTO__STOP_OPTIONS__INIT;
    options.signal = (char *)"SIGTERM";
    struct kanto_answer answer = harness_call(&trial,
        &(struct kanto_request){.method = KANTO_REMOVE, .id = id, .force = true, .stop = &options});
    ck_assert_int_eq(answer.outcome, KANTO_OK);
    kanto_answer_finish(&answer);
    harness_forget_calls(&trial);
    TRIAL_APPLY(0);
    trial_expect_runs("web", "app:1");
    trial_expect_calls("Create", 1); /* it knows which ids were used */
    trial_end();
}
END_TEST

/* Killed after the new one was started; then a person renames it: it is theirs. */
static const char *const moments[] = {"Start:app:2=kill-after", "Create:app:2=kill-after"};

START_TEST(a_renamed_new_one_of_an_interrupted_replacement_makes_no_copies)
{
    if (!trial_begin("ids-renamed", NULL))
        return;
    trial_write("app:1", "");
    TRIAL_APPLY(0);
    scoped_free char *old = harness_id(&trial, "web");
    harness_tell(&trial, "fault %s", moments[_i]);
    trial_write("app:2", "");
    ck_assert_int_eq(trial_run("apply", NULL), -SIGKILL);
    trial_well();
    Kanto__ListContainersResponse *list = harness_list(&trial);
    for (size_t i = 0; i < list->n_containers; i++) {
        const char *id = container_id(list->containers[i]);
        if (strcmp(id, old) == 0)
            continue;
        struct kanto_answer answer = harness_call(
            &trial, &(struct kanto_request){.method = KANTO_RENAME, .id = id, .name = "mine"});
        ck_assert_int_eq(answer.outcome, KANTO_OK);
        kanto_answer_finish(&answer);
    }
    kanto__list_containers_response__free_unpacked(list, NULL);
    for (int i = 0; i < 3; i++) {
        trial_run("apply", NULL);
        trial_expect_count("mine", 1);
    }
    trial_expect_runs("web", "app:2");
    trial_end();
}
END_TEST

void add_ids_tests(TCase *cases)
{
    tcase_add_loop_test(cases, a_container_that_is_made_anew_has_another_id, 0, 2);
    tcase_add_loop_test(cases, no_id_is_used_a_second_time_by_edits_there_and_back, 0, 2);
    tcase_add_test(cases, an_id_that_the_daemon_keeps_for_itself_is_passed_over);
    tcase_add_loop_test(cases, a_renamed_new_one_of_an_interrupted_replacement_makes_no_copies, 0,
        countof(moments));
}
