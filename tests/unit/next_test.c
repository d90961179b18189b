/* The agreed behaviour, row by row. A row says what is there, what was tried, and what follows from
 * it in each of the three modes. */
#include "base/cleanup.h"
#include "plan/next.h"
#include "suite.h"

#include <string.h>

#define CREATE(how)                                                                                \
    {                                                                                              \
        .action = ACTION_CREATE, .id = (how)                                                       \
    }
#define START                                                                                      \
    {                                                                                              \
        .action = ACTION_START                                                                     \
    }
#define REMOVE                                                                                     \
    {                                                                                              \
        .action = ACTION_REMOVE                                                                    \
    }
#define UPDATE(what)                                                                               \
    {                                                                                              \
        .action = ACTION_UPDATE, .update = (what)                                                  \
    }
#define STOP                                                                                       \
    {                                                                                              \
        .action = ACTION_STOP                                                                      \
    }
#define LOGS                                                                                       \
    {                                                                                              \
        .action = ACTION_LOGS                                                                      \
    }
#define LOOK                                                                                       \
    {                                                                                              \
        .action = ACTION_LOOK                                                                      \
    }
#define IS(what)                                                                                   \
    {                                                                                              \
        .action = ACTION_VERDICT, .verdict = VERDICT_##what                                        \
    }

struct row {
    const char *name;
    struct live live[3];
    size_t live_count;
    struct known known;
    struct past past;
    struct move expected[3]; /* ignore, start, update */
};

#define SAME3(...)                                                                                 \
    {                                                                                              \
        __VA_ARGS__, __VA_ARGS__, __VA_ARGS__                                                      \
    }
#define DID(step)             (UINT64_C(1) << STEP_##step)
#define ONE(...)              .live = {{.id = "a", __VA_ARGS__}}, .live_count = 1
#define TAKES(action_, step_) SAME3({.action = ACTION_##action_, .step = STEP_##step_})
#define OLD_ONE(...)                                                                               \
    {                                                                                              \
        .id = "a", .role = ROLE_OLD, .ours = true, __VA_ARGS__                                     \
    }
#define NEW_ONE(...)                                                                               \
    {                                                                                              \
        .id = "b", .role = ROLE_NEW, .ours = true, .current = true, .same = true, __VA_ARGS__      \
    }
