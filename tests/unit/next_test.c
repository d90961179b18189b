/* The agreed behaviour, row by row. A row says what is there, what was tried, and what follows from
 * it in each of the three modes. */
#include "base/cleanup.h"
#include "plan/next.h"
#include "suite.h"

#include <string.h>

#define CREATE(how)                                                                                \
    {                                                                                              \
        .kind = ACTION_CREATE, .id = (how)                                                         \
    }
#define START                                                                                      \
    {                                                                                              \
        .kind = ACTION_START                                                                       \
    }
#define REMOVE                                                                                     \
    {                                                                                              \
        .kind = ACTION_REMOVE                                                                      \
    }
#define UPDATE(what)                                                                               \
    {                                                                                              \
        .kind = ACTION_UPDATE, .update = (what)                                                    \
    }
#define STOP                                                                                       \
    {                                                                                              \
        .kind = ACTION_STOP                                                                        \
    }
#define LOGS                                                                                       \
    {                                                                                              \
        .kind = ACTION_LOGS                                                                        \
    }
#define LOOK                                                                                       \
    {                                                                                              \
        .kind = ACTION_LOOK                                                                        \
    }
#define IS(what)                                                                                   \
    {                                                                                              \
        .kind = ACTION_VERDICT, .verdict = VERDICT_##what                                          \
    }

struct row {
    const char *name;
    struct live live[3];
    size_t live_count;
    struct known known;
    struct outcome outcome;
    struct action expected[3]; /* ignore, start, update */
};

#define SAME3(...)                                                                                 \
    {                                                                                              \
        __VA_ARGS__, __VA_ARGS__, __VA_ARGS__                                                      \
    }
#define ONE(...)        .live = {{.id = "a", __VA_ARGS__}}, .live_count = 1
#define AFTER(act, how) .outcome = {.last = ACTION_##act, .result = RESULT_##how, .tries = 1
#define END             }

