#include "faults.h"

#include "base/cleanup.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum fault_kind kind;
    bool has_when;
} kinds[] = {
    {"hang", FAULT_HANG, false},
    {"lose", FAULT_LOSE, false},
    {"expire", FAULT_EXPIRE, true},
    {"drop", FAULT_DROP, true},
    {"kill", FAULT_KILL, true},
    {"crash", FAULT_CRASH, true},
    {"power-cut", FAULT_POWER_CUT, true},
};

static const char *const whens[] = {
    [FAULT_BEFORE] = "before", [FAULT_DURING] = "during", [FAULT_AFTER] = "after"};

static char *cut_at(char *text, char separator)
{
    char *at = strchr(text, separator);
    if (at)
        *at++ = '\0';
    return at;
}

static bool number(const char *text, int64_t *ret_number)
{
    char *end = NULL;
    *ret_number = strtoll(text, &end, 10);
    return *text && !*end && *ret_number >= 0;
}

int faults_add_latency(struct faults *faults, char *text)
{
    struct latency *latency = &faults->latencies[faults->latency_count];
    char *value = cut_at(text, '=');
    char *jitter = value ? cut_at(value, '+') : NULL;
    if (!value || faults->latency_count == FAULTS_MAX || !number(value, &latency->ms) ||
        (jitter && !number(jitter, &latency->jitter_ms)))
        return -1;
    latency->method = text;
    faults->latency_count++;
    return 0;
}

/* METHOD[#N][:PART] */
static struct fault *add(struct faults *faults, char *text)
{
    int64_t nth = 0;
    if (faults->fault_count == FAULTS_MAX)
        return NULL;
    char *holds = cut_at(text, ':');
    char *count = cut_at(text, '#');
    if (count && !number(count, &nth))
        return NULL;
    struct fault *fault = &faults->faults[faults->fault_count++];
    *fault = (struct fault){.method = text, .holds = holds ? holds : "", .nth = (unsigned)nth};
    return fault;
}

int faults_add_message(struct faults *faults, char *text)
{
    char *message = cut_at(text, '=');
    struct fault *fault = message ? add(faults, text) : NULL;
    if (!fault)
        return -1;
    fault->kind = FAULT_MESSAGE;
    fault->message = message;
    return 0;
}

static bool parse_when(const char *text, enum fault_when *ret_when)
{
    for (size_t i = 0; i < countof(whens); i++) {
        if (strcmp(whens[i], text) != 0)
            continue;
        *ret_when = (enum fault_when)i;
        return true;
    }
    return false;
}

/* "hang", "drop-after"; "power-cut" alone is before. */
static bool parse_kind(const char *text, enum fault_kind *ret_kind, enum fault_when *ret_when)
{
    *ret_when = FAULT_BEFORE;
    for (size_t i = 0; i < countof(kinds); i++) {
        size_t length = strlen(kinds[i].name);
        if (strncmp(kinds[i].name, text, length) != 0)
            continue;
        *ret_kind = kinds[i].kind;
        if (!text[length])
            return !kinds[i].has_when || kinds[i].kind == FAULT_POWER_CUT;
        return kinds[i].has_when && text[length] == '-' && parse_when(text + length + 1, ret_when);
    }
    return false;
}

int faults_add_kind(struct faults *faults, char *text)
{
    const char *name = cut_at(text, '=');
    enum fault_kind kind;
    enum fault_when when;
    struct fault *fault = name && parse_kind(name, &kind, &when) ? add(faults, text) : NULL;
    if (!fault)
        return -1;
    fault->kind = kind;
    fault->when = when;
    return 0;
}

int faults_add_kill(struct faults *faults, char *text)
{
    int64_t nth = 0;
    const char *word = cut_at(text, ':');
    enum fault_when when = FAULT_BEFORE;
    if (!number(text, &nth) || nth == 0 || (word && !parse_when(word, &when)) ||
        faults->fault_count == FAULTS_MAX)
        return -1;
    faults->faults[faults->fault_count++] = (struct fault){
        .method = "", .holds = "", .nth = (unsigned)nth, .kind = FAULT_KILL, .when = when};
    return 0;
}

static int switch_on(struct faults *faults, char *name)
{
    return faults_switch(faults, name, true);
}

