/* A manifest is edited twice while the image of its former state is being pulled: the last edit is
 * what runs in the end, once. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "model/container.h"
#include "stage.h"
#include "suite.h"

#include <signal.h>
#include <string.h>

#define SLOW_RATE 100000 /* bytes a second of a container's life: a pull takes 0.2 s here */

static struct stage stage;

static void write_image(const char *image)
{
    scoped_free char *text =
        memory_format("{\"image\": {\"name\": \"localhost:5000/%s\"}}\n", image);
    stage_write(&stage, "app.json", text);
}

static unsigned count_creates(const char *image)
{
    scoped_free char *call = memory_format("\"image\":{\"name\":\"localhost:5000/%s\"}", image);
    return stage_count_calls(&stage, call);
}

static void expect_the_last_edit(void)
{
    Kanto__ListContainersResponse *list = harness_list(&stage.harness);
    const Kanto__Container *app = stage_only(&stage, list, "app");
    if (app && (strcmp(container_image(app), "localhost:5000/slow:3") != 0 ||
                   container_status(app) != STATUS_RUNNING))
        stage_wrong(
            &stage, "%s is %s", container_image(app), container_status_word(container_status(app)));
    kanto__list_containers_response__free_unpacked(list, NULL);
    if (count_creates("slow:2") != 0 || count_creates("slow:3") != 1)
        stage_wrong(&stage, "the first edit was created %u times, the last one %u times",
            count_creates("slow:2"), count_creates("slow:3"));
    stage_expect_no_plan(&stage, false);
}

static void edit_twice_during_a_pull(int signal)
{
    write_image("sleeper:1");
    stage_apply(&stage);
    write_image("slow:1");
    harness_tell(&stage.harness, "pull-rate %d", SLOW_RATE);
    pid_t first = stage_run_begin(&stage, "apply");
    harness_wait_for_call(&stage.harness, "Create", 2);
    write_image("slow:2");
    if (signal)
        kill(first, signal);
    pid_t second = stage_run_begin(&stage, "apply"); /* waits for the first one's lock */
    write_image("slow:3");
    struct outcome_of_run outcome = harness_end(&stage.harness, first);
    outcome_finish(&outcome);
    outcome = harness_end(&stage.harness, second);
    outcome_finish(&outcome);
    stage_apply(&stage);
    expect_the_last_edit();
}

static const struct {
    const char *name;
    int signal; /* to the program that pulls, after the first edit */
} ends[] = {{"it goes on", 0}, {"it is asked to end", SIGTERM}};

START_TEST(the_last_edit_runs_once)
{
    stage_open(&stage, "edit");
    stage_begin(&stage, "edited twice while it pulls, %s", ends[_i].name);
    edit_twice_during_a_pull(ends[_i].signal);
    stage_close(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("edit");
    TCase *cases = tcase_create("edit");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, the_last_edit_runs_once, 0, countof(ends));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
