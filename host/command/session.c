#include "command/session.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "command/command.h"
#include "command/diagnose.h"
#include "command/gather.h"
#include "command/stop.h"
#include "kanto/client.h"

#include <stdio.h>
#include <stdlib.h>

int session_gather(
    struct session *session, const struct options *options, bool writing, struct error *err)
{
    session->began_ms = duration_now_ms();
    if (gather_config(options, &session->config, err) < 0)
        return diagnose_code(err);
    session->has_config = true;
    session->report.socket = session->config.socket;
    if (session->config.count == 0)
        session_problem(session, REPORT_WARNING, options->config ? options->config : CONFIG_FILE,
            "no [source NAME] section: there is nothing to deploy");
    if (gather_wishes(&session->config, options, writing, &session->wishes, &session->report, err) <
        0)
        return diagnose_code(err);
    return EXIT_DONE;
}

static int open_journal(struct session *session, bool writing, struct error *err)
{
    scoped_free char *notice = NULL;
    const struct config *config = &session->config;
    int result = writing ? journal_open(config->state_dir, config->connect_timeout_ms,
                               &session->journal, &notice, err)
                         : journal_peek(config->state_dir, &session->journal, &notice);
    if (result < 0)
        return -1;
    session->has_journal = true;
    if (notice)
        session_problem(session, writing ? REPORT_ERROR : REPORT_WARNING, "journal", notice);
    return 0;
}

int session_connect(struct session *session, bool writing, struct error *err)
{
    const struct config *config = &session->config;
    struct kanto_options kanto_options = {
        .socket = config->socket,
        .connect_timeout_ms = config->connect_timeout_ms,
        .trace = config->trace,
        .cancelled = stop_asked,
    };
    struct observe_options observe_options = {
        .settle_ms = config->settle_ms,
        .patience_ms = config->connect_timeout_ms,
        .stop = stop_asked,
    };
    if (open_journal(session, writing, err) < 0 ||
        kanto_connect(&kanto_options, &session->kanto, err) < 0 ||
        observe(session->kanto, &session->journal, &observe_options, &session->observed, err) < 0)
        return diagnose_code(err);
    session->report.lists = session->observed.calls;
    pass_init(&session->pass, &session->wishes, &session->observed, &session->journal,
        session_mode(session));
    session->report.pass = &session->pass;
    if (session->pass.order.cycle)
        session_problem(session, REPORT_WARNING, "extra_hosts", session->pass.order.cycle);
    return EXIT_DONE;
}

void session_finish(struct session *session)
{
    pass_finish(&session->pass);
    observed_finish(&session->observed);
    if (session->kanto)
        session->kanto->table->close(session->kanto);
    if (session->has_journal)
        journal_close(&session->journal);
    wishes_finish(&session->wishes);
    report_finish(&session->report);
    if (session->has_config)
        config_finish(&session->config);
}

enum mode session_mode(const struct session *session)
{
    switch (session->config.existing) {
    case EXISTING_IGNORE:
        return MODE_IGNORE;
    case EXISTING_UPDATE:
        return MODE_UPDATE;
    case EXISTING_START:
        break;
    }
    return MODE_START;
}

bool session_has_errors(const struct session *session)
{
    for (size_t i = 0; i < session->report.problem_count; i++)
        if (session->report.problems[i].level == REPORT_ERROR)
            return true;
    return false;
}

void session_problem(
    struct session *session, enum report_level level, const char *where, const char *text)
{
    diagnose_problem(level, where, text);
    report_add_problem(&session->report, level, where, "%s", text);
}

void session_failed(struct session *session, int code, const struct error *err)
{
    session_problem(session, REPORT_ERROR, "", err->text);
    session->report.exit_code = code;
}

void session_print(struct session *session, const struct options *options, report_printer *printer)
{
    scoped(text_finish) struct text text = {0};
    session->report.elapsed_ms = duration_now_ms() - session->began_ms;
    if (options->json)
        report_print_json(&session->report, &text);
    else if (session->report.pass || session->report.exit_code == EXIT_DONE)
        printer(&session->report, diagnose_colour(stdout), options->verbose, &text);
    fputs(text_get(&text), stdout);
    fflush(stdout);
}
