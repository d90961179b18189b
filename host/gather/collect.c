#include "gather/collect.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "gather/budget.h"
#include "gather/configure.h"
#include "gather/terms.h"
#include "manifest/document.h"
#include "manifest/manifest.h"
#include "manifest/name.h"

#include <stdlib.h>
#include <string.h>

/* What the manifests of one source go into. */
struct reading {
    const struct config *config;
    const struct config_source *source;
    struct permit permit;
    struct desired_source *entry;
    struct gathered *gathered;
    struct budget *budget;
};

/* One item of it. */
struct reading_item {
    const struct source_item *item;
    struct manifests manifests;
    struct diagnostics diagnostics;
    size_t looked_at; /* manifests that there was room and time for: the first ones */
};

/* Between sources the order of the conf decides, which may well be meant so. */
static void find_claim(
    const struct reading *reading, const struct desired *winner, const struct source_item *item)
{
    findings_add(&reading->gathered->findings, GATHER_PROBLEM, SEVERITY_WARNING, item->origin,
        "a second manifest for \"%s\" (%s of source %s); the first one, %s of source %s (%s), is "
        "applied, this one is not",
        winner->container->name, item->key, reading->source->name, winner->key, winner->source,
        winner->origin);
}

/* Within a source nothing says which one is meant: a backup copy beside the right one must not roll
 * a container back. */
static void find_contest(
    const struct reading *reading, const struct desired *winner, const char *origin)
{
    reading->entry->whole = false;
    findings_add(&reading->gathered->findings, GATHER_PROBLEM, SEVERITY_ERROR, origin,
        "a second manifest for \"%s\": %s; neither changes what runs, and where nothing runs that of "
        "%s is created",
        winner->container->name, winner->contested, winner->key);
}

static void add_desired(
    const struct reading *reading, const struct manifest *manifest, const struct source_item *item)
{
    struct desired_set *desired = &reading->gathered->desired;
    size_t first = 0;
    reading->entry->items++;
    if (desired_add(
            desired, manifest->container, reading->source->name, item->key, item->origin, &first))
        terms_of_desired(reading->config, reading->source, &desired->items[desired->count - 1]);
    else if (strcmp(desired->items[first].source, reading->source->name) == 0)
        find_contest(reading, &desired->items[first], item->origin);
    else
        find_claim(reading, &desired->items[first], item);
}

/* The first error from line `first` to `last` (0: to the end of the file). */
static const struct diagnostic *first_error(
    const struct diagnostics *diagnostics, size_t first, size_t last)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *found = &diagnostics->items[i];
        if (found->severity == SEVERITY_ERROR && found->line >= first &&
            (!last || found->line <= last))
            return found;
    }
    return NULL;
}

/* `manifest` is NULL where the item could not be read. */
static void reject(const struct reading *reading, const struct source_item *item,
    const struct manifest *manifest, const char *text)
{
    const struct rejected rejected = {
        .source = reading->source->name,
        .key = item->key,
        .origin = item->origin,
        .name = manifest ? manifest->container->name : NULL,
        .text = (char *)(text ? text : "interrupted by a signal"), /* it is copied */
        .refused = manifest && manifest->valid && manifest->refused,
    };
    gathered_reject(reading->gathered, &rejected);
    reading->entry->whole = false;
}

static void reject_for(const struct reading *reading, const struct source_item *item,
    const struct manifest *manifest, const struct diagnostic *error)
{
    scoped_free char *text =
        error ? memory_format("%s%s%s", error->path, *error->path ? ": " : "", error->text)
              : memory_string("it has too many errors to show each");
    reject(reading, item, manifest, text);
}

static void reject_manifest(const struct reading *reading, const struct source_item *item,
    const struct manifest *manifest, const struct diagnostics *diagnostics)
{
    const struct json_node *node = document_node(manifest->document, manifest->root);
    size_t first = document_line(manifest->document, node->begin);
    size_t last = document_line(manifest->document, node->end);
    reject_for(reading, item, manifest, first_error(diagnostics, first, last));
}

/* As many as are shown in the end, but at least the first: it is the reason of a rejection. */
static size_t room_for_findings(const struct gathered *gathered)
{
    size_t room = FINDINGS_MAX - gathered->findings.count;
    return room == 0 ? 1 : room < DIAGNOSTICS_MAX ? room : DIAGNOSTICS_MAX;
}

/* What is wrong with the item, sorted. Manifests that are refused or invalid hold their names
 * (struct rejected). */
static int check_item(const struct reading *reading, struct reading_item *at)
{
    const struct source_item *item = at->item;
    struct manifests *manifests = &at->manifests;
    int result = manifest_parse(item->key, item->origin, item->bytes, item->length,
        &manifest_default_limits, manifests, &at->diagnostics);
    for (; at->looked_at < manifests->count; at->looked_at++) {
        struct manifest *manifest = &manifests->items[at->looked_at];
        if (!budget_has_time(reading->budget) || !budget_take(reading->budget))
            break;
        manifest_check_host(manifest, &at->diagnostics);
        manifest->refused = manifest_check_permit(manifest, &reading->permit, &at->diagnostics) < 0;
    }
    return result;
}

