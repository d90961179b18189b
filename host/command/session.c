#include "command/session.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/diagnose.h"
#include "command/gather.h"
#include "command/stop.h"
#include "kanto/client.h"
#include "model/container.h"
#include "model/id.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKS_MAX     3
#define LOOK_AGAIN_MS 200

static int open_journal(struct session *session, bool writing, struct error *err)
{
    scoped_free char *notice = NULL;
    const struct config *config = &session->config;
    const struct lock_options lock = {
        .holder = "kanto-deployer apply",
        .wait_ms = config->connect_timeout_ms,
        .cancelled = stop_asked,
    };
    int result = writing ? journal_open(config->state_dir, &lock, &session->journal, &notice, err)
                         : journal_peek(config->state_dir, &session->journal, &notice);
    if (result < 0)
        return -1;
    session->has_journal = true;
    session->unwritable = writing && !session->journal.writable;
    session->journal_told = notice != NULL;
    if (notice)
        session_problem(session, writing ? REPORT_ERROR : REPORT_WARNING, "journal", notice);
    return 0;
}

/* By its socket, as it is now: called again after each connect. */
static int lock_daemon(struct session *session, struct error *err)
{
    scoped_free char *notice = NULL;
    scoped_free char *holder =
        memory_format("kanto-deployer apply, state folder %s", session->config.state_dir);
    const struct lock_options lock = {
        .holder = holder,
        .wait_ms = session->config.connect_timeout_ms,
        .cancelled = stop_asked,
    };
    if (!session->writing)
        return 0;
    if (daemon_lock_take(&session->daemon_lock, session->config.socket, &lock, &notice, err) < 0)
        return -1;
    if (notice && !session->lock_told)
        session_problem(session, REPORT_WARNING, "lock", notice);
    session->lock_told = session->lock_told || notice;
    return 0;
}

/* The locks come before the sources: what they say must not be older than what another pass does.
 * */
int session_gather(
    struct session *session, const struct options *options, bool writing, struct error *err)
{
    session->began_ms = duration_now_ms();
    session->writing = writing;
    session->daemon_lock = LOCK_NONE;
    if (gather_config(options, &session->config, err) < 0)
        return diagnose_code(err);
    session->has_config = true;
    session->report.socket = session->config.socket;
    if (session->config.count == 0)
        session_problem(session, REPORT_WARNING, options->config ? options->config : CONFIG_FILE,
            "no [source NAME] section: there is nothing to deploy");
    if (open_journal(session, writing, err) < 0 || lock_daemon(session, err) < 0 ||
        gather_desired(
            &session->config, options, writing, &session->desired_set, &session->report, err) < 0)
        return diagnose_code(err);
    for (size_t i = 0; i < options->retry_count; i++)
        journal_absolve(&session->journal, options->retry[i]);
    return EXIT_DONE;
}

bool session_has_work(const struct session *session)
{
    return session->desired_set.count > 0 || session->journal.count > 0;
}

static int look_once(struct session *session, struct kanto **ret_kanto,
    struct observed *ret_observed, struct error *err)
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
    struct kanto *kanto = NULL;
    if (kanto_connect(&kanto_options, &kanto, err) < 0)
        return -1;
    if (lock_daemon(session, err) < 0 ||
        observe(kanto, &session->journal, &observe_options, ret_observed, err) < 0) {
        kanto->table->close(kanto);
        return -1;
    }
    *ret_kanto = kanto;
    return 0;
}

/* A daemon that is about to end still takes connections, and answers nothing on them; so does one
 * that ends in its first moments. */
static int look(struct session *session, struct kanto **ret_kanto, struct observed *ret_observed,
    struct error *err)
{
    int64_t until = duration_now_ms() + session->config.connect_timeout_ms;
    for (int looks = 1;; looks++) {
        if (look_once(session, ret_kanto, ret_observed, err) == 0)
            return 0;
        if (err->kind != ERROR_UNREACHABLE || looks == LOOKS_MAX || stop_asked(NULL) ||
            duration_now_ms() >= until)
            return -1;
        poll(NULL, 0, LOOK_AGAIN_MS);
    }
}

/* kanto-cm has no labels and no memory of us: without a journal its ids alone tell what is ours. */
static void say_what_is_missing(struct session *session)
{
    size_t ours = 0;
    const Kanto__ListContainersResponse *list = session->observed.list;
    for (size_t i = 0; i < list->n_containers; i++)
        ours += id_is_ours(container_id(list->containers[i]));
    if (ours == 0 || session->journal.count > 0 || session->journal_told)
        return;
    scoped_free char *text = memory_format("it knows of no container, and kanto-cm has %zu of "
                                           "ours: it was lost; the pass goes on from their ids",
        ours);
    session_problem(session, REPORT_WARNING, "journal", text);
}

int session_connect(struct session *session, struct error *err)
{
    if (look(session, &session->kanto, &session->observed, err) < 0)
        return diagnose_code(err);
    session->report.lists = session->observed.calls;
    say_what_is_missing(session);
    pass_init(&session->pass, &session->desired_set, &session->observed, &session->journal,
        session_mode(session), session->config.hold);
    session->report.pass = &session->pass;
    if (session->pass.order.cycle)
        session_problem(session, REPORT_WARNING, "order", session->pass.order.cycle);
    for (size_t i = 0; i < session->pass.prune.notice_count; i++)
        session_problem(session, REPORT_WARNING, "prune", session->pass.prune.notices[i]);
    return EXIT_DONE;
}

int session_reconnect(
    void *context, struct kanto **ret_kanto, struct observed *ret_observed, struct error *err)
{
    struct session *session = context;
    struct observed observed = {0};
    session->kanto->table->close(session->kanto);
    session->kanto = NULL;
    session_problem(session, REPORT_WARNING, session->config.socket,
        "kanto-cm went away in the middle; waiting for it");
    if (look(session, &session->kanto, &observed, err) < 0)
        return -1;
    observed_finish(&session->observed);
    session->observed = observed;
    *ret_kanto = session->kanto;
    *ret_observed = observed;
    return 0;
}

void session_finish(struct session *session)
{
    pass_finish(&session->pass);
    observed_finish(&session->observed);
    if (session->kanto)
        session->kanto->table->close(session->kanto);
    lock_release(&session->daemon_lock);
    if (session->has_journal)
        journal_close(&session->journal);
    desired_finish(&session->desired_set);
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
        return session->unwritable ? MODE_START : MODE_UPDATE;
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
    scoped_free char *text = memory_string(err->text);
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) /* a mistake each */
        session_problem(session, REPORT_ERROR, "", line);
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
