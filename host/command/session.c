#include "command/session.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/stamp.h"
#include "command/command.h"
#include "command/diagnose.h"
#include "command/stop.h"
#include "command/wait.h"
#include "gather/configure.h"
#include "gather/gather.h"
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
        .cancelled = wait_is_over,
    };
    wait_begin("the lock of the state folder %s", config->state_dir);
    int result = writing ? journal_open(config->state_dir, &lock, &session->journal, &notice, err)
                         : journal_peek(config->state_dir, &session->journal, &notice);
    if (result < 0)
        return -1;
    session->has_journal = true;
    session->journal_told = notice != NULL;
    if (notice)
        session_problem(session, writing ? SEVERITY_ERROR : SEVERITY_WARNING, "journal", notice);
    return 0;
}

static void report_sources(struct session *session)
{
    const struct gathered *gathered = &session->gathered;
    for (size_t i = 0; i < gathered->source_count; i++) {
        const struct gathered_source *source = &gathered->sources[i];
        struct report_source entry = {
            .name = memory_string(source->name),
            .plugin = memory_string(source->plugin),
            .result = memory_string(source->result),
            .reason = memory_string(source->reason),
            .serves = memory_string(source->serves),
            .age = memory_string(source->age),
            .items = source->items,
            .faults = source->faults,
            .elapsed_ms = source->elapsed_ms,
        };
        report_add_source(&session->report, &entry);
    }
}

static void report_rejected(struct session *session)
{
    for (size_t i = 0; i < session->gathered.rejected_count; i++) {
        const struct rejected *rejected = &session->gathered.rejected[i];
        struct report_rejected entry = {
            .source = memory_string(rejected->source),
            .key = memory_string(rejected->key),
            .origin = memory_string(rejected->origin),
            .name = memory_string(rejected->name),
            .text = memory_string(rejected->text),
            .refused = rejected->refused,
        };
        report_add_rejected(&session->report, &entry);
    }
}

static void report_gathered(struct session *session, bool verbose)
{
    report_sources(session);
    report_rejected(session);
    diagnose_findings(&session->gathered.findings, verbose, &session->report);
    if (session->gathered.findings.dropped == 0)
        return;
    scoped_free char *text =
        memory_format("%zu more findings are not shown", session->gathered.findings.dropped);
    session_problem(session, session->gathered.findings.errors ? SEVERITY_ERROR : SEVERITY_WARNING,
        "sources", text);
}

/* Its exit code. A wait that a signal ended says so, whatever it was for: no container has been
 * touched before the pass. */
static int end_of(bool failed, struct error *err)
{
    scoped_free char *waited = failed ? memory_format(" (%s)", err->text) : NULL;
    if (!stop_asked(NULL) || (failed && err->kind == ERROR_CONFIG))
        return failed ? diagnose_code(err) : EXIT_DONE;
    error_set(
        err, ERROR_FAILED, "interrupted by a signal; nothing was changed%s", waited ? waited : "");
    return EXIT_FAILED;
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
        .cancelled = wait_is_over,
    };
    if (!session->writing)
        return 0;
    wait_begin("the lock of kanto-cm at %s", session->config.socket);
    if (daemon_lock_take(&session->daemon_lock, session->config.socket, &lock, &notice, err) < 0)
        return -1;
    if (notice && !session->lock_told)
        session_problem(session, SEVERITY_WARNING, "lock", notice);
    session->lock_told = session->lock_told || notice;
    return 0;
}

/* The locks come before the sources: what they say must not be older than what another pass does.
 * */
