#include "base/cleanup.h"
#include "command/command.h"
#include "command/session.h"
#include "command/stop.h"

static int exit_code_of(const struct session *session)
{
    bool pending = false;
    for (size_t i = 0; i < session->pass.stories.count; i++)
        pending = pending || story_changes(session->pass.stories.items[i]);
    if (session_has_failed(session))
        return EXIT_FAILED;
    return pending ? EXIT_PENDING : EXIT_DONE;
}

int command_plan(const struct options *options)
{
    struct error err = {0};
    scoped(session_finish) struct session session = {.report = {.command = "plan"}};
    stop_install();
    int code = session_gather(&session, options, false, &err);
    if (code == EXIT_DONE && session_has_work(&session))
        code = session_connect(&session, &err);
    if (code != EXIT_DONE) {
        session_failed(&session, code, &err);
    } else {
        pass_foresee(&session.pass);
        session.report.exit_code = exit_code_of(&session);
    }
    session_print(&session, options, report_print_plan);
    return session.report.exit_code;
}
