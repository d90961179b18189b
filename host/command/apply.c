#include "apply/pass.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/diagnose.h"
#include "command/progress.h"
#include "command/session.h"
#include "command/stop.h"
#include "gather/configure.h"
#include "report/view.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool live_terminal(const struct options *options)
{
    const char *terminal = getenv("TERM");
    return !options->json && isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

static void run(struct session *session, const struct options *options)
{
    struct view *view = options->json ? NULL
                                      : view_create(STDOUT_FILENO, live_terminal(options),
                                            diagnose_colour(stdout), options->verbose);
    struct pass_options pass_options = session_pass_options(session);
    struct progress progress;
    session->view = view;
    pass_options.listener = progress_listen;
    pass_options.context = &progress;
    progress_begin(&progress, view);
    pass_run(&session->pass, session->kanto, &session->journal, &pass_options);
    progress_end(&progress);
    session->view = NULL;
    view_destroy(view);
    session->report.lists += session->pass.stories.lists;
    if (session->pass.lost_reason)
        session_problem(session, SEVERITY_ERROR, "", session->pass.lost_reason);
    if (session->pass.journal_error)
        session_problem(
            session, SEVERITY_ERROR, session->config.state_dir, session->pass.journal_error);
}

/* A source of the conf that asks for another try, and has nothing to serve meanwhile: nobody else would
 * look again before the next boot. */
static bool lacks_a_source(const struct session *session)
{
    const struct gathered *gathered = &session->gathered;
    for (size_t i = 0; i < gathered->source_count; i++)
        if (strcmp(gathered->sources[i].result, "retry") == 0 &&
            strcmp(gathered->sources[i].serves, "nothing") == 0 &&
            !configure_is_folder(&session->config.sources[i]))
            return true;
    return false;
}

static int exit_code_of(const struct session *session)
{
    if (session->pass.stories.lost)
        return EXIT_NO_DAEMON;
    if (lacks_a_source(session))
        return EXIT_NOT_YET;
    return session_has_failed(session) ? EXIT_FAILED : EXIT_DONE;
}

/* For whoever asks tomorrow. A folder that cannot be written has been reported already. */
static void keep_report(struct session *session)
{
    if (!session->journal.writable)
        return;
    scoped_free char *path = memory_format("%s/last-report.json", session->config.state_dir);
    scoped(text_finish) struct text json = {0};
    struct error err = {0};
    report_print_json(&session->report, &json);
    if (file_write_atomic(path, text_get(&json), json.length, 0600, &err) < 0)
        diagnose_problem(SEVERITY_WARNING, "report", err.text);
}

int command_apply(const struct options *options)
{
    struct error err = {0};
    scoped(session_finish) struct session session = {.report = {.command = "apply"}};
    stop_install();
    int code = session_gather(&session, options, true, &err);
    if (code == EXIT_DONE && session_has_work(&session))
        code = session_connect(&session, &err);
    if (code != EXIT_DONE) {
        session_failed(&session, code, &err);
    } else {
        if (session.kanto)
            run(&session, options);
        session.report.exit_code = exit_code_of(&session);
    }
    session_print(&session, options, report_print_result);
    keep_report(&session);
    return session.report.exit_code;
}