#define PAIR(old, newer) .live = {old, newer}, .live_count = 2
#define AFTER(act, how)  .past = {.action = ACTION_##act, .result = RESULT_##how, .tries = 1
#define END              }

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
    {"Create was not answered: is it there?", AFTER(CREATE, NO_ANSWER), .creates = 1 END, .expected = SAME3(LOOK)},
    {"Create was not answered, and it is not there", AFTER(CREATE, NO_ANSWER), .creates = 1, .settled = true END,
        .expected = SAME3(IS(FAILED))},
    {"the registry is away", AFTER(CREATE, TRANSIENT), .step = STEP_CREATE_EXPLICIT END,
        .expected = SAME3({.action = ACTION_CREATE, .id = ID_EXPLICIT, .wait_ms = 500})},
    {"the registry stays away", .past = {.action = ACTION_CREATE, .result = RESULT_TRANSIENT, .tries = 3},
        .expected = SAME3({.action = ACTION_CREATE, .wait_ms = 2000})},
    {"the back-off has an end", .past = {.action = ACTION_CREATE, .result = RESULT_TRANSIENT, .tries = 7},
        .expected = SAME3({.action = ACTION_CREATE, .wait_ms = 30000})},
    {"a pull is asked for as long as the pass has time", .past = {.action = ACTION_CREATE,
        .result = RESULT_TRANSIENT, .tries = 99}, .expected = SAME3({.action = ACTION_CREATE, .wait_ms = 30000})},
    {"the network never comes up", ONE(.status = STATUS_CREATED, .ours = true), .past = {.action = ACTION_START,
        .result = RESULT_TRANSIENT, .tries = NEXT_TRANSIENT_MAX}, .expected = SAME3(IS(FAILED))},

    /* Created. */
    {"ours, never started", ONE(.status = STATUS_CREATED, .ours = true, .same = true), .expected = SAME3(START)},
    {"ours, never started, edited meanwhile", ONE(.status = STATUS_CREATED, .ours = true, .edited = true),
        .expected = {START, REMOVE, REMOVE}},
    {"ours, never started, and the source that deployed it is broken", ONE(.status = STATUS_CREATED, .ours = true,
        .edited = true), .known = {.contested = "a"}, .expected = SAME3(START)},
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
        .expected = SAME3(START)},
    {"a person's runs beside ours, which is down", .live = {{.id = "a", .status = STATUS_RUNNING},
        {.id = "b", .status = STATUS_EXITED, .ours = true, .edited = true, .error = true}}, .live_count = 2,
        .expected = {IS(SKIPPED), {.action = ACTION_START, .live = 1},
        {.action = ACTION_CREATE, .id = ID_REPLACING, .live = 1}}},
    {"a person's runs beside ours, which can never be started", .live = {{.id = "a", .status = STATUS_RUNNING},
        {.id = "b", .status = STATUS_STOPPED, .ours = true, .unusable = true}}, .live_count = 2,
        .expected = SAME3({.action = ACTION_REMOVE, .live = 1})},

    {"and is removed: it is made again beside the person's", ONE(.status = STATUS_RUNNING), AFTER(REMOVE, OK),
        .step = STEP_REMOVE_UNUSABLE, .creates = 1, .acted = true, .did = DID(REMOVE_UNUSABLE) END,
        .expected = SAME3(CREATE(ID_FRESH))},

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
        .expected = SAME3(LOGS)},
    {"crash loop, its last lines are read", ONE(.same = true, .status = STATUS_EXITED, .restarts = true, .exit_code = 3),
        AFTER(LOGS, OK), .did = DID(LOGS) END, .expected = SAME3(IS(FAILED))},
    {"crash loop, up for a moment", ONE(.same = true, .status = STATUS_RUNNING, .restart_count = 9, .young = true),
        AFTER(LOGS, OK), .did = DID(LOGS) END, .expected = SAME3(IS(FAILED))},
    {"ended with 0 under always", ONE(.same = true, .status = STATUS_EXITED, .restarts = true),
        .expected = SAME3(IS(SKIPPED))},
    {"ended while the daemon was down", ONE(.same = true, .status = STATUS_EXITED, .restarts = true, .daemon_missed = true),
        .expected = {IS(SKIPPED), START, START}},
    {"retries used up: its last lines are read", ONE(.status = STATUS_EXITED, .ends = true, .restarts = true,
        .exhausted = true, .exit_code = 1), .expected = SAME3(LOGS)},
    {"retries used up", ONE(.status = STATUS_EXITED, .ends = true, .restarts = true, .exhausted = true,
        .exit_code = 1), AFTER(LOGS, OK), .did = DID(LOGS) END, .expected = SAME3(IS(FAILED))},
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
        .exit_code = 1, .edited = true), .expected = {LOGS, LOGS, CREATE(ID_REPLACING)}},
    {"paused, differs", ONE(.status = STATUS_PAUSED, .edited = true), .expected = SAME3(IS(SKIPPED))},
    {"was updated", ONE(.status = STATUS_RUNNING, .same = true), AFTER(UPDATE, OK), .did = DID(UPDATE_IN_PLACE),
        .acted = true END, .expected = SAME3(IS(UPDATED))},
    {"was updated and differs all the same", ONE(.status = STATUS_RUNNING, .in_place = true), AFTER(UPDATE, OK),
        .did = DID(UPDATE_IN_PLACE), .acted = true END, .expected = {IS(DEPLOYED), IS(DEPLOYED), IS(FAILED)}},
    {"the Update is refused", ONE(.status = STATUS_RUNNING, .in_place = true), AFTER(UPDATE, REFUSED),
        .did = DID(UPDATE_IN_PLACE) END, .expected = SAME3(IS(FAILED))},

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
        .step = STEP_CREATE_NEW, .creates = 1 END, .expected = SAME3(IS(FAILED))},

    /* Health of what was started. */
    {"started, to be watched", ONE(.status = STATUS_RUNNING, .same = true, .ours = true), .known = {.soak = true},
        AFTER(START, OK), .starts = 1, .acted = true END, .expected = SAME3({.action = ACTION_SOAK})},
    {"stays up", ONE(.status = STATUS_RUNNING, .same = true), .known = {.soak = true}, AFTER(SOAK, OK),
        .starts = 1, .acted = true, .did = DID(SOAK) END, .expected = SAME3(IS(DEPLOYED))},
    {"was restarted meanwhile", ONE(.status = STATUS_RUNNING, .same = true, .restart_count = 2),
        .known = {.soak = true}, AFTER(SOAK, OK), .starts = 1, .acted = true, .did = DID(SOAK) END,
        .expected = SAME3(LOGS)},
    {"a person stopped it meanwhile, and its policy started it again", ONE(.status = STATUS_RUNNING, .same = true,
        .by_person = true, .restart_count = 1), .known = {.soak = true}, AFTER(SOAK, OK), .starts = 1,
        .acted = true, .did = DID(SOAK) END, .expected = SAME3(IS(DEPLOYED))},
    {"is down after its watch", ONE(.status = STATUS_EXITED, .restarts = true, .exit_code = 3),
        .known = {.soak = true}, AFTER(SOAK, OK), .starts = 1, .acted = true, .did = DID(SOAK) END,
        .expected = SAME3(LOGS)},
    {"and its log was read", ONE(.status = STATUS_EXITED, .restarts = true, .exit_code = 3),
        .known = {.soak = true}, AFTER(LOGS, OK), .starts = 1, .acted = true, .did = DID(SOAK) | DID(LOGS) END,
        .expected = SAME3(IS(FAILED))},
    {"did its work while it was watched", ONE(.status = STATUS_EXITED, .ends = true), .known = {.soak = true},
        AFTER(SOAK, OK), .starts = 1, .acted = true, .did = DID(SOAK) END, .expected = SAME3(IS(DONE))},

    /* What goes together. */
    {"its companion was changed", ONE(.status = STATUS_RUNNING, .same = true), .known = {.restart = true},
        .expected = {IS(KEEP), STOP, STOP}},
    {"its companion was changed, under hold", ONE(.status = STATUS_RUNNING, .same = true),
        .known = {.restart = true, .hold = true}, .expected = {IS(KEEP), IS(SKIPPED), IS(SKIPPED)}},
    {"stopped to be restarted, and it cannot be removed either",
        ONE(.status = STATUS_RUNNING, .same = true, .ours = true, .unusable = true), .known = {.restart = true},
        .past = {.action = ACTION_REMOVE, .result = RESULT_STUCK, .tries = 3, .did = DID(STOP_TO_RESTART)},
        .expected = SAME3(IS(FAILED))},
    {"stopped to be restarted", ONE(.status = STATUS_STOPPED, .same = true, .stopped_by_us = true),
        .known = {.restart = true}, AFTER(STOP, OK), .did = DID(STOP_TO_RESTART), .acted = true END,
        .expected = {IS(SKIPPED), START, START}},
    {"its companion was changed, under always", ONE(.status = STATUS_RUNNING, .same = true, .policy = POLICY_ALWAYS),
        .known = {.restart = true}, .expected = {IS(KEEP), UPDATE(UPDATE_QUIET), UPDATE(UPDATE_QUIET)}},
    {"quiet now", ONE(.status = STATUS_RUNNING, .in_place = true), .known = {.restart = true}, AFTER(UPDATE, OK),
        .did = DID(QUIET), .acted = true END, .expected = {IS(DEPLOYED), STOP, STOP}},
    {"quiet, and stopped", ONE(.status = STATUS_STOPPED, .in_place = true, .stopped_by_us = true),
        .known = {.restart = true}, AFTER(STOP, OK), .did = DID(QUIET) | DID(STOP_TO_RESTART), .acted = true END,
        .expected = {IS(SKIPPED), START, START}},
    {"started again, it gets its policy back", ONE(.status = STATUS_RUNNING, .in_place = true),
        .known = {.restart = true}, AFTER(START, OK), .starts = 1, .did = DID(QUIET) | DID(STOP_TO_RESTART), .acted = true END,
        .expected = SAME3(UPDATE(UPDATE_DESIRED))},
    {"stopped to be restarted, and what it goes with failed", ONE(.status = STATUS_STOPPED, .same = true, .ours = true,
        .stopped_by_us = true), .known = {.restart = true, .blocked = true}, AFTER(STOP, OK), .acted = true,
        .did = DID(STOP_TO_RESTART) END, .expected = {IS(SKIPPED), START, START}},
    {"quieted by an interrupted pass", ONE(.status = STATUS_RUNNING, .in_place = true),
        .known = {.restart = true, .restart_begun = true}, AFTER(START, OK), .starts = 1, .did = DID(STOP_TO_RESTART),
        .acted = true END, .expected = SAME3(UPDATE(UPDATE_DESIRED))},
    {"could not be stopped to be restarted", ONE(.status = STATUS_RUNNING, .same = true),
        .known = {.restart = true}, AFTER(STOP, STUCK), .step = STEP_STOP_TO_RESTART, .did = DID(STOP_TO_RESTART) END,
        .expected = SAME3(LOOK)},
    {"and runs all the same: once more", ONE(.status = STATUS_RUNNING, .same = true),
        .known = {.restart = true}, AFTER(STOP, STUCK), .misses = 1, .step = STEP_STOP_TO_RESTART, .settled = true,
        .did = DID(STOP_TO_RESTART) END, .expected = SAME3(STOP)},
    {"and again", ONE(.status = STATUS_RUNNING, .same = true), .known = {.restart = true},
        .past = {.action = ACTION_STOP, .result = RESULT_STUCK, .misses = 2, .step = STEP_STOP_TO_RESTART,
        .settled = true, .did = DID(STOP_TO_RESTART)}, .expected = SAME3(IS(FAILED))},
    {"its end was missed, and it is made again beside it", ONE(.status = STATUS_RUNNING, .same = true, .ours = true,
        .lost = true), .known = {.restart = true}, AFTER(STOP, MISSED), .step = STEP_STOP_TO_RESTART, .settled = true,
        .did = DID(STOP_TO_RESTART) END, .expected = {IS(KEEP), CREATE(ID_REPLACING), CREATE(ID_REPLACING)}},

    /* A crash loop may have been up again when the policy that ends it came. */
    {"a looping new one is given up", .live = {{.role = ROLE_OLD, .status = STATUS_STOPPED},
        {.role = ROLE_NEW, .current = true, .started_before = true, .status = STATUS_STOPPED, .policy = POLICY_NO}},
        .live_count = 2, .known = {.former_ran = true}, .past = {.action = ACTION_UPDATE, .result = RESULT_OK,
        .failure = "it ended", .did = DID(LOOK_DOWN) | DID(LOGS) | DID(CALM_NEW)},
        .expected = SAME3({.action = ACTION_STOP, .live = 1})},
    {"the new one cannot be stopped: it may hold a port", .live = {{.role = ROLE_OLD, .status = STATUS_STOPPED},
        {.role = ROLE_NEW, .current = true, .started_before = true, .status = STATUS_RUNNING, .policy = POLICY_NO}},
        .live_count = 2, .known = {.former_ran = true}, .past = {.action = ACTION_STOP, .role = ROLE_NEW,
        .result = RESULT_STUCK, .settled = true, .failure = "it ended", .did = DID(LOOK_DOWN) | DID(LOGS) | DID(STOP_NEW)},
        .expected = SAME3({.action = ACTION_REMOVE, .live = 1})},
    {"an interrupted one is undone, and the old one cannot be started", .live = {{.role = ROLE_OLD,
        .status = STATUS_STOPPED}, {.role = ROLE_NEW, .current = true, .status = STATUS_STOPPED,
        .policy = POLICY_NO}}, .live_count = 2, .known = {.former_ran = true}, .past = {.action = ACTION_START,
        .role = ROLE_OLD, .step = STEP_START_OLD, .result = RESULT_LATER, .failure = "it is not as the manifest says",
        .fault = FAULT_OVER, .did = DID(LOOK_DOWN) | DID(LOGS) | DID(STOP_NEW) | DID(START_OLD)},
        .expected = SAME3({.action = ACTION_REMOVE, .live = 1})},
    {"one that failed by itself stays until the old one runs", .live = {{.role = ROLE_OLD,
        .status = STATUS_STOPPED}, {.role = ROLE_NEW, .current = true, .status = STATUS_STOPPED,
        .policy = POLICY_NO}}, .live_count = 2, .known = {.former_ran = true}, .past = {.action = ACTION_START,
        .role = ROLE_OLD, .step = STEP_START_OLD, .result = RESULT_LATER, .failure = "it ended",
        .fault = FAULT_FINAL, .did = DID(LOOK_DOWN) | DID(LOGS) | DID(STOP_NEW) | DID(START_OLD)},
        .expected = SAME3(IS(FAILED))},
    {"and is gone: the old one is started", ONE(.status = STATUS_STOPPED),
        .known = {.orphaned = true, .former_ran = true, .former_policy = true},
        AFTER(REMOVE, OK), .acted = true, .did = DID(STOP_NEW) | DID(REMOVE_NEW) END, .expected = SAME3(START)},
    {"and then has its policy again", ONE(.status = STATUS_RUNNING),
        .known = {.orphaned = true, .former_ran = true, .former_policy = true},
        AFTER(START, OK), .acted = true, .did = DID(STOP_NEW) | DID(REMOVE_NEW) | DID(START_OLD) END,
        .expected = SAME3({.action = ACTION_UPDATE, .update = UPDATE_RESTORE})},
    {"and all is as it was", ONE(.status = STATUS_RUNNING),
        .known = {.orphaned = true, .former_ran = true, .former_policy = true}, AFTER(UPDATE, OK), .acted = true,
        .did = DID(STOP_NEW) | DID(REMOVE_NEW) | DID(START_OLD) | DID(RESTORE_OLD) END,
        .expected = SAME3(IS(REMOVED))},
    {"the old one's Stop was not answered: does it run?", .live = {{.role = ROLE_OLD, .status = STATUS_RUNNING},
        {.role = ROLE_NEW, .current = true, .same = true, .status = STATUS_CREATED}}, .live_count = 2,
        .known = {.former_ran = true, .former_policy = true}, .past = {.action = ACTION_STOP, .role = ROLE_OLD,
        .result = RESULT_NO_ANSWER, .did = DID(STOP_OLD)}, .expected = SAME3({.action = ACTION_LOOK, .live = 0})},
    {"a looping old one makes room", .live = {{.role = ROLE_OLD, .status = STATUS_STOPPED, .policy = POLICY_NO},
        {.role = ROLE_NEW, .current = true, .same = true, .status = STATUS_CREATED}}, .live_count = 2,
        .past = {.action = ACTION_UPDATE, .role = ROLE_OLD, .result = RESULT_OK, .did = DID(CALM_OLD)},
        .expected = SAME3({.action = ACTION_STOP, .live = 0})},

    /* It takes the room of an orphan that runs. */
    {"it failed when it had taken another one's room", .known = {.needs_room = true, .failed = true},
        .expected = SAME3(IS(FAILED))},
    {"likewise, and a moment ago", ONE(.status = STATUS_CREATED, .ours = true),
        .known = {.needs_room = true, .backs_off = true}, .expected = SAME3(IS(FAILED))},
    {"an orphan was stopped for it", ONE(.status = STATUS_CREATED, .ours = true),
        .known = {.needs_room = true, .took_room = true, .backs_off = true}, .expected = SAME3(START)},
    {"a person took the new one away in its soak", ONE(.status = STATUS_RUNNING, .ours = true),
        .past = {.failure = "taken", .fault = FAULT_PERSON, .acted = true}, .expected = SAME3(IS(FAILED))},

    /* No manifest names it. */
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
        .past = {.action = ACTION_REMOVE, .result = RESULT_STUCK, .tries = 3}, .expected = SAME3(IS(FAILED))},
    {"the old one is unusable and cannot be removed", .live = {
        {.id = "a", .role = ROLE_OLD, .status = STATUS_STOPPED, .ours = true, .unusable = true},
        {.id = "b", .role = ROLE_NEW, .status = STATUS_EXITED, .ours = true, .current = true, .same = true}},
        .live_count = 2, .known = {.former_ran = true, .former_copy = true},
        AFTER(REMOVE, REFUSED), .role = ROLE_OLD, .failure = "it ended", .did = ~UINT64_C(0) END,
        .expected = SAME3(IS(FAILED))},
    {"a replacement of a name that is not ours to know", .live = {
        {.id = "a", .role = ROLE_OLD, .status = STATUS_RUNNING, .ours = true},
        {.id = "b", .role = ROLE_NEW, .status = STATUS_CREATED, .ours = true, .current = true, .same = true}},
        .live_count = 2, .known = {.orphaned = true, .former_ran = true}, .expected = SAME3(IS(SKIPPED))},
    {"its replacement lost its manifest", .live = {
        {.id = "a", .role = ROLE_OLD, .status = STATUS_RUNNING, .ours = true, .recorded = true},
        {.id = "b", .role = ROLE_NEW, .status = STATUS_CREATED, .ours = true, .current = true, .same = true}},
        .live_count = 2, .known = {.orphaned = true, .former_ran = true}, .expected = SAME3(REMOVE)},

    {"it runs, the old one never did, and the manifest is another one now", .live = {
        {.id = "a", .role = ROLE_OLD, .status = STATUS_STOPPED, .ours = true, .error = true},
        {.id = "b", .role = ROLE_NEW, .status = STATUS_RUNNING, .ours = true, .started_before = true}},
        .live_count = 2, .expected = SAME3(REMOVE)},

    {"it runs, the old one is gone, and the manifest is another one now", .live = {
        {.id = "b", .role = ROLE_NEW, .status = STATUS_RUNNING, .ours = true, .started_before = true}},
        .live_count = 1, .known = {.former_ran = true, .former_copy = true},
        .expected = {IS(DIFFERS), IS(DIFFERS), CREATE(ID_REPLACING)}},

    /* A replacement, step by step. */
    {"the old one loops", PAIR(OLD_ONE(.status = STATUS_EXITED, .restarts = true, .policy = POLICY_ALWAYS),
        NEW_ONE(.status = STATUS_CREATED)), .expected = TAKES(UPDATE, CALM_OLD)},
    {"the old one would start again by itself", PAIR(OLD_ONE(.status = STATUS_RUNNING, .policy = POLICY_ALWAYS),
        NEW_ONE(.status = STATUS_CREATED)), .expected = TAKES(UPDATE, QUIET_OLD)},
    {"the old one's Stop did nothing", PAIR(OLD_ONE(.status = STATUS_RUNNING), NEW_ONE(.status = STATUS_CREATED)),
        AFTER(STOP, LATER), .role = ROLE_OLD, .did = DID(STOP_OLD) END, .expected = TAKES(LOOK, LOOK_OLD)},
    {"the old one is lost, and has the port", PAIR(OLD_ONE(.status = STATUS_RUNNING, .lost = true),
        NEW_ONE(.status = STATUS_CREATED)), .known = {.shares_port = true}, .expected = TAKES(REMOVE, REMOVE_LOST)},
    {"the old one is lost, and has the port that another one waits for", PAIR(OLD_ONE(.status = STATUS_RUNNING,
        .lost = true), NEW_ONE(.status = STATUS_CREATED)), .known = {.makes_way = true},
        .expected = TAKES(REMOVE, REMOVE_LOST)},
    {"the old one is lost, and has not", PAIR(OLD_ONE(.status = STATUS_RUNNING, .lost = true),
        NEW_ONE(.status = STATUS_CREATED)), .expected = TAKES(START, START_NEW)},
    {"the old one is down", PAIR(OLD_ONE(.status = STATUS_STOPPED, .stopped_by_us = true),
        NEW_ONE(.status = STATUS_CREATED)), .expected = TAKES(START, START_NEW)},
    {"the new one runs", PAIR(OLD_ONE(.status = STATUS_STOPPED, .stopped_by_us = true),
        NEW_ONE(.status = STATUS_RUNNING)), .known = {.soak = true}, .expected = TAKES(SOAK, SOAK_NEW)},
    {"the new one was watched", PAIR(OLD_ONE(.status = STATUS_STOPPED, .stopped_by_us = true),
        NEW_ONE(.status = STATUS_RUNNING)), .known = {.soak = true}, AFTER(SOAK, OK), .did = DID(SOAK_NEW) END,
        .expected = TAKES(LOOK, LOOK_NEW)},
    {"and kanto-cm did not say how it is", PAIR(OLD_ONE(.status = STATUS_STOPPED, .stopped_by_us = true),
        NEW_ONE(.status = STATUS_RUNNING)), .known = {.soak = true, .former_ran = true}, AFTER(LOOK, LATER),
        .step = STEP_LOOK_NEW, .role = ROLE_NEW, .starts = 1, .did = DID(SOAK_NEW) | DID(LOOK_NEW) END,
        .expected = SAME3(IS(FAILED))},
    {"a person stopped the new one in its watch, and its policy started it again", PAIR(OLD_ONE(.status =
        STATUS_STOPPED, .stopped_by_us = true), NEW_ONE(.status = STATUS_RUNNING, .by_person = true,
        .restart_count = 1)), .known = {.soak = true}, AFTER(LOOK, OK), .starts = 1, .acted = true,
        .did = DID(SOAK_NEW) | DID(LOOK_NEW) END, .expected = TAKES(REMOVE, REMOVE_OLD)},
    {"likewise, and it crashes besides", PAIR(OLD_ONE(.status = STATUS_STOPPED, .stopped_by_us = true),
        NEW_ONE(.status = STATUS_RUNNING, .by_person = true, .started_before = true, .restart_count = 2)),
        .known = {.soak = true, .former_ran = true}, AFTER(LOOK, OK), .starts = 1, .acted = true,
        .did = DID(SOAK_NEW) | DID(LOOK_NEW) END, .expected = TAKES(LOOK, LOOK_DOWN)},
    {"the new one was stopped by hand", PAIR(OLD_ONE(.status = STATUS_STOPPED, .stopped_by_us = true),
        NEW_ONE(.status = STATUS_STOPPED, .by_person = true, .started_before = true, .recorded = true)),
        .expected = SAME3(IS(SKIPPED))},
    {"the new one ended", PAIR(OLD_ONE(.status = STATUS_STOPPED, .stopped_by_us = true),
        NEW_ONE(.status = STATUS_EXITED, .exit_code = 3, .restarts = true, .started_before = true)),
        .known = {.former_ran = true}, AFTER(LOOK, OK), .role = ROLE_NEW, .starts = 1, .acted = true END,
        .expected = TAKES(LOOK, LOOK_DOWN)},
    {"and its words were read", PAIR(OLD_ONE(.status = STATUS_STOPPED, .stopped_by_us = true),
        NEW_ONE(.status = STATUS_EXITED, .exit_code = 3, .restarts = true, .started_before = true,
        .policy = POLICY_ALWAYS)), .known = {.former_ran = true}, AFTER(LOGS, OK), .role = ROLE_NEW, .starts = 1,
        .failure = "it ended", .fault = FAULT_FINAL, .did = DID(LOOK_DOWN) | DID(LOGS) END,
        .expected = TAKES(UPDATE, CALM_NEW)},
    {"the old one is gone and known", .live = {NEW_ONE(.status = STATUS_STOPPED, .policy = POLICY_NO)}, .live_count = 1,
        .known = {.former_ran = true, .former_copy = true}, AFTER(REMOVE, OK), .role = ROLE_OLD, .failure = "it ended",
        .fault = FAULT_OVER END, .expected = TAKES(CREATE, CREATE_COPY)},
    {"what it needs is missing", ONE(.status = STATUS_RUNNING), .known = {.lacks = "mounts[0].source /x is not there"},
        .expected = {IS(DIFFERS), IS(DIFFERS), IS(WAITING)}},
    {"start-first with its own port", ONE(.status = STATUS_RUNNING), .known = {.start_first = true, .shares_port = true},
        .expected = {IS(DIFFERS), IS(DIFFERS), IS(FAILED)}},
    {"the journal cannot be written", ONE(.status = STATUS_RUNNING), .known = {.forgetful = true},
        .expected = {IS(DIFFERS), IS(DIFFERS), IS(FAILED)}},
    {"two manifests of the name", ONE(.status = STATUS_RUNNING), .known = {.contested = "a.json and b.json"},
        .expected = SAME3(IS(SKIPPED))},
    {"it was too costly a moment ago", ONE(.status = STATUS_RUNNING), .known = {.backs_off = true},
        .expected = {IS(DIFFERS), IS(DIFFERS), IS(FAILED)}},

    /* Others of the pass need its place, or had it. */
    {"in the way of a new one", ONE(.status = STATUS_RUNNING, .ours = true),
        .known = {.orphaned = true, .prune = true, .makes_room = true}, .expected = TAKES(STOP, STOP_ORPHAN)},
    {"in the way, and it would start again by itself", ONE(.status = STATUS_RUNNING, .ours = true, .policy = POLICY_ALWAYS),
        .known = {.orphaned = true, .prune = true, .makes_room = true}, .expected = TAKES(UPDATE, QUIET_ORPHAN)},
    {"in vain, and it is quiet still", ONE(.status = STATUS_RUNNING, .ours = true, .policy = POLICY_UNLESS_STOPPED),
        .known = {.orphaned = true, .prune = true, .makes_room = true, .room_failed = true, .former_policy = true},
        AFTER(START, OK), .step = STEP_START_ORPHAN, .acted = true, .did = DID(QUIET_ORPHAN) | DID(STOP_ORPHAN) |
        DID(START_ORPHAN) END, .expected = TAKES(UPDATE, RESTORE_ORPHAN)},
    {"it has its policy again", ONE(.status = STATUS_RUNNING, .ours = true, .policy = POLICY_ALWAYS),
        .known = {.orphaned = true, .prune = true, .makes_room = true, .room_failed = true},
        AFTER(UPDATE, OK), .step = STEP_RESTORE_ORPHAN, .acted = true, .did = DID(QUIET_ORPHAN) | DID(STOP_ORPHAN) |
        DID(START_ORPHAN) | DID(RESTORE_ORPHAN) END, .expected = SAME3(IS(SKIPPED))},
    {"an interrupted pass had stopped it, and it may not go any more", ONE(.status = STATUS_STOPPED, .ours = true,
        .stopped_by_us = true), .known = {.orphaned = true}, .expected = TAKES(START, START_ORPHAN)},
    {"and it runs again", ONE(.status = STATUS_RUNNING, .ours = true), .known = {.orphaned = true},
        AFTER(START, OK), .step = STEP_START_ORPHAN, .acted = true, .did = DID(START_ORPHAN) END,
        .expected = SAME3(IS(SKIPPED))},
    {"an interrupted pass had stopped it, and a new one needs its room still", ONE(.status = STATUS_STOPPED,
        .ours = true, .stopped_by_us = true), .known = {.orphaned = true, .prune = true, .makes_room = true},
        .expected = TAKES(NONE, WAIT_FOR_ROOM)},
    {"it made room", ONE(.status = STATUS_STOPPED, .ours = true, .stopped_by_us = true),
        .known = {.orphaned = true, .prune = true, .makes_room = true}, AFTER(STOP, OK), .acted = true,
        .did = DID(STOP_ORPHAN) END, .expected = TAKES(NONE, WAIT_FOR_ROOM)},
    {"in vain", ONE(.status = STATUS_STOPPED, .ours = true, .stopped_by_us = true),
        .known = {.orphaned = true, .prune = true, .makes_room = true, .room_failed = true}, AFTER(STOP, OK),
        .acted = true, .did = DID(STOP_ORPHAN) END, .expected = TAKES(START, START_ORPHAN)},
    {"it failed in another one's place", ONE(.status = STATUS_STOPPED, .ours = true, .same = true),
        .known = {.took_room = true}, AFTER(START, OK), .starts = 1, .acted = true END,
        .expected = TAKES(REMOVE, REMOVE_FAILED)},

    /* Others than the program act too. */
    {"it was told by the List alone", ONE(.status = STATUS_RUNNING, .in_place = true, .unlooked = true),
        .expected = {IS(DIFFERS), IS(DIFFERS), {.action = ACTION_LOOK, .step = STEP_LOOK_FIRST}}},
    {"it was told long ago", ONE(.status = STATUS_STOPPED, .same = true, .stale = true),
        .expected = {IS(SKIPPED), LOOK, LOOK}},

    /* The rest. */
    {"paused", ONE(.status = STATUS_PAUSED), .expected = SAME3(IS(SKIPPED))},
    {"being created", ONE(.status = STATUS_CREATING), .expected = SAME3(IS(SKIPPED))},
    {"dead", ONE(.same = true, .status = STATUS_DEAD), .expected = {IS(SKIPPED), START, START}},
    {"a state nobody knows", ONE(.same = true, .status = STATUS_UNKNOWN), .expected = {IS(SKIPPED), START, START}},

    /* Start's answers. */
    {"Start is refused", ONE(.status = STATUS_CREATED, .ours = true), AFTER(START, REFUSED) END,
        .expected = SAME3(IS(FAILED))},
    {"Start was not answered: does it run?", ONE(.status = STATUS_CREATED, .ours = true), AFTER(START, NO_ANSWER) END,
        .expected = SAME3(LOOK)},
    {"Start was not answered, and it does not", ONE(.status = STATUS_CREATED, .ours = true), AFTER(START, NO_ANSWER),
        .settled = true END, .expected = SAME3(IS(FAILED))},
    {"the daemon's network is not up", ONE(.status = STATUS_CREATED, .ours = true), AFTER(START, TRANSIENT) END,
        .expected = SAME3({.action = ACTION_START, .wait_ms = 500})},
    {"unusable, ours", ONE(.status = STATUS_STOPPED, .ours = true, .unusable = true), AFTER(START, UNUSABLE) END,
        .expected = SAME3(REMOVE)},
    {"unusable, somebody else's", ONE(.status = STATUS_STOPPED, .unusable = true), AFTER(START, UNUSABLE) END,
        .expected = {IS(SKIPPED), REMOVE, REMOVE}},
    {"an unusable one cannot be removed", ONE(.status = STATUS_STOPPED, .unusable = true), AFTER(REMOVE, REFUSED) END,
        .expected = SAME3(IS(FAILED))},
};
/* clang-format on */

