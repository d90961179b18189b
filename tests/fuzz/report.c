/* What is said of a pass, with words from outside in every place: on a terminal they command
 * nothing, in a pipe they are lines of text, and the JSON is JSON.
 *
 * Lines: a story (S name image source key origin id reason waits-for verdict flags), a row of it
 * (R action role result id image message log failure), an earlier failure (F reason message log
 * attempts), a difference (D path live desired), a problem (P severity where text), a source
 * (Q name plugin result reason serves age), a manifest that is not applied (X source key origin
 * name text refused). */
#include "target.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/printable.h"
#include "manifest/json.h"
#include "model/container.h"
#include "report/report.h"
#include "report/view.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STORIES_MAX 8
#define ROWS_MAX    8

struct pass {
    struct story stories[STORIES_MAX];
    const struct story *items[STORIES_MAX];
    struct stories all;
    struct report report;
};

static char *copy(struct target_text *text)
{
    const char *word = target_text_word(text);
    return *word ? memory_string(word) : NULL;
}

static void add_story(struct pass *pass, struct target_text *text)
{
    if (pass->all.count == STORIES_MAX)
        return;
    struct story *story = &pass->stories[pass->all.count];
    *story = (struct story){.name = target_text_word(text), .image = target_text_word(text)};
    story->source = target_text_word(text);
    story->key = target_text_word(text);
    story->origin = target_text_word(text);
    story->explicit_id = target_text_word(text);
    const char *reason = target_text_word(text);
    story->waits_for = copy(text);
    unsigned verdict = target_text_choice(text, VERDICTS), flags = target_text_choice(text, 16);
    story->orphaned = flags & 1;
    story->watched = flags & 2;
    story->parked = flags & 4;
    story->soak_ms = 3000;
    story->since = 0;
    /* What stands as it should has an id. */
    const char *id = target_text_word(text);
    story->id = *id || verdict_is_well((enum verdict)verdict) ? memory_string(id) : NULL;
    story_settle(story, (enum verdict)verdict, *reason ? reason : NULL, 5000);
    pass->items[pass->all.count++] = story;
}

static void add_row(struct story *story, struct target_text *text)
{
    if (story->count == ROWS_MAX)
        return;
    struct story_row row = {.name = "a step", .began_ms = 1000};
    row.action = (enum action)target_text_choice(text, ACTIONS);
    row.role = (enum role)target_text_choice(text, ROLE_NEW + 1);
    enum result result = (enum result)target_text_choice(text, RESULTS);
    row.id = (char *)target_text_word(text);
    row.image = (char *)target_text_word(text);
    const char *message = target_text_word(text), *log = target_text_word(text);
    row.failure = *target_text_word(text) ? "it ended soon after its start" : NULL;
    row.fault = row.failure ? FAULT_FINAL : FAULT_NONE;
    Kanto__Container *answer = NULL;
    if (row.action == ACTION_LOOK || row.action == ACTION_CREATE) {
        answer = memory_zeroed(1, sizeof(*answer));
        kanto__container__init(answer);
        answer->state = memory_zeroed(1, sizeof(*answer->state));
        kanto__state__init(answer->state);
        answer->state->status = memory_string("Exited");
        answer->state->error = memory_string(message);
    }
    story_begin(story, &row);
    if (result != RESULT_PENDING)
        story_end(
            story, result, *message ? message : NULL, answer, *log ? memory_string(log) : NULL, 12);
    else
        container_free(answer);
}

static void add_former(struct story *story, struct target_text *text)
{
    struct former_failure former = {.reason = (char *)target_text_word(text)};
    former.message = (char *)target_text_word(text);
    former.log = (char *)target_text_word(text);
    former.attempts = target_text_choice(text, 100);
    former.final = former.attempts % 2;
    story_recall(story, &former);
}

static void add_difference(struct story *story, struct target_text *text)
{
    struct differences *all = &story->differences;
    memory_grow(&all->items, &all->capacity, all->count, sizeof(*all->items));
    struct difference *one = &all->items[all->count++];
    *one = (struct difference){.path = memory_string(target_text_word(text))};
    one->live = memory_string(target_text_word(text));
    one->desired = memory_string(target_text_word(text));
}

static void add_source(struct report *report, struct target_text *text)
{
    struct report_source source = {.name = memory_string(target_text_word(text))};
    source.plugin = memory_string(target_text_word(text));
    source.result = memory_string(target_text_word(text));
    source.reason = copy(text);
    source.serves = memory_string(target_text_word(text));
    source.age = copy(text);
    report_add_source(report, &source);
}