int session_gather(
    struct session *session, const struct options *options, bool writing, struct error *err)
{
    session->began_ms = clock_now_ms();
    session->writing = writing;
    session->daemon_lock = LOCK_NONE;
    const struct configure_options configuration = options_configure(options);
    if (configure(&configuration, &session->config, err) < 0)
        return diagnose_code(err);
    session->has_config = true;
    session->report.socket = session->config.socket;
    if (session->config.count == 0)
        session_problem(session, SEVERITY_WARNING, options->config ? options->config : CONFIG_FILE,
            "no [source NAME] section: there is nothing to deploy");
    const struct sources_options sources = {.keep = writing, .cancelled = wait_is_over};
    bool failed = open_journal(session, writing, err) < 0 || lock_daemon(session, err) < 0;
    wait_begin("the sources");
    failed = failed || gather(&session->config, &sources, &session->gathered, err) < 0;
    int code = end_of(failed, err);
    if (code != EXIT_DONE)
        return code;
    session->gathered.desired.partial = options->argument_count > 0;
    report_gathered(session, options->verbose);
    for (size_t i = 0; i < options->retry_count; i++)
        journal_absolve(&session->journal, options->retry[i]);
    return EXIT_DONE;
}

bool session_has_work(const struct session *session)
{
    return session->gathered.desired.count > 0 || journal_count(&session->journal) > 0;
}

/* A trace that cannot be written (a full disk, a folder that is not mounted) keeps nobody from
 * deploying. */
static int connect_to(struct session *session, struct kanto_options *options,
    struct kanto **ret_kanto, struct error *err)
{
    int result = kanto_connect(options, ret_kanto, err);
    if (result == 0 || err->kind != ERROR_CONFIG)
        return result;
    session_problem(session, SEVERITY_WARNING, "", err->text);
    options->trace = NULL;
    return kanto_connect(options, ret_kanto, err);
}