/* The plainest step of that action, where the row names none. */
static enum step step_of(const struct past *past)
{
    static const enum step steps[ACTIONS] = {
        [ACTION_CREATE] = STEP_CREATE_FIRST,
        [ACTION_START] = STEP_START,
        [ACTION_STOP] = STEP_STOP_TO_RESTART,
        [ACTION_UPDATE] = STEP_UPDATE_IN_PLACE,
        [ACTION_REMOVE] = STEP_REMOVE_OLD,
        [ACTION_LOOK] = STEP_LOOK_TAKEN,
        [ACTION_SOAK] = STEP_SOAK,
        [ACTION_LOGS] = STEP_LOGS,
    };
    return past->step ? past->step : steps[past->action];
}

static struct facts facts_of(const struct row *row, size_t mode)
{
    struct facts facts = {
        .mode = (enum mode)mode,
        .live = row->live,
        .live_count = row->live_count,
        .known = row->known,
        .past = row->past,
    };
    facts.past.step = step_of(&row->past);
    return facts;
}

START_TEST(row_by_row)
{
    static const char *const modes[] = {"ignore", "start", "update"};
    const struct row *row = &rows[_i];
    for (size_t mode = 0; mode < countof(modes); mode++) {
        struct facts facts = facts_of(row, mode);
        struct move got = next(&facts);
        const struct move *want = &row->expected[mode];
        ck_assert_msg(got.action == want->action && got.verdict == want->verdict &&
                          got.wait_ms == want->wait_ms &&
                          (want->step == STEP_NONE || got.step == want->step) &&
                          (want->id == ID_NONE || got.id == want->id) &&
                          (want->update == UPDATE_NONE || got.update == want->update) &&
                          (want->live == 0 || got.live == want->live),
            "%s (existing = %s): got %s \"%s\", %s, id %d, wait %lld; expected %s, %s, id %d, %lld",
            row->name, modes[mode], action_word(got.action), step_rule(got.step)->name,
            verdict_word(got.verdict), got.id, (long long)got.wait_ms, action_word(want->action),
            verdict_word(want->verdict), want->id, (long long)want->wait_ms);
        if (got.action == ACTION_VERDICT && got.verdict != VERDICT_KEEP &&
            got.verdict != VERDICT_DEPLOYED && got.verdict != VERDICT_UPDATED &&
            got.verdict != VERDICT_REMOVED)
            ck_assert_msg(got.reason != NULL, "%s: a verdict without a reason", row->name);
    }
}
END_TEST

