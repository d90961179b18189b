#include "real.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "kanto/client.h"

#include <check.h>
#include <stdlib.h>

#define ROUNDS     4 /* kanto-cm can miss the end of a process, and then fails once to remove it */
#define GRACE_S    1
#define PATIENT_MS 120000

static void submit_remove(struct kanto *kanto, char *id)
{
    Kanto__StopOptions stop = KANTO__STOP_OPTIONS__INIT;
    struct kanto_request request = {.method = KANTO_REMOVE, .id = id, .force = true, .stop = &stop};
    struct error err = {0};
    stop.has_force = stop.force = stop.has_timeout = true;
    stop.timeout = GRACE_S;
    ck_assert_msg(kanto->table->submit(kanto, &request, &err) == 0, "%s", err.text);
}

/* How many it could not remove, and why not the last of them. */
static size_t remove_all(struct kanto *kanto, char **ret_why)
{
    struct kanto_request request = {.method = KANTO_LIST};
    struct kanto_answer list = {0}, answer = {0};
    struct error err = {0};
    size_t left = 0;
    ck_assert_msg(kanto_call(kanto, &request, &list, &err) == 0 && list.list, "List: %s", err.text);
    for (size_t i = 0; i < list.list->n_containers; i++)
        submit_remove(kanto, list.list->containers[i]->id);
    for (size_t i = 0; i < list.list->n_containers; i++) {
        ck_assert_int_eq(kanto->table->next(kanto, PATIENT_MS, &answer), 1);
        if (answer.outcome != KANTO_OK) {
            free(*ret_why);
            *ret_why = steal(&answer.message);
            left++;
        }
        kanto_answer_finish(&answer);
    }
    kanto_answer_finish(&list);
    return left;
}

void real_remove_everything(const char *socket)
{
    struct kanto_options options = {.socket = socket, .connect_timeout_ms = 10000};
    struct kanto *kanto = NULL;
    struct error err = {0};
    scoped_free char *why = NULL;
    size_t left = 1;
    ck_assert_msg(kanto_connect(&options, &kanto, &err) == 0, "%s", err.text);
    for (int round = 0; left > 0 && round < ROUNDS; round++)
        left = remove_all(kanto, &why);
    kanto->table->close(kanto);
    ck_assert_msg(left == 0, "%zu containers could not be removed: %s", left, why);
}