static int switch_off(struct faults *faults, char *name)
{
    return faults_switch(faults, name, false);
}

static const struct {
    const char *word;
    int (*add)(struct faults *faults, char *text);
} ways[] = {{"latency", faults_add_latency}, {"fail", faults_add_message},
    {"fault", faults_add_kind}, {"sigkill-client-at", faults_add_kill}, {"with", switch_on},
    {"without", switch_off}};

static size_t find_way(const char *word)
{
    size_t at = 0;
    while (at < countof(ways) && strcmp(ways[at].word, word) != 0)
        at++;
    return at;
}

bool faults_takes(const char *word)
{
    return find_way(word) < countof(ways);
}

int faults_give(struct faults *faults, const char *word, const char *text)
{
    size_t way = find_way(word);
    if (way == countof(ways) || !text || faults->given_count == FAULTS_MAX)
        return -1;
    char *copy = faults->given[faults->given_count++] = memory_string(text);
    return ways[way].add(faults, copy);
}

void faults_forget(struct faults *faults)
{
    while (faults->given_count > 0)
        free(faults->given[--faults->given_count]);
    faults->latency_count = faults->fault_count = 0;
}

int faults_switch(struct faults *faults, char *name, bool on)
{
    const char *value = cut_at(name, '=');
    int64_t percent = 20; /* up to 1 in 5 (recorded: kill-race) */
    if (value && (!number(value, &percent) || percent > 100))
        return -1;
    if (strcmp(name, "missed-exits") == 0)
        faults->missed_percent = on ? (int)percent : 0;
    else if (value)
        return -1;
    else if (strcmp(name, "early-list") == 0)
        faults->early_list = on;
    else if (strcmp(name, "unusable-ids") == 0)
        faults->unusable_ids = on;
    else if (strcmp(name, "deadlock") == 0)
        faults->deadlock = on;
    else if (strcmp(name, "disk-full") == 0)
        faults->disk_full = on;
    else
        return -1;
    return 0;
}

static int64_t latency_of(struct faults *faults, const char *method)
{
    for (size_t i = 0; i < faults->latency_count; i++) {
        const struct latency *latency = &faults->latencies[i];
        if (strcmp(latency->method, method) == 0)
            return latency->ms +
                   (latency->jitter_ms ? rand_r(&faults->seed) % (latency->jitter_ms + 1) : 0);
    }
    return 0;
}

int64_t faults_latency(struct faults *faults, enum kanto_method method)
{
    if (method == KANTO_CREATE || method == KANTO_START || method == KANTO_REMOVE)
        return 0;
    return latency_of(faults, kanto_method_name(method));
}

int64_t faults_duration(struct faults *faults, enum fault_duration duration)
{
    static const char *const methods[FAULTS_DURATIONS] = {"Create", "Start", "Remove"};
    return latency_of(faults, methods[duration]);
}

int64_t faults_work(struct faults *faults, enum kanto_method method)
{
    bool works = method == KANTO_CREATE || method == KANTO_START || method == KANTO_REMOVE;
    return works ? latency_of(faults, kanto_method_name(method)) : 0;
}

static bool holds(const char *text, const char *part)
{
    return text && strstr(text, part);
}

static bool fits(const struct fault *fault, enum kanto_method method, const struct subject *subject)
{
    return (!*fault->method || strcmp(fault->method, kanto_method_name(method)) == 0) &&
           (!*fault->holds || holds(subject->id, fault->holds) ||
               holds(subject->name, fault->holds) || holds(subject->image, fault->holds));
}

const struct fault *faults_next(
    struct faults *faults, enum kanto_method method, const struct subject *subject)
{
    static const struct fault none;
    const struct fault *found = &none;
    for (size_t i = 0; i < faults->fault_count; i++) {
        struct fault *fault = &faults->faults[i];
        if (!fits(fault, method, subject))
            continue;
        fault->met++;
        if (found == &none && (fault->nth == 0 || fault->met == fault->nth))
            found = fault;
    }
    return found;
}

bool faults_miss_exit(struct faults *faults)
{
    return faults->missed_percent > 0 && rand_r(&faults->seed) % 100 < faults->missed_percent;
}