/* A step that no row reaches is a step that nobody needs. */
START_TEST(every_step_is_taken_by_some_row)
{
    uint64_t taken = DID(NONE);
    for (size_t i = 0; i < countof(rows); i++)
        for (size_t mode = 0; mode < 3; mode++) {
            struct facts facts = facts_of(&rows[i], mode);
            taken |= UINT64_C(1) << next(&facts).step;
        }
    for (size_t step = 0; step < STEPS; step++)
        ck_assert_msg(taken >> step & 1, "no row reaches \"%s\"", step_rule((enum step)step)->name);
}
END_TEST

/* Whatever is there, no chain of answers makes it ask for ever. */
START_TEST(every_chain_of_refusals_ends)
{
    static const enum result results[] = {
        RESULT_TAKEN, RESULT_REFUSED, RESULT_LATER, RESULT_NO_ANSWER};
    for (size_t r = 0; r < countof(results); r++) {
        struct facts facts = {.mode = MODE_START};
        struct past *past = &facts.past;
        struct move move = {0};
        unsigned rounds = 0;
        for (; rounds < 100; rounds++) {
            move = next(&facts);
            if (move.action == ACTION_VERDICT)
                break;
            enum result result = move.action == ACTION_LOOK ? RESULT_OK : results[r];
            if (move.step == STEP_SETTLE) {
                past->settled = true;
                continue;
            }
            past->tries = past->step == move.step && past->result == result ? past->tries + 1 : 1;
            past->creates += move.action == ACTION_CREATE && result != RESULT_TRANSIENT;
            past->step = move.step;
            past->action = move.action;
            past->result = result;
            past->settled = false;
        }
        ck_assert_msg(rounds < 20, "result %d: %u rounds", results[r], rounds);
        ck_assert_int_eq(move.verdict, VERDICT_FAILED);
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
    static const size_t expected[] = {0, 1, 1, 3, 3};
    for (size_t count = 1; count <= countof(live); count++)
        ck_assert_uint_eq(next_chosen(live, count), expected[count - 1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("next");
    TCase *cases = tcase_create("next");
    tcase_add_loop_test(cases, row_by_row, 0, countof(rows));
    tcase_add_test(cases, every_step_is_taken_by_some_row);
    tcase_add_test(cases, every_chain_of_refusals_ends);
    tcase_add_test(cases, the_chosen_one);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
