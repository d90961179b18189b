#include "base/cleanup.h"
#include "command/command.h"
#include "command/session.h"
#include "command/stop.h"

static int judge(const struct session *session)
{
    bool pending = false, failed = session_has_errors(session);
    for (size_t i = 0; i < session->pass.count; i++) {
        const struct job *job = &session->pass.jobs[i];
        pending = pending || job->step_count > 0;
        failed = failed || job->action.verdict == VERDICT_FAILED ||
                 job->action.verdict == VERDICT_WAITING;
    }
    return failed ? EXIT_FAILED : pending ? EXIT_PENDING : EXIT_DONE;
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
        pass_foresee(&session.pass, session_mode(&session));
        session.report.exit_code = judge(&session);
    }
    session_print(&session, options, report_print_plan);
    return session.report.exit_code;
}