static int look_once(struct session *session, struct kanto **ret_kanto,
    struct observed *ret_observed, struct error *err)
{
    const struct config *config = &session->config;
    struct kanto_options kanto_options = {
        .socket = config->socket,
        .connect_timeout_ms = config->connect_timeout_ms,
        .trace = config->trace,
        .cancelled = wait_is_over,
    };
    struct observe_options observe_options = {
        .settle_ms = config->settle_ms,
        .patience_ms = config->connect_timeout_ms,
        .stop = wait_is_over,
    };
    struct kanto *kanto = NULL;
    wait_begin("kanto-cm at %s", config->socket);
    if (connect_to(session, &kanto_options, &kanto, err) < 0)
        return -1;
    bool locked = lock_daemon(session, err) == 0;
    wait_begin("kanto-cm at %s to say what it has", config->socket);
    if (!locked || observe(kanto, &session->journal, &observe_options, ret_observed, err) < 0) {
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
    int64_t until = clock_now_ms() + session->config.connect_timeout_ms;
    for (int looks = 1;; looks++) {
        if (look_once(session, ret_kanto, ret_observed, err) == 0)
            return 0;
        if (err->kind != ERROR_UNREACHABLE || looks == LOOKS_MAX || stop_asked(NULL) ||
            clock_now_ms() >= until)
            return -1;
        poll(NULL, 0, LOOK_AGAIN_MS);
    }
}

/* kanto-cm has no labels and no memory of us: without a journal its ids alone tell what is ours. */
static void report_lost_journal(struct session *session)
{
    size_t ours = 0;
    const Kanto__ListContainersResponse *list = session->observed.list;
    for (size_t i = 0; i < list->n_containers; i++)
        ours += id_is_ours(container_id(list->containers[i]));
    if (ours == 0 || journal_count(&session->journal) > 0 || session->journal_told)
        return;
    scoped_free char *text = memory_format("it knows of no container, and kanto-cm has %zu of "
                                           "ours: it was lost; the pass goes on from their ids",
        ours);
    session_problem(session, SEVERITY_WARNING, "journal", text);
}

int session_connect(struct session *session, struct error *err)
{
    int code = end_of(look(session, &session->kanto, &session->observed, err) < 0, err);
    if (code != EXIT_DONE)
        return code;
    session->report.lists = session->observed.calls;
    report_lost_journal(session);
    const struct pass_options options = session_pass_options(session);
    pass_init(&session->pass, &session->gathered.desired, &session->observed, &session->journal,
        &options);
    session->report.stories = &session->pass.stories;
    if (session->pass.order.cycle)
        session_problem(session, SEVERITY_WARNING, "order", session->pass.order.cycle);
    for (size_t i = 0; i < session->pass.prune.notice_count; i++)
        session_problem(session, SEVERITY_WARNING, "prune", session->pass.prune.notices[i]);
    return EXIT_DONE;
}

int session_reconnect(
    void *context, struct kanto **ret_kanto, struct observed *ret_observed, struct error *err)
{
    struct session *session = context;
    struct observed observed = {0};
    session->kanto->table->close(session->kanto);
    session->kanto = NULL;
    session_problem(session, SEVERITY_WARNING, session->config.socket,
        "kanto-cm went away in the middle; waiting for it");
    if (look(session, &session->kanto, &observed, err) < 0)
        return stop_asked(NULL) ? error_wrap(err, "interrupted by a signal") : -1;
    /* What was told on it is still spoken of. */
    memory_grow(&session->former, &session->former_capacity, session->former_count,
        sizeof(*session->former));
    session->former[session->former_count++] = session->observed;
    session->observed = observed;
    *ret_kanto = session->kanto;
    *ret_observed = observed;
    return 0;
}

void session_finish(struct session *session)
{
    pass_finish(&session->pass);
    observed_finish(&session->observed);
    for (size_t i = 0; i < session->former_count; i++)
        observed_finish(&session->former[i]);
    free(session->former);
    if (session->kanto)
        session->kanto->table->close(session->kanto);
    lock_release(&session->daemon_lock);
    if (session->has_journal)
        journal_close(&session->journal);
    gathered_finish(&session->gathered);
    report_finish(&session->report);
    if (session->has_config)
        config_finish(&session->config);
}

struct pass_options session_pass_options(struct session *session)
{
    static const enum mode modes[] = {
        [EXISTING_IGNORE] = MODE_IGNORE,
        [EXISTING_START] = MODE_START,
        [EXISTING_UPDATE] = MODE_UPDATE,
    };
    return (struct pass_options){
        .mode = modes[session->config.existing],
        .parallel = (size_t)session->config.parallel,
        .timeout_ms = session->config.timeout_ms,
        .pull_timeout_ms = session->config.pull_timeout_ms,
        .pull_limit_ms = session->config.pull_limit_ms,
        .grace_s = (session->config.grace_ms + 999) / 1000,
        .hold = session->config.hold,
        .stop = stop_asked,
        .reconnect = session_reconnect,
        .connector = session,
    };
}

bool session_has_failed(const struct session *session)
{
    for (size_t i = 0; i < session->pass.stories.count; i++)
        if (verdict_failed(session->pass.stories.items[i]->verdict))
            return true;
    return session_has_errors(session);
}

bool session_has_errors(const struct session *session)
{
    for (size_t i = 0; i < session->report.problem_count; i++)
        if (session->report.problems[i].severity == SEVERITY_ERROR)
            return true;
    return false;
}

void session_problem(
    struct session *session, enum severity severity, const char *where, const char *text)
{
    view_leave(session->view);
    diagnose_problem(severity, where, text);
    report_add_problem(&session->report, severity, where, "%s", text);
}

void session_failed(struct session *session, int code, const struct error *err)
{
    scoped_free char *text = memory_string(err->text);
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));) /* a mistake each */
        session_problem(session, SEVERITY_ERROR, "", line);
    session->report.exit_code = code;
    session->broke_off = true;
}

/* What was gathered says enough where no container was looked at. */
static bool has_result(const struct session *session)
{
    const struct report *report = &session->report;
    return report->stories || report->exit_code == EXIT_DONE ||
           (report->rejected_count > 0 && !session->broke_off);
}

void session_print(struct session *session, const struct options *options, report_printer *printer)
{
    scoped(text_finish) struct text text = {0};
    session->report.version = KD_VERSION;
    session->report.made = stamp_now();
    session->report.elapsed_ms = clock_now_ms() - session->began_ms;
    if (options->json)
        report_print_json(&session->report, &text);
    else if (has_result(session))
        printer(&session->report, diagnose_colour(stdout), options->verbose, &text);
    fputs(text_get(&text), stdout);
    fflush(stdout);
}