/* clang-format off */
static const struct row rows[] = {
    /* Nothing there: create, and under which id. */
    {"nothing there", .expected = SAME3(CREATE(ID_FIRST))},
    {"the manifest names an id", .known = {.explicit_id = true}, .expected = SAME3(CREATE(ID_EXPLICIT))},
    {"an interrupted run wrote an id down", .known = {.explicit_id = true, .intended_id = true},
        .expected = SAME3(CREATE(ID_INTENDED))},
    {"a created one was removed as unusable", AFTER(REMOVE, OK), .creates = 1, .acted = true END,
        .expected = SAME3(CREATE(ID_FRESH))},
    {"the id is taken", AFTER(CREATE, TAKEN), .creates = 1 END, .expected = SAME3(LOOK)},
    {"the taken id is nobody's", AFTER(LOOK, OK), .creates = 1 END, .expected = SAME3(CREATE(ID_FRESH))},
    {"ids are taken for ever", AFTER(LOOK, OK), .creates = NEXT_CREATES_MAX END, .expected = SAME3(IS(FAILED))},
    {"the image cannot be had", AFTER(CREATE, REFUSED), .creates = 1 END, .expected = SAME3(IS(FAILED))},
    {"Create was not answered", AFTER(CREATE, NO_ANSWER), .creates = 1 END, .expected = SAME3(IS(FAILED))},
    {"the registry is away", AFTER(CREATE, TRANSIENT), .id = ID_EXPLICIT END,
        .expected = SAME3({.kind = ACTION_CREATE, .id = ID_EXPLICIT, .wait_ms = 500})},
    {"the registry stays away", .outcome = {.last = ACTION_CREATE, .result = RESULT_TRANSIENT, .tries = 3},
        .expected = SAME3({.kind = ACTION_CREATE, .wait_ms = 2000})},
    {"the back-off has an end", .outcome = {.last = ACTION_CREATE, .result = RESULT_TRANSIENT, .tries = 7},
        .expected = SAME3({.kind = ACTION_CREATE, .wait_ms = 30000})},
    {"a pull is asked for as long as the pass has time", .outcome = {.last = ACTION_CREATE,
        .result = RESULT_TRANSIENT, .tries = 99}, .expected = SAME3({.kind = ACTION_CREATE, .wait_ms = 30000})},
    {"the network never comes up", ONE(.status = STATUS_CREATED, .ours = true), .outcome = {.last = ACTION_START,
        .result = RESULT_TRANSIENT, .tries = NEXT_TRANSIENT_MAX}, .expected = SAME3(IS(FAILED))},

    /* Created. */
    {"ours, never started", ONE(.status = STATUS_CREATED, .ours = true, .same = true), .expected = SAME3(START)},
    {"ours, never started, edited meanwhile", ONE(.status = STATUS_CREATED, .ours = true, .edited = true),
        .expected = {START, REMOVE, REMOVE}},
    {"somebody else's, never started", ONE(.status = STATUS_CREATED, .same = true),
        .expected = {IS(SKIPPED), START, START}},
    {"just created by this pass", ONE(.status = STATUS_CREATED, .ours = true, .same = true),
        AFTER(CREATE, OK), .creates = 1, .acted = true END, .expected = SAME3(START)},
    {"found under its taken id", ONE(.status = STATUS_CREATED, .ours = true, .same = true),
        AFTER(LOOK, OK), .creates = 1 END, .expected = SAME3(START)},

    /* Running. */
    {"runs as desired", ONE(.status = STATUS_RUNNING, .same = true), .expected = SAME3(IS(KEEP))},
    {"runs as desired, by this pass", ONE(.status = STATUS_RUNNING, .same = true, .ours = true),
        AFTER(START, OK), .starts = 1, .acted = true END, .expected = SAME3(IS(DEPLOYED))},
    {"runs otherwise", ONE(.status = STATUS_RUNNING), .expected = {IS(DIFFERS), IS(DIFFERS), CREATE(ID_REPLACING)}},
    {"two run, one as desired", .live = {{.id = "a", .status = STATUS_RUNNING},
        {.id = "b", .status = STATUS_RUNNING, .same = true}}, .live_count = 2, .expected = SAME3(IS(KEEP))},
    {"one runs, ours is created", .live = {{.id = "a", .status = STATUS_CREATED, .ours = true, .same = true},
        {.id = "b", .status = STATUS_RUNNING}}, .live_count = 2,
        .expected = {IS(DIFFERS), IS(DIFFERS), CREATE(ID_REPLACING)}},

    /* Stopped. */
    {"stopped by hand", ONE(.status = STATUS_STOPPED, .by_person = true, .same = true), .expected = SAME3(IS(SKIPPED))},
    {"stopped by hand, differs", ONE(.status = STATUS_STOPPED, .by_person = true), .expected = SAME3(IS(SKIPPED))},
    {"stopped by the daemon's shutdown", ONE(.status = STATUS_STOPPED, .same = true, .started_before = true),
        .expected = {IS(SKIPPED), START, START}},
    {"its Start failed yesterday", ONE(.status = STATUS_STOPPED, .same = true, .error = true),
        .expected = {IS(SKIPPED), START, START}},

    /* Exited. */
    {"did its work (policy no)", ONE(.same = true, .status = STATUS_EXITED, .ends = true), .expected = SAME3(IS(DONE))},
    {"power cut: code 0 with an error", ONE(.same = true, .status = STATUS_EXITED, .ends = true, .error = true),
        .expected = {IS(SKIPPED), START, START}},
    {"failed under policy no", ONE(.same = true, .status = STATUS_EXITED, .ends = true, .exit_code = 3),
        .expected = {IS(SKIPPED), START, START}},
    {"crash loop, the daemon restarts it", ONE(.same = true, .status = STATUS_EXITED, .restarts = true, .exit_code = 3),
        .expected = SAME3(IS(SKIPPED))},
    {"ended while the daemon was down", ONE(.same = true, .status = STATUS_EXITED, .restarts = true, .daemon_missed = true),
        .expected = {IS(SKIPPED), START, START}},
    {"retries used up", ONE(.status = STATUS_EXITED, .ends = true, .restarts = true, .exhausted = true,
        .exit_code = 1), .expected = SAME3(IS(SKIPPED))},
    {"exited, stopped by hand before", ONE(.status = STATUS_EXITED, .by_person = true, .exit_code = 137),
        .expected = SAME3(IS(SKIPPED))},
    {"started by this pass and down again", ONE(.status = STATUS_STOPPED, .same = true),
        AFTER(START, OK), .starts = 1, .acted = true END, .expected = SAME3(IS(FAILED))},

    /* Updates in place: in every state, and never where a policy would start what a person stopped. */
    {"runs, differs in place", ONE(.status = STATUS_RUNNING, .in_place = true),
        .expected = {IS(DIFFERS), IS(DIFFERS), UPDATE(UPDATE_DESIRED)}},
    {"exited, differs in place", ONE(.status = STATUS_EXITED, .ends = true, .in_place = true),
        .expected = {IS(DONE), IS(DONE), UPDATE(UPDATE_DESIRED)}},
    {"stopped by hand, differs in place", ONE(.status = STATUS_STOPPED, .by_person = true, .in_place = true,
        .edited = true), .expected = SAME3(IS(SKIPPED))},
    {"stopped by hand, edited", ONE(.status = STATUS_STOPPED, .by_person = true, .edited = true),
        .expected = {IS(SKIPPED), IS(SKIPPED), CREATE(ID_REPLACING)}},
    {"retries used up, edited", ONE(.status = STATUS_EXITED, .ends = true, .restarts = true, .exhausted = true,
        .exit_code = 1, .edited = true), .expected = {IS(SKIPPED), IS(SKIPPED), CREATE(ID_REPLACING)}},
    {"paused, differs", ONE(.status = STATUS_PAUSED, .edited = true), .expected = SAME3(IS(SKIPPED))},
    {"was updated", ONE(.status = STATUS_RUNNING, .same = true), AFTER(UPDATE, OK), .done = DONE_UPDATE,
        .acted = true END, .expected = SAME3(IS(UPDATED))},
    {"was updated and differs all the same", ONE(.status = STATUS_RUNNING, .in_place = true), AFTER(UPDATE, OK),
        .done = DONE_UPDATE, .acted = true END, .expected = {IS(DEPLOYED), IS(DEPLOYED), IS(FAILED)}},
    {"the Update is refused", ONE(.status = STATUS_RUNNING, .in_place = true), AFTER(UPDATE, REFUSED),
        .done = DONE_UPDATE END, .expected = SAME3(IS(FAILED))},

    /* Beginning a replacement, or not. */
    {"this manifest failed before", ONE(.status = STATUS_RUNNING), .known = {.failed = true},
        .expected = {IS(DIFFERS), IS(DIFFERS), IS(FAILED)}},
    {"this manifest failed before, and the old one is down", ONE(.status = STATUS_STOPPED), .known = {.failed = true},
        .expected = {IS(SKIPPED), START, START}},
    {"and was started", ONE(.status = STATUS_RUNNING), .known = {.failed = true}, AFTER(START, OK), .starts = 1,
        .acted = true END, .expected = {IS(DEPLOYED), IS(DEPLOYED), IS(FAILED)}},
    {"differs and is down, under hold", ONE(.status = STATUS_STOPPED), .known = {.hold = true},
        .expected = {IS(SKIPPED), START, START}},
    {"hold", ONE(.status = STATUS_RUNNING), .known = {.hold = true},
        .expected = {IS(DIFFERS), IS(DIFFERS), IS(SKIPPED)}},
    {"what it waits for failed", ONE(.status = STATUS_RUNNING), .known = {.blocked = true},
        .expected = {IS(DIFFERS), IS(DIFFERS), IS(WAITING)}},
    {"an interrupted run wrote the new one's id down", ONE(.status = STATUS_RUNNING), .known = {.intended_id = true},
        .expected = {IS(DIFFERS), IS(DIFFERS), CREATE(ID_INTENDED)}},
    {"the new one's image cannot be had", ONE(.status = STATUS_RUNNING), AFTER(CREATE, REFUSED),
        .id = ID_REPLACING, .creates = 1 END, .expected = SAME3(IS(FAILED))},

    /* Health of what was started. */
    {"started, to be watched", ONE(.status = STATUS_RUNNING, .same = true, .ours = true), .known = {.soak = true},
        AFTER(START, OK), .starts = 1, .acted = true END, .expected = SAME3({.kind = ACTION_SOAK})},
    {"stays up", ONE(.status = STATUS_RUNNING, .same = true), .known = {.soak = true}, AFTER(SOAK, OK),
        .starts = 1, .acted = true, .done = DONE_SOAK END, .expected = SAME3(IS(DEPLOYED))},
    {"was restarted meanwhile", ONE(.status = STATUS_RUNNING, .same = true, .restart_count = 2),
        .known = {.soak = true}, AFTER(SOAK, OK), .starts = 1, .acted = true, .done = DONE_SOAK END,
        .expected = SAME3(LOGS)},
    {"is down after its watch", ONE(.status = STATUS_EXITED, .restarts = true, .exit_code = 3),
        .known = {.soak = true}, AFTER(SOAK, OK), .starts = 1, .acted = true, .done = DONE_SOAK END,
        .expected = SAME3(LOGS)},
    {"and its log was read", ONE(.status = STATUS_EXITED, .restarts = true, .exit_code = 3),
        .known = {.soak = true}, AFTER(LOGS, OK), .starts = 1, .acted = true, .done = DONE_SOAK | DONE_LOGS END,
        .expected = SAME3(IS(FAILED))},
    {"did its work while it was watched", ONE(.status = STATUS_EXITED, .ends = true), .known = {.soak = true},
        AFTER(SOAK, OK), .starts = 1, .acted = true, .done = DONE_SOAK END, .expected = SAME3(IS(DONE))},

    /* What goes together. */
    {"its companion was changed", ONE(.status = STATUS_RUNNING, .same = true), .known = {.restart = true},
        .expected = {IS(KEEP), STOP, STOP}},
    {"its companion was changed, under hold", ONE(.status = STATUS_RUNNING, .same = true),
        .known = {.restart = true, .hold = true}, .expected = {IS(KEEP), IS(SKIPPED), IS(SKIPPED)}},
    {"stopped to be restarted, and it cannot be removed either",
        ONE(.status = STATUS_RUNNING, .same = true, .ours = true, .unusable = true), .known = {.restart = true},
        .outcome = {.last = ACTION_REMOVE, .result = RESULT_STUCK, .tries = 3, .done = DONE_RESTART},
        .expected = SAME3(IS(FAILED))},
    {"stopped to be restarted", ONE(.status = STATUS_STOPPED, .same = true, .stopped_by_us = true),
        .known = {.restart = true}, AFTER(STOP, OK), .done = DONE_RESTART, .acted = true END,
        .expected = {IS(SKIPPED), START, START}},
    {"its companion was changed, under always", ONE(.status = STATUS_RUNNING, .same = true, .policy = POLICY_ALWAYS),
        .known = {.restart = true}, .expected = {IS(KEEP), UPDATE(UPDATE_QUIET), UPDATE(UPDATE_QUIET)}},
    {"quiet now", ONE(.status = STATUS_RUNNING, .in_place = true), .known = {.restart = true}, AFTER(UPDATE, OK),
        .done = DONE_QUIET, .acted = true END, .expected = {IS(DEPLOYED), STOP, STOP}},
    {"quiet, and stopped", ONE(.status = STATUS_STOPPED, .in_place = true, .stopped_by_us = true),
        .known = {.restart = true}, AFTER(STOP, OK), .done = DONE_QUIET | DONE_RESTART, .acted = true END,
        .expected = {IS(SKIPPED), START, START}},
    {"started again, it gets its policy back", ONE(.status = STATUS_RUNNING, .in_place = true),
        .known = {.restart = true}, AFTER(START, OK), .starts = 1, .done = DONE_QUIET | DONE_RESTART, .acted = true END,
        .expected = SAME3(UPDATE(UPDATE_DESIRED))},
    {"quieted by an interrupted pass", ONE(.status = STATUS_RUNNING, .in_place = true),
        .known = {.restart = true, .restart_begun = true}, AFTER(START, OK), .starts = 1, .done = DONE_RESTART,
        .acted = true END, .expected = SAME3(UPDATE(UPDATE_DESIRED))},
    {"could not be stopped to be restarted", ONE(.status = STATUS_RUNNING, .same = true),
        .known = {.restart = true}, AFTER(STOP, STUCK), .step = DONE_RESTART, .done = DONE_RESTART END,
        .expected = SAME3(IS(FAILED))},
    {"could not, and can be made again", ONE(.status = STATUS_RUNNING, .same = true, .ours = true, .unusable = true),
        .known = {.restart = true}, AFTER(STOP, STUCK), .step = DONE_RESTART, .done = DONE_RESTART END,
        .expected = SAME3(REMOVE)},

    /* A crash loop may have been up again when the policy that ends it came. */
    {"a looping new one is given up", .live = {{.role = ROLE_OLD, .status = STATUS_STOPPED},
        {.role = ROLE_NEW, .desired = true, .started_before = true, .status = STATUS_STOPPED, .policy = POLICY_NO}},
        .live_count = 2, .known = {.former_ran = true}, .outcome = {.last = ACTION_UPDATE, .result = RESULT_OK,
        .failure = "it ended", .done = DONE_LOOK_DOWN | DONE_LOGS | DONE_CALM_NEW},
        .expected = SAME3({.kind = ACTION_STOP, .live = 1})},
    {"the new one cannot be stopped: it may hold a port", .live = {{.role = ROLE_OLD, .status = STATUS_STOPPED},
        {.role = ROLE_NEW, .desired = true, .started_before = true, .status = STATUS_RUNNING, .policy = POLICY_NO}},
        .live_count = 2, .known = {.former_ran = true}, .outcome = {.last = ACTION_STOP, .target = ROLE_NEW,
        .result = RESULT_STUCK, .failure = "it ended", .done = DONE_LOOK_DOWN | DONE_LOGS | DONE_STOP_NEW},
        .expected = SAME3({.kind = ACTION_REMOVE, .live = 1})},
    {"and is gone: the old one is started", ONE(.status = STATUS_STOPPED),
        .known = {.orphaned = true, .former_ran = true, .former_policy = true},
        AFTER(REMOVE, OK), .acted = true, .done = DONE_STOP_NEW | DONE_REMOVE_NEW END, .expected = SAME3(START)},
    {"and then has its policy again", ONE(.status = STATUS_RUNNING),
        .known = {.orphaned = true, .former_ran = true, .former_policy = true},
        AFTER(START, OK), .acted = true, .done = DONE_STOP_NEW | DONE_REMOVE_NEW | DONE_START_OLD END,
        .expected = SAME3({.kind = ACTION_UPDATE, .update = UPDATE_RESTORE})},
    {"and all is as it was", ONE(.status = STATUS_RUNNING),
        .known = {.orphaned = true, .former_ran = true, .former_policy = true}, AFTER(UPDATE, OK), .acted = true,
        .done = DONE_STOP_NEW | DONE_REMOVE_NEW | DONE_START_OLD | DONE_RESTORE END,
        .expected = SAME3(IS(REMOVED))},
    {"the old one's Stop was not answered: does it run?", .live = {{.role = ROLE_OLD, .status = STATUS_RUNNING},
        {.role = ROLE_NEW, .desired = true, .same = true, .status = STATUS_CREATED}}, .live_count = 2,
        .known = {.former_ran = true, .former_policy = true}, .outcome = {.last = ACTION_STOP, .target = ROLE_OLD,
        .result = RESULT_NO_ANSWER, .done = DONE_STOP_OLD}, .expected = SAME3({.kind = ACTION_LOOK, .live = 0})},
    {"a looping old one makes room", .live = {{.role = ROLE_OLD, .status = STATUS_STOPPED, .policy = POLICY_NO},
        {.role = ROLE_NEW, .desired = true, .same = true, .status = STATUS_CREATED}}, .live_count = 2,
        .outcome = {.last = ACTION_UPDATE, .target = ROLE_OLD, .result = RESULT_OK, .done = DONE_CALM_OLD},
        .expected = SAME3({.kind = ACTION_STOP, .live = 0})},

    /* Nobody desired_set it. */
    {"no manifest names it", ONE(.status = STATUS_RUNNING, .ours = true), .known = {.orphaned = true},
        .expected = SAME3(IS(SKIPPED))},
    {"prune", ONE(.status = STATUS_RUNNING, .ours = true), .known = {.orphaned = true, .prune = true},
        .expected = SAME3(REMOVE)},
    {"prune: not ours", ONE(.status = STATUS_RUNNING), .known = {.orphaned = true, .prune = true},
        .expected = SAME3(IS(SKIPPED))},
    {"prune: paused", ONE(.status = STATUS_PAUSED, .ours = true), .known = {.orphaned = true, .prune = true},
        .expected = SAME3(IS(SKIPPED))},
    {"prune under hold", ONE(.status = STATUS_RUNNING, .ours = true),
        .known = {.orphaned = true, .prune = true, .hold = true}, .expected = SAME3(IS(SKIPPED))},
    {"pruned", AFTER(REMOVE, OK), .acted = true END, .known = {.orphaned = true, .prune = true},
        .expected = SAME3(IS(REMOVED))},
    {"prune: its end was missed", ONE(.status = STATUS_RUNNING, .ours = true), .known = {.orphaned = true, .prune = true},
        AFTER(REMOVE, STUCK) END, .expected = SAME3(REMOVE)},
    {"prune: its end is missed for ever", ONE(.status = STATUS_RUNNING, .ours = true),
        .known = {.orphaned = true, .prune = true},
        .outcome = {.last = ACTION_REMOVE, .result = RESULT_STUCK, .tries = 3}, .expected = SAME3(IS(FAILED))},
    {"the old one is unusable and cannot be removed", .live = {
        {.id = "a", .role = ROLE_OLD, .status = STATUS_STOPPED, .ours = true, .unusable = true},
        {.id = "b", .role = ROLE_NEW, .status = STATUS_EXITED, .ours = true, .desired = true, .same = true}},
        .live_count = 2, .known = {.former_ran = true, .former_copy = true},
        AFTER(REMOVE, REFUSED), .target = ROLE_OLD, .failure = "it ended", .done = ~0u END,
        .expected = SAME3(IS(FAILED))},
    {"its replacement lost its manifest", .live = {
        {.id = "a", .role = ROLE_OLD, .status = STATUS_RUNNING, .ours = true},
        {.id = "b", .role = ROLE_NEW, .status = STATUS_CREATED, .ours = true, .desired = true, .same = true}},
        .live_count = 2, .known = {.orphaned = true, .former_ran = true}, .expected = SAME3(REMOVE)},

    {"it runs, the old one never did, and the manifest is another one now", .live = {
        {.id = "a", .role = ROLE_OLD, .status = STATUS_STOPPED, .ours = true, .error = true},
        {.id = "b", .role = ROLE_NEW, .status = STATUS_RUNNING, .ours = true, .started_before = true}},
        .live_count = 2, .expected = SAME3(REMOVE)},

    /* The rest. */
    {"paused", ONE(.status = STATUS_PAUSED), .expected = SAME3(IS(SKIPPED))},
    {"being created", ONE(.status = STATUS_CREATING), .expected = SAME3(IS(SKIPPED))},
    {"dead", ONE(.same = true, .status = STATUS_DEAD), .expected = {IS(SKIPPED), START, START}},
    {"a state nobody knows", ONE(.same = true, .status = STATUS_UNKNOWN), .expected = {IS(SKIPPED), START, START}},

    /* Start's answers. */
    {"Start is refused", ONE(.status = STATUS_CREATED, .ours = true), AFTER(START, REFUSED) END,
        .expected = SAME3(IS(FAILED))},
    {"Start was not answered", ONE(.status = STATUS_CREATED, .ours = true), AFTER(START, NO_ANSWER) END,
        .expected = SAME3(IS(FAILED))},
    {"the daemon's network is not up", ONE(.status = STATUS_CREATED, .ours = true), AFTER(START, TRANSIENT) END,
        .expected = SAME3({.kind = ACTION_START, .wait_ms = 500})},
    {"unusable, ours", ONE(.status = STATUS_STOPPED, .ours = true, .unusable = true), AFTER(START, UNUSABLE) END,
        .expected = SAME3(REMOVE)},
    {"unusable, somebody else's", ONE(.status = STATUS_STOPPED, .unusable = true), AFTER(START, UNUSABLE) END,
        .expected = {IS(SKIPPED), REMOVE, REMOVE}},
    {"a unusable one cannot be removed", ONE(.status = STATUS_STOPPED, .unusable = true), AFTER(REMOVE, REFUSED) END,
        .expected = SAME3(IS(FAILED))},
};
/* clang-format on */