static bool is_applied(const struct reading_item *at, size_t i)
{
    const struct manifest *manifest = &at->manifests.items[i];
    return i < at->looked_at && manifest->valid && !manifest->refused;
}

static void reject_all(const struct reading *reading, const struct reading_item *at, bool parsed)
{
    for (size_t i = 0; i < at->manifests.count; i++) {
        if (is_applied(at, i))
            continue;
        if (i < at->looked_at)
            reject_manifest(reading, at->item, &at->manifests.items[i], &at->diagnostics);
        else
            reject(reading, at->item, &at->manifests.items[i], reading->budget->spent);
        parsed = true; /* that was it */
    }
    const struct diagnostic *error = parsed ? NULL : first_error(&at->diagnostics, 0, 0);
    if (!parsed)
        reject_for(reading, at->item, NULL, error);
}

static void read_item(const struct reading *reading, const struct source_item *item)
{
    struct reading_item at = {
        .item = item, .diagnostics = {.max = room_for_findings(reading->gathered)}};
    bool parsed = check_item(reading, &at) == 0;
    reject_all(reading, &at, parsed);
    findings_add_diagnostics(&reading->gathered->findings, &at.diagnostics);
    for (size_t i = 0; i < at.manifests.count; i++)
        if (is_applied(&at, i))
            add_desired(reading, &at.manifests.items[i], item);
    manifests_finish(&at.manifests);
}

/* What cannot be used holds its name all the same: it is the one that is meant, as far as anybody
 * can tell. */
static void hold_name(const struct reading *reading, const char *name, const char *origin)
{
    struct desired *desired = desired_change(&reading->gathered->desired, name);
    if (!desired || strcmp(desired->source, reading->source->name) != 0)
        return;
    desired_contest(desired, origin);
    find_contest(reading, desired, origin);
}

/* Of a file whose name cannot be read: what it would be named without one. */
static void hold_stem(const struct reading *reading, const char *key, const char *origin)
{
    scoped_free char *name = name_stem(key);
    hold_name(reading, name, origin);
}

/* Returns how many of the items there was time and room for. The rest is rejected, too. */
static size_t read_items(const struct reading *reading, const struct source_set *set)
{
    size_t i = 0;
    for (; i < set->count && budget_has_time(reading->budget); i++)
        read_item(reading, &set->items[i]);
    for (size_t rest = i; rest < set->count; rest++)
        reject(reading, &set->items[rest], NULL, reading->budget->spent);
    return i;
}

static void find_spent(const struct reading *reading, const struct source_set *set, size_t read)
{
    const char *spent = reading->budget->spent;
    scoped_free char *where = memory_format("source %s", reading->source->name);
    if (spent)
        findings_add(&reading->gathered->findings, GATHER_PROBLEM, SEVERITY_ERROR, where,
            "%s: what comes after that is not applied (%zu of %zu items were read)", spent, read,
            set->count);
}

static void read_set(const struct reading *reading, const struct source_set *set)
{
    const struct gathered *gathered = reading->gathered;
    size_t first = gathered->rejected_count;
    reading->entry->whole = source_set_may_remove(set);
    find_spent(reading, set, read_items(reading, set));
    for (size_t i = first; i < gathered->rejected_count; i++) {
        const struct rejected *rejected = &gathered->rejected[i];
        if (rejected->name)
            hold_name(reading, rejected->name, rejected->origin);
        else
            hold_stem(reading, rejected->key, rejected->origin);
    }
    for (size_t i = 0; i < set->fault_count; i++)
        hold_stem(reading, set->faults[i].key, set->faults[i].origin);
}

static void collect_source(const struct config *config, size_t i,
    const struct source_options *options, const struct source_set *set, struct gathered *gathered,
    struct budget *budget)
{
    const struct config_source *source = &config->sources[i];
    scoped_free char *section = memory_format("[source %s]", source->name);
    const struct reading reading = {
        .config = config,
        .source = source,
        .permit = terms_permit(source, section),
        .entry = &gathered->desired.sources[i],
        .gathered = gathered,
        .budget = budget,
    };
    budget_begin(budget, options);
    gathered_add_source(gathered, options, set);
    read_set(&reading, set);
}

void collect(const struct config *config, const struct sources *sources,
    const struct source_set *sets, struct gathered *ret_gathered)
{
    struct gathered gathered = {0};
    struct budget budget = {0};
    bool all = true; /* of what is desired is known */
    for (size_t i = 0; i < sources->count; i++)
        terms_of_source(&config->sources[i], &gathered.desired);
    for (size_t i = 0; i < sources->count; i++) {
        collect_source(config, i, &sources->options[i], &sets[i], &gathered, &budget);
        all = all && gathered.desired.sources[i].whole && !configure_is_folder(&config->sources[i]);
    }
    budget_finish(&budget);
    terms_check_names(config, &gathered.desired, all, &gathered.findings);
    *ret_gathered = gathered;
}