static void add_rejected(struct report *report, struct target_text *text)
{
    struct report_rejected rejected = {.source = memory_string(target_text_word(text))};
    rejected.key = memory_string(target_text_word(text));
    rejected.origin = memory_string(target_text_word(text));
    rejected.name = copy(text);
    rejected.text = memory_string(target_text_word(text));
    rejected.refused = target_text_choice(text, 2);
    report_add_rejected(report, &rejected);
}

static void add_problem(struct report *report, struct target_text *text)
{
    enum severity severity = (enum severity)target_text_choice(text, SEVERITY_ERROR + 1);
    const char *where = target_text_word(text);
    report_add_problem(report, severity, where, "%s", target_text_word(text));
}

static void add_line(struct pass *pass, struct target_text *text)
{
    struct story *last = pass->all.count ? &pass->stories[pass->all.count - 1] : NULL;
    switch (*target_text_word(text)) {
    case 'S':
        add_story(pass, text);
        break;
    case 'R':
        if (last)
            add_row(last, text);
        break;
    case 'F':
        if (last)
            add_former(last, text);
        break;
    case 'D':
        if (last)
            add_difference(last, text);
        break;
    case 'P':
        add_problem(&pass->report, text);
        break;
    case 'Q':
        add_source(&pass->report, text);
        break;
    case 'X':
        add_rejected(&pass->report, text);
        break;
    }
}

static void expect_texts(const struct report *report)
{
    for (int i = 0; i < 4; i++) {
        scoped(text_finish) struct text plan = {0}, result = {0};
        report_print_plan(report, i & 1, i & 2, &plan);
        report_print_result(report, i & 1, i & 2, &result);
        target_expect_printable(text_get(&plan), i & 1, "report_print_plan");
        target_expect_printable(text_get(&result), i & 1, "report_print_result");
    }
}

/* The strict reader of manifests; a program's terminal may show what it says. */
static void expect_json(const struct report *report)
{
    scoped(text_finish) struct text text = {0};
    struct json json = {0};
    struct json_problem problem;
    report_print_json(report, &text);
    target_expect(json_parse(text_get(&text), text.length, 64, &json, &problem) == 0,
        "byte %zu of the report's JSON: %s", problem.begin, problem.text);
    for (char *tab = text.data; (tab = strchr(tab, '\t'));) /* between its words: not in one */
        *tab = ' ';
    target_expect_printable(text_get(&text), false, "report_print_json");
    json_finish(&json);
}

/* Its own sequences go before it is looked at. */
static void strip(char *text)
{
    char *to = text;
    for (const char *at = text; *at;) {
        static const char *const own[] = {"\033[?7l", "\033[?7h", "\033[K", "\033[J", "\r"};
        size_t length = 0;
        for (size_t i = 0; i < countof(own) && !length; i++)
            if (strncmp(at, own[i], strlen(own[i])) == 0)
                length = strlen(own[i]);
        if (strncmp(at, "\033[", 2) == 0 && !length) {
            size_t digits = strspn(at + 2, "0123456789");
            length = at[2 + digits] == 'A' ? digits + 3 : 0;
        }
        if (!length)
            *to++ = *at++;
        else
            at += length;
    }
    *to = '\0';
}

static void expect_view(const struct pass *pass, bool live)
{
    int fd = memfd_create("view", MFD_CLOEXEC);
    struct view *view = view_create(fd, live, live, true);
    for (size_t i = 0; i < pass->all.count; i++) {
        bool begun = pass->stories[i].count > 0;
        if (begun)
            view_listen(view, &pass->all, i, STORY_BEGINS);
        if (begun && !story_is_in_flight(&pass->stories[i]))
            view_listen(view, &pass->all, i, STORY_ANSWERS);
        view_listen(view, &pass->all, i, STORY_ENDS);
    }
    view_destroy(view);
    off_t length = lseek(fd, 0, SEEK_END);
    scoped_free char *shown = memory_zeroed(1, (size_t)length + 1);
    target_expect(pread(fd, shown, (size_t)length, 0) == length, "no memfd");
    strip(shown);
    target_expect_printable(shown, live, live ? "the live view" : "the plain view");
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct pass pass = {.report = {.command = "apply",
                            .version = "1",
                            .made = {.boot = "b", .wall_ms = 1769850000000, .boottime_ms = 60000},
                            .socket = "/run/cm.sock"}};
    struct target_text text;
    target_text_begin(&text, bytes, length);
    while (!target_text_is_over(&text)) {
        add_line(&pass, &text);
        target_text_line(&text);
    }
    pass.all.items = pass.items;
    pass.report.stories = pass.all.count ? &pass.all : NULL;
    expect_texts(&pass.report);
    expect_json(&pass.report);
    expect_view(&pass, false);
    expect_view(&pass, true);
    for (size_t i = 0; i < pass.all.count; i++)
        story_finish(&pass.stories[i]);
    report_finish(&pass.report);
    target_text_finish(&text);
    return 0;
}