START_TEST(row_by_row)
{
    static const char *const modes[] = {"ignore", "start", "update"};
    const struct row *row = &rows[_i];
    for (size_t mode = 0; mode < countof(modes); mode++) {
        struct action got =
            next((enum mode)mode, row->live, row->live_count, &row->known, &row->outcome);
        const struct action *want = &row->expected[mode];
        ck_assert_msg(got.kind == want->kind && got.verdict == want->verdict &&
                          got.id == want->id && got.wait_ms == want->wait_ms &&
                          got.update == want->update,
            "%s (existing = %s): got action %d, verdict %d, id %d, wait %lld; expected %d, %d, %d, "
            "%lld",
            row->name, modes[mode], got.kind, got.verdict, got.id, (long long)got.wait_ms,
            want->kind, want->verdict, want->id, (long long)want->wait_ms);
        if (got.kind == ACTION_VERDICT && got.verdict != VERDICT_KEEP &&
            got.verdict != VERDICT_DEPLOYED && got.verdict != VERDICT_UPDATED &&
            got.verdict != VERDICT_REMOVED)
            ck_assert_msg(got.reason != NULL, "%s: a verdict without a reason", row->name);
    }
}
END_TEST

/* Whatever is there, no chain of answers makes it ask for ever. */
START_TEST(every_chain_of_refusals_ends)
{
    static const enum result results[] = {
        RESULT_TAKEN, RESULT_REFUSED, RESULT_LATER, RESULT_NO_ANSWER};
    struct known known = {0};
    for (size_t r = 0; r < countof(results); r++) {
        struct outcome outcome = {0};
        struct action action = {0};
        unsigned rounds = 0;
        for (; rounds < 100; rounds++) {
            action = next(MODE_START, NULL, 0, &known, &outcome);
            if (action.kind == ACTION_VERDICT)
                break;
            enum result result = action.kind == ACTION_LOOK ? RESULT_OK : results[r];
            outcome.tries =
                outcome.last == action.kind && outcome.result == result ? outcome.tries + 1 : 1;
            outcome.creates += action.kind == ACTION_CREATE && result != RESULT_TRANSIENT;
            outcome.last = action.kind;
            outcome.result = result;
        }
        ck_assert_msg(rounds < 20, "result %d: %u rounds", results[r], rounds);
        ck_assert_int_eq(action.verdict, VERDICT_FAILED);
    }
}
END_TEST

START_TEST(the_chosen_one)
{
    struct live live[] = {
        {.id = "stopped", .status = STATUS_STOPPED},
        {.id = "ours", .status = STATUS_CREATED, .ours = true},
        {.id = "differs", .status = STATUS_RUNNING},
        {.id = "same", .status = STATUS_RUNNING, .same = true},
        {.id = "unusable", .status = STATUS_STOPPED, .unusable = true, .ours = true, .same = true},
    };
    static const size_t expected[] = {0, 1, 2, 3, 3};
    for (size_t count = 1; count <= countof(live); count++)
        ck_assert_uint_eq(next_chosen(live, count), expected[count - 1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("next");
    TCase *cases = tcase_create("next");
    tcase_add_loop_test(cases, row_by_row, 0, countof(rows));
    tcase_add_test(cases, every_chain_of_refusals_ends);
    tcase_add_test(cases, the_chosen_one);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
